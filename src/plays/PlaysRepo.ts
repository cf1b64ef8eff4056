import { Effect, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import { Slug } from "../games/Game.ts"
import { WriterSql } from "./WriterSql.ts"
import { row, rows } from "../platform/postgres/Rows.ts"
import { inOrder, isReadOnly } from "../platform/postgres/Transient.ts"
import { Verdict } from "../esp/Verdict.ts"
import { spans } from "../platform/observe/Spans.ts"
import { PlayId } from "./Play.ts"
import * as PlayPart from "./PlayPart.ts"
import * as PlayStatement from "./PlayStatement.ts"
import type { Batch, Submission } from "./Submission.ts"

const Stored = Schema.Struct({
  id: PlayId,
  slug: Slug,
  number: Schema.Int,
  playedAt: Schema.DateTimeUtcFromDate,
  playerId: Schema.String,
  esp: Schema.String,
  espList: Schema.NullOr(Schema.String),
  espTags: Schema.Array(Schema.String),
  verdict: Verdict,
  /** The play created its contact, and nobody has called the ESP for it yet. */
  isNewContact: Schema.Boolean
})

/** A play that is on disk, with the current verdict. */
export type RecordedPlay = typeof Stored.Type & {
  /** The fields that the parts of modules add. */
  readonly fields: PlayPart.PlayFields
}

/** The statement's result for one play of a batch. */
export type Judged =
  | { readonly outcome: "recorded"; readonly play: RecordedPlay }
  | Exclude<PlayStatement.Row, { readonly outcome: "recorded" }>

/** Rolls the probe's transaction back. */
class TakenBack extends Schema.TaggedError<TakenBack>()("TakenBack", {}) {}

const asPlaces = rows(Schema.Struct({ place: Schema.Int }))
const asForgotten = row(Schema.Struct({ forgotten: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const writer = yield* WriterSql
  const withSpan = yield* spans
  const all = yield* PlayPart.PlayParts
  const memory = yield* PlayPart.PlayMemory
  const statementOf = (some: ReadonlyArray<PlayPart.PlayPart>) => {
    const parts = PlayPart.compose(some, PlayStatement.own, memory)
    const statement = PlayStatement.make(parts)
    return { parts, statement, asJudged: rows(statement.row) }
  }
  const whole = statementOf(all)
  const { parts } = whole
  const asStored = rows(Schema.Struct({ ...parts.row, ...Stored.fields }))

  const sometimes = all.flatMap(({ isNeeded }) => isNeeded ?? [])
  const lean = sometimes.length === 0 ? whole : statementOf(all.filter(({ isNeeded }) => isNeeded === undefined))
  /** With the parts that are needed for some batches only, if one of them is needed for this one. */
  const statementFor = (batch: Batch) => (sometimes.some((isNeeded) => isNeeded(batch, memory)) ? whole : lean)

  const judgedOf = ({ id, playedAt, slug }: Submission, row: PlayStatement.Row, parts: PlayPart.Composed): Judged => {
    if (row.outcome !== "recorded") return row
    const { esp, espList, espTags, isNewContact, number, playerId } = row
    const verdict = row.verdict ?? "unknown"
    const fields = parts.fieldsOf(row)
    return {
      outcome: "recorded",
      play: { id, slug, number, playedAt, playerId, esp, espList, espTags, verdict, isNewContact, fields }
    }
  }

  /** A session that was opened on a read-only database stays read-only. This terminates it, so that the pool opens a new one. */
  const renewed = <A, E>(written: Effect.Effect<A, E | SqlError.SqlError>) =>
    Effect.tapError(written, (error) =>
      isReadOnly(error) ? Effect.ignore(writer`select pg_terminate_backend(pg_backend_pid())`) : Effect.void
    )

  /** Waits for locks for 20 ms at most. Setting that takes a transaction of several statements, so it is slower. */
  const hurried = <A, E, R>(statement: Effect.Effect<A, E, R>) =>
    inOrder(writer.withTransaction(Effect.andThen(writer`set local lock_timeout = '20ms'`, statement)))

  const record = (batch: Batch, leaseUntil: Date, isHurried: boolean) => {
    const { asJudged, parts, statement } = statementFor(batch)
    const inserted = writer.unsafe(statement.text, statement.parametersOf(batch, leaseUntil))
    return renewed(isHurried ? hurried(inserted) : inserted).pipe(
      asJudged(),
      Effect.map((all): ReadonlyMap<Submission, Judged> => {
        const judged = new Map<Submission, Judged>()
        for (const found of all) {
          const play = batch[found.place - 1]
          if (play !== undefined) judged.set(play, judgedOf(play, found, parts))
        }
        return judged
      }),
      withSpan("PlaysRepo.record")
    )
  }

  /**
   * The plays whose entry no other session has locked. An entry that another transaction is inserting is invisible, and counts as
   * unlocked. The lock mode is the one that a play takes.
   */
  const unlocked = (batch: Batch) =>
    renewed(
      hurried(writer`
        select input.place::int
        from unnest(${column(batch, "slug", OID.text)}, ${column(batch, "emailKey", OID.text)})
          with ordinality as input (slug, email_key, place)
        left join lateral (select id from game where game.slug = input.slug offset 0) game on true
        left join lateral (select id from player where player.email_key = input.email_key offset 0) player on true
        left join lateral (
          select true as is_there from entry where entry.player_id = player.id and entry.game_id = game.id offset 0
        ) entry on true
        left join lateral (
          select true as is_free from entry where entry.player_id = player.id and entry.game_id = game.id
          for no key update skip locked
        ) lock on true
        where entry.is_there is null or lock.is_free`)
    ).pipe(
      asPlaces(),
      Effect.map((found): ReadonlySet<Submission> => {
        const places = new Set(found.map(({ place }) => place))
        return new Set(batch.filter((_, index) => places.has(index + 1)))
      }),
      Effect.withSpan("PlaysRepo.unlocked")
    )

  /** Writes a row to each table that plays write to, and rolls back. Fails if a play would fail. */
  const probe = writer
    .withTransaction(
      Effect.andThen(
        writer`
          with probe as materialized (
            select gen_random_uuid() as id, (select count(*) from (select 1 from game limit 1) found) as games
          ),
          new_player as (
            insert into player (id, email_key, email, created_at) select id, id::text, '', now() from probe
          ),
          new_entry as (
            insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
            select id, id, 1, 1, 1, now(), now() from probe
          ),
          new_play as (
            insert into play (id, player_id, game_id, number, esp, played_at) select id, id, id, 1, '', now() from probe
          ),
          new_key as (
            insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
            select id, '', '', id, id, now() from probe
          )
          insert into contact (player_id, esp, play_id, verdict, attempts, created_at, updated_at)
          select id, '', id, 'unknown', 0, now(), now() from probe`,
        Effect.fail(new TakenBack())
      )
    )
    .pipe(
      inOrder,
      renewed,
      Effect.catchTag("TakenBack", () => Effect.void),
      Effect.withSpan("PlaysRepo.probe")
    )

  const alsoSelected = sql.literal(parts.found.selected)
  const alsoJoined = sql.literal(parts.found.joined)

  /** The recorded plays among these ids, in no order. */
  const find = (ids: ReadonlyArray<PlayId>) =>
    sql`
      select play.id, game.slug, play.number, play.played_at, play.player_id, play.esp, game.esp_list, game.esp_tags,
        coalesce(contact.verdict, 'unknown') as verdict,
        coalesce(contact.play_id = play.id and contact.verdict = 'unknown' and contact.attempts = 1, false) as is_new_contact${alsoSelected}
      from play
      join game on game.id = play.game_id
      left join contact on contact.player_id = play.player_id and contact.esp = play.esp${alsoJoined}
      where play.id = any(${array(ids, OID.uuid)})`.pipe(
      asStored(),
      Effect.map((plays): ReadonlyArray<RecordedPlay> =>
        plays.map((play) => ({ ...play, fields: parts.fieldsOf(play) }))
      ),
      Effect.withSpan("PlaysRepo.find")
    )

  /** Deletes up to `limit` idempotency keys from before a time; gives how many. */
  const forgetKeys = (before: Date, limit: number) =>
    sql`
      with old as (
        select game_id, key from idempotency_key where created_at < ${before} limit ${limit} for update skip locked
      ), forgotten as (
        delete from idempotency_key using old
        where idempotency_key.game_id = old.game_id and idempotency_key.key = old.key
        returning 1
      )
      select count(*)::int as forgotten from forgotten`.pipe(
      asForgotten("PlaysRepo.forgetKeys"),
      Effect.map(({ forgotten }) => forgotten)
    )

  return { record, hasParts: parts.clauses !== "", unlocked, probe, find, forgetKeys }
})

export type PlaysRepo = Effect.Success<typeof make>
