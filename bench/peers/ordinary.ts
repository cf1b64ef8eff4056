import type { Verdict } from "../../src/esp/Verdict.ts"
import { find, isKeyTaken, makePool, named, type Queryable, register, through } from "./Database.ts"
import * as Peer from "./Peer.ts"

/** The ordinary way: one transaction per play with one statement per step. Seven round trips for a returning player. */

const findGame = named(
  "find_game",
  `select id, esp, opens_at, closes_at, limit_plays, limit_period, limit_window_seconds,
     case limit_period
       when 'day' then (date_trunc('day', $2::timestamptz at time zone time_zone) + interval '1 day') at time zone time_zone
       when 'window' then $2::timestamptz + make_interval(secs => limit_window_seconds)
     end as period_ends_at
   from game where slug = $1`
)

interface Game {
  readonly id: string
  readonly esp: string
  readonly opens_at: Date | null
  readonly closes_at: Date | null
  readonly limit_plays: number | null
  readonly limit_period: string | null
  readonly limit_window_seconds: number | null
  readonly period_ends_at: Date | null
}

const findKey = named("find_key", "select request_hash, play_id from idempotency_key where game_id = $1 and key = $2")

const findPlayer = named("find_player", "select id from player where email_key = $1")

const addPlayer = named(
  "add_player",
  `insert into player (id, email_key, email, created_at) values ($1, $2, $3, $4)
   on conflict on constraint player_pkey do update set email_key = excluded.email_key
   returning id`
)

// One statement checks the limit and counts. A separate read would let parallel plays exceed the limit.
const countPlay = named(
  "count_play",
  `insert into entry (player_id, game_id, plays, granted, period_plays, period_ends_at, created_at, updated_at)
   values ($1, $2, 1, 1, 1, $3, $4, $4)
   on conflict on constraint entry_pkey do update set
     plays = entry.plays + 1,
     granted = 1,
     period_plays = case when entry.period_ends_at <= $4 then 1 else entry.period_plays + 1 end,
     period_ends_at = case when coalesce(entry.period_ends_at <= $4, true) then $3 else entry.period_ends_at end,
     updated_at = greatest(entry.updated_at, $4)
   where $5::int is null
     or $5 > case when $3 is null then entry.plays when coalesce(entry.period_ends_at <= $4, true) then 0 else entry.period_plays end
   returning plays`
)

const findPeriodEnd = named("find_period_end", "select period_ends_at from entry where player_id = $1 and game_id = $2")

const addPlay = named(
  "add_play",
  `insert into play (id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
)

const addKey = named(
  "add_key",
  `insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at) values ($1, $2, $3, $4, $5, $6)`
)

const findContact = named("find_contact", "select verdict from contact where player_id = $1 and esp = $2")

const addContact = named(
  "add_new_contact",
  `insert into contact (player_id, esp, play_id, verdict, attempts, intended_at, due_at, created_at, updated_at)
   values ($1, $2, $3, 'unknown', 1, $4, $5, $4, $4)
   on conflict on constraint contact_pkey do nothing`
)

interface Recorded {
  readonly number: number
  readonly playerId: string
  readonly esp: string
  readonly verdict: Verdict
  readonly isNewContact: boolean
}

const one = async <A extends object>(db: Queryable, query: ReturnType<ReturnType<typeof named>>) =>
  (await db.query<A>(query)).rows[0]

const write = async (
  db: Queryable,
  play: Peer.NewPlay
): Promise<Recorded | Peer.Refusal | { readonly earlier: string }> => {
  const game = await one<Game>(db, findGame([play.slug, play.playedAt]))
  if (game === undefined) return { status: 404, problem: "game-not-found" }
  if (play.key !== null) {
    const earlier = await one<{ request_hash: Buffer; play_id: string }>(db, findKey([game.id, play.key]))
    if (earlier !== undefined) {
      return play.requestHash !== null && earlier.request_hash.equals(play.requestHash)
        ? { earlier: earlier.play_id }
        : { status: 422, problem: "idempotency-key-reused" }
    }
  }
  const isTooEarly = game.opens_at !== null && play.playedAt < game.opens_at
  if (isTooEarly || (game.closes_at !== null && play.playedAt >= game.closes_at)) {
    return { status: 409, problem: "game-not-open", members: { opensAt: game.opens_at, closesAt: game.closes_at } }
  }
  const player =
    (await one<{ id: string }>(db, findPlayer([play.emailKey]))) ??
    (await one<{ id: string }>(db, addPlayer([play.candidateId, play.emailKey, play.email, play.playedAt])))!
  const entry = await one<{ plays: number }>(
    db,
    countPlay([player.id, game.id, game.period_ends_at, play.playedAt, game.limit_plays])
  )
  if (entry === undefined) {
    const period = await one<{ period_ends_at: Date | null }>(db, findPeriodEnd([player.id, game.id]))
    const limit = { plays: game.limit_plays, period: game.limit_period, windowSeconds: game.limit_window_seconds }
    return {
      status: 409,
      problem: "play-limit-reached",
      members: { limit, nextPlayAt: period?.period_ends_at ?? null }
    }
  }
  const { consentLanguage, consentTextVersion, data, id, name, playedAt, score } = play
  await db.query(
    addPlay([
      id,
      player.id,
      game.id,
      entry.plays,
      game.esp,
      playedAt,
      name,
      score,
      consentTextVersion,
      consentLanguage,
      data
    ])
  )
  if (play.key !== null) await db.query(addKey([game.id, play.key, play.requestHash, id, player.id, playedAt]))
  const known = await one<{ verdict: Verdict }>(db, findContact([player.id, game.esp]))
  const isNewContact =
    known === undefined &&
    (await db.query(addContact([player.id, game.esp, id, playedAt, play.leaseUntil]))).rowCount === 1
  return { number: entry.plays, playerId: player.id, esp: game.esp, verdict: known?.verdict ?? "unknown", isNewContact }
}

/** @param prepared Whether statements are prepared. By default, `pg` prepares only named ones. */
export const make = (url: string, prepared: boolean) => {
  const pool = makePool(url)
  const db = through(pool, prepared)

  const inTransaction = async (play: Peer.NewPlay) => {
    const client = await pool.connect()
    let lost: Error | undefined
    try {
      await client.query("begin")
      const outcome = await write(through(client, prepared), play)
      await client.query("problem" in outcome ? "rollback" : "commit")
      return outcome
    } catch (error) {
      await client.query("rollback").catch((cause: Error) => {
        lost = cause
      })
      throw error
    } finally {
      // A connection that could not be rolled back is removed from the pool.
      client.release(lost)
    }
  }

  const app = Peer.make(async (play) => {
    const outcome = await inTransaction(play).catch((error: unknown) => {
      if (isKeyTaken(error)) return inTransaction(play)
      throw error
    })
    if ("problem" in outcome) return outcome
    if ("earlier" in outcome) return find(db, outcome.earlier)
    const verdict = outcome.isNewContact ? await register(db, play, outcome.playerId, outcome.esp) : outcome.verdict
    return { id: play.id, playedAt: play.playedAt, number: outcome.number, verdict }
  })
  app.addHook("onClose", () => pool.end())
  return app
}
