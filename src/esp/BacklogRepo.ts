import { Effect, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"

/** Which contacts are meant; null: all. */
export interface Selection {
  /** Name of the ESP connection. */
  readonly esp: string | null
  /** Slug of the game whose play has brought the contact into being. */
  readonly game: string | null
}

const Open = Schema.Struct({
  email: Schema.String,
  esp: Schema.String,
  game: Schema.String,
  since: Schema.Date,
  attempts: Schema.Int,
  reason: Schema.NullOr(Schema.String),
  dueAt: Schema.NullOr(Schema.Date)
})

/** A contact without a verdict: one that waits for its next attempt, or, without `dueAt`, one that is stuck. */
export type Open = typeof Open.Type

/** Where a walk through the contacts goes on, and how the last step went. */
export interface Step<A> {
  readonly found: A
  /** The last contact that was looked at; undefined: there were none left. */
  readonly last: ContactPlace | undefined
}

export interface ContactPlace {
  readonly playerId: string
  readonly esp: string
}

export const firstContact: ContactPlace = { playerId: "00000000-0000-0000-0000-000000000000", esp: "" }

const place = { lastPlayerId: Schema.String, lastEsp: Schema.String }

const decodeStuck = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Union([Schema.Struct({ ...Open.fields, ...place }), Schema.Struct(place)]))
)
const decodeWaiting = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ ...Open.fields, dueAt: Schema.Date, playerId: Schema.String }))
)
const decodeRestarted = Schema.decodeUnknownEffect(Schema.Array(Schema.Struct({ changed: Schema.Int, ...place })))
const decodeAdded = Schema.decodeUnknownEffect(
  Schema.Array(Schema.Struct({ changed: Schema.Int, last: Schema.NullOr(Schema.String) }))
)
const decodeCount = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ count: Schema.Int })]))

const placeOf = (row: { readonly lastPlayerId: string; readonly lastEsp: string } | undefined) =>
  row === undefined ? undefined : { playerId: row.lastPlayerId, esp: row.lastEsp }

/**
 * What operators ask and do about contacts without a verdict. Stuck ones have no index, which every play would pay for: they
 * are found by a walk through the table along its key, some thousand rows a statement, so that none runs long or locks much.
 */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const seen = (after: ContactPlace, limit: number) => sql`
    seen as materialized (
      select player_id, esp, play_id, verdict, due_at, attempts, reason, coalesce(settling_since, created_at) as since
      from contact
      where (player_id, esp) > (${after.playerId}::uuid, ${after.esp}::text)
      order by player_id, esp
      limit ${limit}
    ),
    last as materialized (
      select player_id as last_player_id, esp as last_esp from seen order by player_id desc, esp desc limit 1
    )`

  const isMeant = ({ esp, game }: Selection) => sql`
    (${esp}::text is null or contact.esp = ${esp}::text) and (${game}::text is null or game.slug = ${game}::text)`

  /** The stuck ones among the next `limit` contacts, by player and connection. */
  const stuck = (selection: Selection, after: ContactPlace, limit: number) =>
    sql`
      with ${seen(after, limit)},
      stuck as (
        select contact.player_id, player.email, contact.esp, game.slug as game, contact.since, contact.attempts,
          contact.reason, contact.due_at
        from seen as contact
        join player on player.id = contact.player_id
        join play on play.id = contact.play_id and play.player_id = contact.player_id
        join game on game.id = play.game_id
        where contact.verdict = 'unknown' and contact.due_at is null and ${isMeant(selection)}
      )
      select * from last left join stuck on true order by player_id, esp`.pipe(
      Effect.flatMap(decodeStuck),
      Effect.map((rows): Step<ReadonlyArray<Open>> => ({
        found: rows.flatMap((row) => ("email" in row ? [row] : [])),
        last: placeOf(rows[0])
      })),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("BacklogRepo.stuck")
    )

  /** The next `limit` contacts that wait for an attempt, by when they are due. */
  const waiting = (selection: Selection, after: ContactPlace & { readonly dueAt: Date }, limit: number) =>
    sql`
      select contact.player_id, player.email, contact.esp, game.slug as game,
        coalesce(contact.settling_since, contact.created_at) as since, contact.attempts, contact.reason, contact.due_at
      from contact
      join player on player.id = contact.player_id
      join play on play.id = contact.play_id and play.player_id = contact.player_id
      join game on game.id = play.game_id
      where contact.verdict = 'unknown' and contact.due_at >= ${after.dueAt}
        and (contact.due_at, contact.player_id, contact.esp) > (${after.dueAt}, ${after.playerId}::uuid, ${after.esp}::text)
        and ${isMeant(selection)}
      order by contact.due_at, contact.player_id, contact.esp
      limit ${limit}`.pipe(
      Effect.flatMap(decodeWaiting),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("BacklogRepo.waiting")
    )

  /**
   * Makes the stuck ones among the next `limit` contacts due at `at`, from when their time counts anew. One that somebody else
   * has just started again is passed over, so each is started once.
   */
  const restart = (selection: Selection, after: ContactPlace, limit: number, at: Date) =>
    sql`
      with ${seen(after, limit)},
      stuck as materialized (
        select contact.player_id, contact.esp
        from contact
        join seen using (player_id, esp)
        join play on play.id = contact.play_id and play.player_id = contact.player_id
        join game on game.id = play.game_id
        where contact.verdict = 'unknown' and contact.due_at is null and ${isMeant(selection)}
        order by contact.player_id, contact.esp
        for update of contact skip locked
      ),
      restarted as (
        update contact set due_at = ${at}::timestamptz, settling_since = ${at}::timestamptz, updated_at = ${at}::timestamptz
        from stuck
        where contact.player_id = stuck.player_id and contact.esp = stuck.esp
        returning 1
      )
      select (select count(*) from restarted)::int as changed, last.* from last`.pipe(
      Effect.flatMap(decodeRestarted),
      Effect.map(([row]): Step<number> => ({ found: row?.changed ?? 0, last: placeOf(row) })),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("BacklogRepo.restart")
    )

  /**
   * Adds contacts, due at `at`, for players whose newest play of the game is among the next `limit` plays and who have none at
   * that ESP. The newest play is the one whose number its entry holds, so that no index on plays by player is needed. Plays and
   * entries are read and not locked; contacts are written in the order in which plays write them.
   */
  const add = (
    game: { readonly id: string; readonly esp: string },
    after: string,
    limit: number,
    at: Date
  ): Effect.Effect<{ readonly added: number; readonly last: string | null }, SqlError.SqlError> =>
    sql`
      with seen as materialized (
        select id, player_id, game_id, number from play where id > ${after}::uuid order by id limit ${limit}
      ),
      added as (
        insert into contact (
          player_id, esp, play_id, verdict, attempts, due_at, settling_since, created_at, updated_at
        )
        select seen.player_id, ${game.esp}::text, seen.id, 'unknown', 0, ${at}::timestamptz, ${at}::timestamptz,
          ${at}::timestamptz, ${at}::timestamptz
        from seen
        join entry using (player_id, game_id)
        where seen.game_id = ${game.id}::uuid and entry.plays = seen.number
          and not exists (
            select from contact where contact.player_id = seen.player_id and contact.esp = ${game.esp}::text
          )
        order by seen.player_id
        on conflict on constraint contact_pkey do nothing
        returning 1
      )
      select (select count(*) from added)::int as changed, (select id from seen order by id desc limit 1) as last`.pipe(
      Effect.flatMap(decodeAdded),
      Effect.map(([row]) => ({ added: row?.changed ?? 0, last: row?.last ?? null })),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("BacklogRepo.add")
    )

  /** How many of those that were started or added at `at` still wait. */
  const countWaiting = (at: Date) =>
    sql`
      select count(*)::int as count from contact
      where verdict = 'unknown' and due_at is not null and settling_since = ${at}`.pipe(
      Effect.flatMap(decodeCount),
      Effect.map(([{ count }]) => count),
      Effect.catchTag("SchemaError", Effect.die),
      Effect.withSpan("BacklogRepo.countWaiting")
    )

  return { stuck, waiting, restart, add, countWaiting }
})
