import { DateTime, Effect } from "effect"
import { ConnectionError, LockTimeoutError, SqlError, UniqueViolation, UnknownError } from "effect/sql/SqlError"
import { Slug } from "../../../src/games/Game.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { keyOf } from "../../../src/players/Email.ts"
import { PlayId } from "../../../src/plays/Play.ts"
import type { Judged, Recorded, Submission } from "../../../src/plays/PlaysRepo.ts"

/** A play for the game `wheel` as the writer gets it. */
export const submission = (email: string, change: Partial<Submission> = {}): Submission => ({
  id: PlayId.make(uuidV7At(Date.now())),
  slug: Slug.make("wheel"),
  playedAt: new Date(1_000),
  playerId: uuidV7At(Date.now()),
  emailKey: keyOf(email),
  email,
  name: null,
  score: null,
  consentTextVersion: null,
  consentLanguage: null,
  data: null,
  key: null,
  since: 0,
  requestHash: change.key === undefined || change.key === null ? null : Buffer.from(email),
  ...change
})

export const lost = new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNRESET") }) })

const unique = (constraint: string) =>
  new SqlError({ reason: new UniqueViolation({ cause: { code: "23505" }, constraint }) })

const poisoned = new SqlError({ reason: new UnknownError({ cause: { code: "22P05" } }) })

const lockTimeout = new SqlError({ reason: new LockTimeoutError({ cause: { code: "55P03" } }) })

/** What one try at the database does. `commits`: the work is done before the error. */
export type Fault = { readonly error: SqlError; readonly commits: boolean } | "hangs"

/**
 * The tables of plays in memory, with one limit for all and the statement's rules: all of a batch or nothing, and unique
 * keys. Each call of `record` takes the next fault, if there is one. A play named `poison` is refused for its data.
 */
export const playTables = (limit = Infinity) => {
  const plays: Array<{ readonly id: PlayId; readonly address: string; readonly number: number }> = []
  const keys = new Map<string, { readonly hash: string; readonly id: PlayId }>()
  const faults: Array<Fault> = []
  const locked = new Set<string>()
  const held = new Set<string>()
  const batches: Array<number> = []
  // What another process commits between the reading and the writing of the next statement.
  let meanwhile: (() => void) | undefined

  const numberOf = (address: string) => plays.filter((play) => play.address === address).length

  const judge = (play: Submission, place: number, granted: Map<string, number>, known: typeof keys = keys): Judged => {
    const earlier = play.key === null ? undefined : known.get(play.key)
    const before = numberOf(play.emailKey) + (granted.get(play.emailKey) ?? 0)
    const outcome =
      earlier !== undefined
        ? earlier.hash === String(play.requestHash)
          ? ("earlier" as const)
          : ("key-reused" as const)
        : before >= limit
          ? ("limit-reached" as const)
          : ("recorded" as const)
    if (outcome === "recorded") granted.set(play.emailKey, (granted.get(play.emailKey) ?? 0) + 1)
    return {
      place,
      outcome,
      number: outcome === "recorded" ? before + 1 : null,
      playerId: "player",
      esp: "sandbox",
      espList: null,
      espTags: [],
      verdict: null,
      isNewContact: outcome === "recorded" && before === 0,
      earlierPlayId: earlier?.id ?? null,
      nextPlayAt: null,
      opensAt: null,
      closesAt: null,
      limitPlays: Number.isFinite(limit) ? limit : null,
      limitPeriod: Number.isFinite(limit) ? "ever" : null,
      limitWindowSeconds: null
    }
  }

  const write = (batch: ReadonlyArray<Submission>, judged: ReadonlyArray<Judged>): SqlError | undefined => {
    const fresh = batch.flatMap((play, index) =>
      judged[index]?.number === null ? [] : [{ play, row: judged[index]! }]
    )
    if (fresh.some(({ play }) => play.name === "poison")) return poisoned
    if (fresh.some(({ play }) => plays.some(({ id }) => id === play.id))) return unique("play_pkey")
    if (fresh.some(({ play }) => play.key !== null && keys.has(play.key))) return unique("idempotency_key_pkey")
    for (const { play, row } of fresh) {
      plays.push({ id: play.id, address: play.emailKey, number: row.number! })
      if (play.key !== null) keys.set(play.key, { hash: String(play.requestHash), id: play.id })
    }
    return undefined
  }

  const record = (batch: ReadonlyArray<Submission>): Effect.Effect<ReadonlyArray<Judged>, SqlError> =>
    Effect.suspend(() => {
      batches.push(batch.length)
      const fault = faults.shift()
      if (fault === "hangs") return Effect.never
      if (fault !== undefined && !fault.commits) return Effect.fail(fault.error)
      if (batch.some(({ emailKey }) => locked.has(emailKey) || locked.has("*") || held.has(emailKey)))
        return Effect.fail(lockTimeout)
      const granted = new Map<string, number>()
      // The statement looks for keys as they were when it began, and for the count when it has the entry to itself.
      const known = new Map(keys)
      meanwhile?.()
      meanwhile = undefined
      const judged = batch.map((play, index) => judge(play, index + 1, granted, known))
      const refused = write(batch, judged)
      if (refused !== undefined) return Effect.fail(refused)
      return fault === undefined ? Effect.succeed(judged) : Effect.fail(fault.error)
    })

  const find = (ids: ReadonlyArray<PlayId>): Effect.Effect<ReadonlyArray<Recorded>, SqlError> =>
    Effect.sync(() =>
      plays
        .filter(({ id }) => ids.includes(id))
        .map(({ id, number }) => ({
          id,
          slug: Slug.make("wheel"),
          number,
          playedAt: DateTime.makeUnsafe(1_000),
          playerId: "player",
          esp: "sandbox",
          espList: null,
          espTags: [],
          verdict: "unknown" as const,
          isNewContact: number === 1
        }))
    )

  const unlocked = (batch: ReadonlyArray<Submission>): Effect.Effect<ReadonlySet<number>, SqlError> =>
    Effect.sync(() => new Set(batch.flatMap(({ emailKey }, index) => (held.has(emailKey) ? [] : [index + 1]))))

  return {
    repo: { record, find, unlocked },
    /** Sizes of the batches that reached the database. */
    batches,
    plays,
    /** Addresses whose entries somebody else is adding, which cannot be seen; `*`: all. */
    locked,
    /** Addresses whose entries somebody else holds. */
    held,
    next: (...more: ReadonlyArray<Fault>) => {
      faults.push(...more)
    },
    /** Another process records this play while the next statement runs. */
    whileNextRuns: (play: Submission) => {
      meanwhile = () => {
        write([play], [judge(play, 1, new Map())])
      }
    }
  }
}
