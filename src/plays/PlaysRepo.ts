import { Effect, Schema, type Tracer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { array, column, OID } from "../platform/postgres/Arrays.ts"
import type { EmailKey } from "../players/Email.ts"
import { nextDayAt } from "../games/Days.ts"
import { Slug } from "../games/Game.ts"
import { WriterSql } from "./WriterSql.ts"
import { inOrder, isReadOnly } from "../platform/postgres/Transient.ts"
import { Verdict } from "../esp/Verdict.ts"
import { spans } from "../platform/observe/Spans.ts"
import { PlayId } from "./Play.ts"

/** A play as it is handed to the database. */
export interface Submission {
  readonly id: PlayId
  readonly slug: Slug
  readonly playedAt: Date
  /** The player's id if this play turns out to be the address's first. */
  readonly playerId: string
  readonly emailKey: EmailKey
  readonly email: string
  readonly name: string | null
  readonly score: number | null
  readonly consentTextVersion: string | null
  readonly consentLanguage: string | null
  /** JSON text. */
  readonly data: string | null
  readonly key: string | null
  /** SHA-256 of the request, where there is a key. */
  readonly requestHash: Uint8Array | null
  /** Not stored: when it was handed in, in milliseconds of the monotonic clock. Its deadline counts from there. */
  readonly since: number
  /** Not stored: the span of the request, under which the call to the ESP is shown. */
  readonly span?: Tracer.AnySpan | undefined
}

/** What became of one play of a batch. `place` is its position in it, from 1. */
const Judged = Schema.Struct({
  place: Schema.Int,
  outcome: Schema.Literals(["recorded", "earlier", "key-reused", "wait", "limit-reached", "not-open", "unknown-game"]),
  number: Schema.NullOr(Schema.Int),
  playerId: Schema.NullOr(Schema.String),
  esp: Schema.NullOr(Schema.String),
  /** The game's own list and tags, for the contact that the play has brought into being. */
  espList: Schema.NullOr(Schema.String),
  espTags: Schema.NullOr(Schema.Array(Schema.String)),
  verdict: Schema.NullOr(Verdict),
  isNewContact: Schema.Boolean,
  earlierPlayId: Schema.NullOr(PlayId),
  nextPlayAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  opensAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  closesAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  limitPlays: Schema.NullOr(Schema.Int),
  limitPeriod: Schema.NullOr(Schema.Literals(["ever", "day", "window"])),
  limitWindowSeconds: Schema.NullOr(Schema.Int)
})
export type Judged = typeof Judged.Type

/** A recorded play with the verdict as it stands. */
export const Recorded = Schema.Struct({
  id: PlayId,
  slug: Slug,
  number: Schema.Int,
  playedAt: Schema.DateTimeUtcFromDate,
  playerId: Schema.String,
  esp: Schema.String,
  espList: Schema.NullOr(Schema.String),
  espTags: Schema.Array(Schema.String),
  verdict: Verdict,
  /** The play brought its contact into being, and nobody has called the ESP for it yet. */
  isNewContact: Schema.Boolean
})
export type Recorded = typeof Recorded.Type

/** What the probe has written is not kept. */
class TakenBack extends Schema.TaggedError<TakenBack>()("TakenBack", {}) {}

const decodeJudged = Schema.decodeUnknownEffect(Schema.Array(Judged))
const decodePlaces = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ place: Schema.Int })))
const decodeRecorded = Schema.decodeUnknownEffect(Schema.Array(Recorded))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const writer = yield* WriterSql
  const withSpan = yield* spans

  /** A session that was opened while the database took no writes stays so: it is ended, and the pool opens another. */
  const renewed = <A, E>(written: Effect.Effect<A, E | SqlError.SqlError>) =>
    Effect.tapError(written, (error) =>
      isReadOnly(error) ? Effect.ignore(writer`select pg_terminate_backend(pg_backend_pid())`) : Effect.void
    )

  /**
   * Records a batch: all of it or nothing, in one statement and so one transaction. Each play is judged on its own.
   *
   * - Lookups of stored rows are lateral, so that they stay index lookups (see WriterSql).
   * - Rows are written in the order of their keys, so that two writers wait for each other and never deadlock.
   * - An entry's row is locked by `on conflict do update`, which sees its newest version: the limit is decided there.
   *   `granted` is how many of the batch's plays of this entry it lets in; they are numbered behind what was there.
   * - Plays of an entry on both sides of a period's end cannot share a statement: those behind it are told to `wait`.
   */
  const insert = (batch: ReadonlyArray<Submission>, leaseUntil: Date) =>
    writer`
      with input as (
        select * from unnest(
          ${column(batch, "id", OID.uuid)}, ${column(batch, "slug", OID.text)},
          ${column(batch, "playedAt", OID.timestamptz)}, ${column(batch, "playerId", OID.uuid)},
          ${column(batch, "emailKey", OID.text)}, ${column(batch, "email", OID.text)},
          ${column(batch, "name", OID.text)}, ${column(batch, "score", OID.float8)},
          ${column(batch, "consentTextVersion", OID.text)}, ${column(batch, "consentLanguage", OID.text)},
          ${column(batch, "data", OID.text)}, ${column(batch, "key", OID.text)},
          ${column(batch, "requestHash", OID.bytea)}
        ) with ordinality as input (
          id, slug, played_at, candidate_id, email_key, email, name, score, consent_text_version, consent_language,
          data, key, request_hash, place
        )
      ),
      judged as materialized (
        select input.*, game.id as game_id, game.esp, game.esp_list, game.esp_tags, game.opens_at, game.closes_at,
          game.limit_plays, game.limit_period, game.limit_window_seconds,
          player.id as known_player_id, earlier.play_id as earlier_play_id,
          case game.limit_period
            when 'day' then ${writer.literal(nextDayAt("input.played_at", "game.time_zone"))}
            when 'window' then input.played_at + make_interval(secs => game.limit_window_seconds)
          end as period_ends_at,
          case
            when game.id is null then 'unknown-game'
            when earlier.request_hash = input.request_hash then 'earlier'
            when earlier.play_id is not null then 'key-reused'
            when input.played_at < game.opens_at or input.played_at >= game.closes_at then 'not-open'
            else 'open'
          end as judgement
        from input
        left join lateral (select * from game where game.slug = input.slug offset 0) game on true
        left join lateral (
          select * from idempotency_key where idempotency_key.game_id = game.id and idempotency_key.key = input.key offset 0
        ) earlier on true
        left join lateral (select player.id from player where player.email_key = input.email_key offset 0) player on true
      ),
      new_player as (
        insert into player (id, email_key, email, created_at)
        select distinct on (email_key) candidate_id, email_key, email, played_at
        from judged
        where judgement = 'open' and known_player_id is null
        order by email_key, place
        -- Another process may have added it since the statement began: its row is needed, and only an update returns it.
        on conflict on constraint player_pkey do update set email_key = excluded.email_key
        returning id, email_key
      ),
      known_play as materialized (
        select judged.*, coalesce(known_player_id, new_player.id) as player_id,
          case limit_period
            when 'day' then period_ends_at <> first_value(period_ends_at) over entry_plays
            -- When a window ends is the entry's to say: plays of one moment are surely on the same side of it.
            when 'window' then played_at <> first_value(played_at) over entry_plays
            else false
          end as must_wait
        from judged left join new_player using (email_key)
        where judgement = 'open'
        window entry_plays as (partition by judged.game_id, judged.email_key order by judged.place)
      ),
      open_play as materialized (
        select *, row_number() over (partition by game_id, email_key order by place) as nth
        from known_play
        where not must_wait
      ),
      touched_entry as (
        insert into entry (player_id, game_id, plays, granted, period_plays, period_ends_at, created_at, updated_at)
        select player_id, game_id, count(*), count(*), count(*), min(period_ends_at), min(played_at), max(played_at)
        from open_play
        where limit_plays is null or nth <= limit_plays
        group by player_id, game_id
        order by player_id, game_id
        on conflict on constraint entry_pkey do update set
          (plays, granted, period_plays, period_ends_at, updated_at) = (
            select entry.plays + let_in.granted, let_in.granted,
              case when let_in.is_new_period then 0 else entry.period_plays end + let_in.granted,
              case when let_in.is_new_period then excluded.period_ends_at else entry.period_ends_at end,
              greatest(entry.updated_at, excluded.updated_at)
            from (
              select period.is_new_period,
                case when game.limit_plays is null then excluded.plays
                  else least(excluded.plays, greatest(0, game.limit_plays - case
                    when excluded.period_ends_at is null then entry.plays
                    when period.is_new_period then 0
                    else entry.period_plays
                  end))
                end as granted
              from game
              cross join lateral (
                select coalesce(entry.period_ends_at <= excluded.created_at, excluded.period_ends_at is not null) as is_new_period
              ) period
              where game.id = excluded.game_id
            ) let_in
          )
        returning player_id, game_id, plays, granted, period_ends_at
      ),
      settled_play as materialized (
        select open_play.*, touched_entry.period_ends_at as next_play_at,
          contact.verdict, contact.player_id is null as lacks_contact,
          case when open_play.nth <= touched_entry.granted
            then touched_entry.plays - touched_entry.granted + open_play.nth
          end as number
        from open_play
        join touched_entry using (player_id, game_id)
        left join lateral (
          select * from contact where contact.player_id = open_play.player_id and contact.esp = open_play.esp offset 0
        ) contact on true
      ),
      new_play as (
        insert into play (
          id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data
        )
        select id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data::jsonb
        from settled_play
        where number is not null
        order by id
      ),
      new_key as (
        insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
        select game_id, key, request_hash, id, player_id, played_at
        from settled_play
        where key is not null and number is not null
        order by game_id, key
      ),
      new_contact as (
        insert into contact (player_id, esp, play_id, verdict, attempts, intended_at, due_at, created_at, updated_at)
        select distinct on (player_id, esp) player_id, esp, id, 'unknown', 1, played_at, ${leaseUntil}::timestamptz, played_at, played_at
        from settled_play
        where lacks_contact and number is not null
        order by player_id, esp, place
        on conflict on constraint contact_pkey do nothing
        returning play_id
      )
      select judged.place::int, settled_play.number::int, settled_play.player_id, judged.esp, judged.esp_list, judged.esp_tags,
        settled_play.verdict,
        case
          when judged.judgement <> 'open' then judged.judgement
          when known_play.must_wait then 'wait'
          when settled_play.number is null then 'limit-reached'
          else 'recorded'
        end as outcome,
        new_contact.play_id is not null as is_new_contact, judged.earlier_play_id, settled_play.next_play_at,
        judged.opens_at, judged.closes_at, judged.limit_plays, judged.limit_period, judged.limit_window_seconds
      from judged
      left join known_play using (place)
      left join settled_play using (place)
      left join new_contact on new_contact.play_id = judged.id
      order by judged.place`

  /** It waits for locks no longer than a moment. That takes a transaction of several statements, and so more time. */
  const hurried = <A, E, R>(statement: Effect.Effect<A, E, R>) =>
    inOrder(writer.withTransaction(Effect.andThen(writer`set local lock_timeout = '20ms'`, statement)))

  const record = (batch: ReadonlyArray<Submission>, leaseUntil: Date, isHurried: boolean) => {
    const inserted = insert(batch, leaseUntil)
    return renewed(isHurried ? hurried(inserted) : inserted).pipe(
      Effect.flatMap(decodeJudged),
      Effect.catchTag("SchemaError", Effect.die),
      withSpan("PlaysRepo.record")
    )
  }

  /**
   * The places, from 1, of plays whose entry no other session holds, as far as can be seen: one that is being added cannot. The lock
   * that is tried is the one that a play takes.
   */
  const unlocked = (batch: ReadonlyArray<Submission>) =>
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
      Effect.flatMap(decodePlaces),
      Effect.map((rows): ReadonlySet<number> => new Set(rows.map(({ place }) => place))),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("PlaysRepo.unlocked")
    )

  /** Writes a row to each table that plays are written to, and takes it back: fails as a play would. */
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

  /** Those of the plays that are recorded, in no order. */
  const find = (ids: ReadonlyArray<PlayId>) =>
    sql`
      select play.id, game.slug, play.number, play.played_at, play.player_id, play.esp, game.esp_list, game.esp_tags,
        coalesce(contact.verdict, 'unknown') as verdict,
        coalesce(contact.play_id = play.id and contact.verdict = 'unknown' and contact.attempts = 1, false) as is_new_contact
      from play
      join game on game.id = play.game_id
      left join contact on contact.player_id = play.player_id and contact.esp = play.esp
      where play.id = any(${array(ids, OID.uuid)})`.pipe(
      Effect.flatMap(decodeRecorded),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("PlaysRepo.find")
    )

  /** Forgets up to `limit` idempotency keys from before a time; gives how many. */
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
      Effect.flatMap(Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ forgotten: Schema.Int })]))),
      Effect.map(([row]) => row.forgotten),
      Effect.catchTag("SchemaError", Effect.die)
    )

  return { record, unlocked, probe, find, forgetKeys }
})

export type PlaysRepo = Effect.Success<typeof make>
