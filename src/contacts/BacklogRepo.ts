import { Effect, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { nilUuid } from "../platform/Ids.ts"
import { firstRow, row, rows } from "../platform/postgres/Rows.ts"
import { clausesOf, ContactParts, waitOf } from "./ContactPart.ts"

/** Which contacts to select; a null field selects all. */
export interface Selection {
  /** Name of the ESP connection. */
  readonly esp: string | null
  /** Slug of the game whose play created the contact. */
  readonly game: string | null
}

/** Contacts without further attempts: given up without a verdict (`stuck`), or rejected by the ESP. */
export interface Ended extends Selection {
  readonly as: "stuck" | "rejected"
  /** Only contacts that ended since then; null: at any time. */
  readonly since: Date | null
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

/**
 * A contact that waits for its next attempt or, without `dueAt`, one that is stuck or rejected and may be restarted. `since` is
 * when its attempts started, or when it was rejected.
 */
export type Open = typeof Open.Type

/** A place in the order of the contacts' key. */
export interface ContactPlace {
  readonly playerId: string
  readonly esp: string
}

export const firstContact: ContactPlace = { playerId: nilUuid, esp: "" }

/**
 * The contacts after `after` up to and including `to`, by key. The planner takes any pair of row comparisons for a good part of the
 * table, and then starts parallel workers for each step of a walk. It knows how much lies between two players.
 */
export const between = (sql: SqlClient.SqlClient) => (after: ContactPlace, to: ContactPlace) =>
  sql`
  (contact.player_id, contact.esp) > (${after.playerId}::uuid, ${after.esp}::text)
    and (contact.player_id, contact.esp) <= (${to.playerId}::uuid, ${to.esp}::text)
    and contact.player_id >= ${after.playerId}::uuid and contact.player_id <= ${to.playerId}::uuid`

const asPlaces = rows(Schema.Struct({ playerId: Schema.String, esp: Schema.String }))
const asOpen = rows(Open)
const asWaiting = rows(Schema.Struct({ ...Open.fields, dueAt: Schema.Date, playerId: Schema.String }))
const asAdded = rows(Schema.Struct({ changed: Schema.Int, last: Schema.NullOr(Schema.String) }))
const asCount = row(Schema.Struct({ count: Schema.Int }))

/**
 * Queries of operators on contacts without a verdict or rejected. There is no index on stuck and rejected contacts, because
 * every play would pay for it. They are found by a scan along the table's key, some thousand rows per statement, so that no
 * statement runs long or locks many rows.
 */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const parts = yield* ContactParts
  const ofRestarted = sql.literal(
    clausesOf(
      parts,
      "changed",
      `select player_id, play_id, before, 'unknown' as after, wait as wait_before, null::float8 as wait
        from restarted where before <> 'unknown'`
    )
  )
  const ofAdded = sql.literal(
    clausesOf(
      parts,
      "changed",
      `select player_id, play_id, null as before, 'unknown' as after, null::float8 as wait_before, null::float8 as wait from added`
    )
  )
  const waitBefore = sql.literal(waitOf("earlier"))

  /** The key of the contact `limit` places after `after`, or of the last contact; undefined: there is none after it. */
  const placeAfter = (after: ContactPlace, limit: number) =>
    sql`
      select player_id, esp
      from (
        select player_id, esp from contact
        where (player_id, esp) > (${after.playerId}::uuid, ${after.esp}::text)
        order by player_id, esp
        limit ${limit}
      ) step
      order by player_id desc, esp desc
      limit 1`.pipe(asPlaces(), firstRow, Effect.withSpan("BacklogRepo.placeAfter"))

  const isBetween = between(sql)

  /** A stuck contact has not been updated since it was given up, so `updated_at` is when it ended. */
  const hasEnded = ({ as, since }: Ended) => sql`
    ${as === "stuck" ? sql`contact.verdict = 'unknown' and contact.due_at is null` : sql`contact.verdict = 'rejected'`}
      and (${since}::timestamptz is null or coalesce(contact.settled_at, contact.updated_at) >= ${since}::timestamptz)`

  /** The ended contacts after `after` up to and including `to`, by player and connection. */
  const ended = (of: Ended, after: ContactPlace, to: ContactPlace) =>
    sql`
      select player.email, contact.esp, game.slug as game,
        coalesce(contact.settled_at, contact.settling_since, contact.created_at) as since, contact.attempts, contact.reason, contact.due_at
      from contact
      join player on player.id = contact.player_id
      join play on play.id = contact.play_id and play.player_id = contact.player_id
      join game on game.id = play.game_id
      where ${isBetween(after, to)} and ${hasEnded(of)}
        and (${of.esp}::text is null or contact.esp = ${of.esp}::text)
        and (${of.game}::text is null or game.slug = ${of.game}::text)
      order by contact.player_id, contact.esp`.pipe(asOpen("BacklogRepo.ended"))

  /** The next `limit` contacts that wait for an attempt, by due time. */
  const waiting = ({ esp, game }: Selection, after: ContactPlace & { readonly dueAt: Date }, limit: number) =>
    sql`
      select contact.player_id, player.email, contact.esp, game.slug as game,
        coalesce(contact.settling_since, contact.created_at) as since, contact.attempts, contact.reason, contact.due_at
      from contact
      join player on player.id = contact.player_id
      join play on play.id = contact.play_id and play.player_id = contact.player_id
      join game on game.id = play.game_id
      where contact.verdict = 'unknown' and contact.due_at >= ${after.dueAt}
        and (contact.due_at, contact.player_id, contact.esp) > (${after.dueAt}, ${after.playerId}::uuid, ${after.esp}::text)
        and (${esp}::text is null or contact.esp = ${esp}::text) and (${game}::text is null or game.slug = ${game}::text)
      order by contact.due_at, contact.player_id, contact.esp
      limit ${limit}`.pipe(asWaiting("BacklogRepo.waiting"))

  /**
   * Makes the ended contacts after `after` up to and including `to` due at `at`, restarts their ESP_SETTLE_FOR, and takes back
   * the verdict of rejected ones. Returns how many. A contact that another command restarts at the same time no longer matches,
   * so each is restarted once.
   */
  const restart = (of: Ended, after: ContactPlace, to: ContactPlace, at: Date) =>
    sql`
      with restarted as (
        update contact set verdict = 'unknown', settled_at = null, due_at = ${at}::timestamptz,
          settling_since = ${at}::timestamptz, updated_at = ${at}::timestamptz
        from contact earlier
        where ${isBetween(after, to)} and ${hasEnded(of)}
          and earlier.player_id = contact.player_id and earlier.esp = contact.esp
          -- The same place once more, so that no plan reads more of the table than the step.
          and earlier.player_id >= ${after.playerId}::uuid and earlier.player_id <= ${to.playerId}::uuid
          and (${of.esp}::text is null or contact.esp = ${of.esp}::text)
          -- A subquery looks up the game row by row. A join might read all plays in each step.
          and (${of.game}::text is null or ${of.game}::text = (
            select game.slug from play join game on game.id = play.game_id
            where play.id = contact.play_id and play.player_id = contact.player_id
          ))
        returning contact.player_id, contact.play_id, earlier.verdict as before, ${waitBefore} as wait
      )${ofRestarted}
      select count(*)::int as count from restarted`.pipe(
      asCount(),
      Effect.map(({ count }) => count),
      Effect.withSpan("BacklogRepo.restart")
    )

  /** Whether a contact was restarted or added at `at`. */
  const isRestarted = ({ esp, playerId }: ContactPlace, at: Date) =>
    sql`
      select count(*)::int as count from contact
      where player_id = ${playerId} and esp = ${esp} and settling_since = ${at}`.pipe(
      asCount("BacklogRepo.isRestarted"),
      Effect.map(({ count }) => count > 0)
    )

  /**
   * Adds contacts, due at `at`, for players whose newest play of the game is among the next `limit` plays and who have no contact
   * at that ESP. The newest play is the one whose number is in the player's entry, so no index on plays by player is needed.
   * Plays, entries and players are not locked. Contacts are written in the same order as by plays, which avoids deadlocks. Players
   * who have been forgotten have plays and entries, and get no contact.
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
        cross join lateral (
          select plays from entry where entry.player_id = seen.player_id and entry.game_id = seen.game_id offset 0
        ) entry
        cross join lateral (select id from player where player.id = seen.player_id offset 0) player
        where seen.game_id = ${game.id}::uuid and entry.plays = seen.number
        order by seen.player_id
        on conflict on constraint contact_pkey do nothing
        returning player_id, play_id
      )${ofAdded}
      select (select count(*) from added)::int as changed, (select id from seen order by id desc limit 1) as last`.pipe(
      asAdded(),
      Effect.map(([row]) => ({ added: row?.changed ?? 0, last: row?.last ?? null })),
      Effect.withSpan("BacklogRepo.add")
    )

  /** How many of the contacts started or added at `at` still wait. */
  const countWaiting = (at: Date) =>
    sql`
      select count(*)::int as count from contact
      where verdict = 'unknown' and due_at is not null and settling_since = ${at}`.pipe(
      asCount(),
      Effect.map(({ count }) => count),
      Effect.withSpan("BacklogRepo.countWaiting")
    )

  return { placeAfter, ended, waiting, restart, isRestarted, add, countWaiting }
})
