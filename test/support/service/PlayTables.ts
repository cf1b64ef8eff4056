import { assert } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { ConnectionError, LockTimeoutError, SqlError, UniqueViolation, UnknownError } from "effect/sql/SqlError"
import { Slug } from "../../../src/games/Game.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { keyOf } from "../../../src/players/Email.ts"
import { PlayId, type RecordPlay } from "../../../src/plays/Play.ts"
import type { Outcome } from "../../../src/plays/PlayOutcome.ts"
import type { Judged, RecordedPlay } from "../../../src/plays/PlaysRepo.ts"
import type { Options } from "../../../src/plays/RecordAroundLocks.ts"
import type { Database } from "../../../src/plays/RecordBatch.ts"
import { recordPlays } from "../../../src/plays/RecordPlays.ts"
import type { Batch, Submission } from "../../../src/plays/Submission.ts"

/** What is not as usual with a play: what the page has sent beside the address, and what the service has added. */
export type Change = Partial<Omit<RecordPlay, "email">> & Partial<Omit<Submission, "play">>

/** A play for the game `wheel` as the writer gets it. */
export const submission = (email: string, { consent, data, name, score, ...change }: Change = {}): Submission => ({
  id: PlayId.make(uuidV7At(Date.now())),
  slug: Slug.make("wheel"),
  play: {
    email,
    ...(name === undefined ? {} : { name }),
    ...(score === undefined ? {} : { score }),
    ...(consent === undefined ? {} : { consent }),
    ...(data === undefined ? {} : { data })
  },
  playedAt: DateTime.makeUnsafe(1_000),
  playerId: uuidV7At(Date.now()),
  emailKey: keyOf(email),
  email,
  key: undefined,
  since: 0,
  span: undefined,
  requestHash: change.key === undefined ? undefined : Buffer.from(email),
  ...change
})

/** Records plays with eight seconds for each try; gives their outcomes, in their order. */
export const outcomesOf = (database: Omit<Database, "deadline">, batch: Batch, options?: Options) =>
  Effect.map(recordPlays({ ...database, deadline: "8 seconds" }, batch, options), (outcomes) => {
    assert.strictEqual(outcomes.size, batch.length)
    return batch.map((play): Outcome => outcomes.get(play)!)
  })

/** The answers to a batch, each play of which is changed by what is given of it. */
export const changeEach = (
  judged: Effect.Effect<ReadonlyMap<Submission, Judged>, SqlError>,
  change: (row: Judged, play: Submission) => Judged
) => Effect.map(judged, (rows) => new Map([...rows].map(([play, row]) => [play, change(row, play)])))

export const lost = new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNRESET") }) })

/** Another row has what this constraint lets be there once. */
export const unique = (constraint: string) =>
  new SqlError({ reason: new UniqueViolation({ cause: { code: "23505" }, constraint }) })

const poisoned = new SqlError({ reason: new UnknownError({ cause: { code: "22P05" } }) })

const lockTimeout = new SqlError({ reason: new LockTimeoutError({ cause: { code: "55P03" } }) })

/** How one attempt at the database fails. `commits`: the work is done before the error. */
export type Fault = { readonly error: SqlError; readonly commits: boolean } | "hangs"

/**
 * The tables of plays in memory, with one limit for all entries and the rules of the statement: a batch is recorded
 * completely or not at all, and keys are unique. Each call of `record` consumes the next fault. The data of a play named
 * `poison` is refused.
 */
export const playTables = (limit = Infinity) => {
  const plays: Array<{ readonly id: PlayId; readonly address: string; readonly number: number }> = []
  const keys = new Map<string, { readonly hash: string; readonly id: PlayId }>()
  const faults: Array<Fault> = []
  const locked = new Set<string>()
  const held = new Set<string>()
  const batches: Array<number> = []
  // What another process commits between the reads and the writes of the next statement.
  let meanwhile: (() => void) | undefined

  const numberOf = (address: string) => plays.filter((play) => play.address === address).length

  const playOf = ({ id, number }: { readonly id: PlayId; readonly number: number }): RecordedPlay => ({
    id,
    slug: Slug.make("wheel"),
    number,
    playedAt: DateTime.makeUnsafe(1_000),
    playerId: "player",
    esp: "sandbox",
    espList: null,
    espTags: [],
    verdict: "unknown",
    isNewContact: number === 1,
    fields: {}
  })

  const judge = (play: Submission, place: number, granted: Map<string, number>, known: typeof keys = keys): Judged => {
    const earlier = play.key === undefined ? undefined : known.get(play.key)
    const before = numberOf(play.emailKey) + (granted.get(play.emailKey) ?? 0)
    if (earlier !== undefined) {
      return earlier.hash === String(play.requestHash)
        ? { place, outcome: "earlier", earlierPlayId: earlier.id }
        : { place, outcome: "key-reused" }
    }
    if (before >= limit) {
      const refused = { limitPlays: limit, limitPeriod: "ever", limitWindowSeconds: null, nextPlayAt: null } as const
      return { place, outcome: "limit-reached", ...refused }
    }
    granted.set(play.emailKey, (granted.get(play.emailKey) ?? 0) + 1)
    return { outcome: "recorded", play: playOf({ id: play.id, number: before + 1 }) }
  }

  const write = (judged: ReadonlyMap<Submission, Judged>): SqlError | undefined => {
    const fresh = [...judged].flatMap(([play, row]) => (row.outcome === "recorded" ? [{ play, row: row.play }] : []))
    if (fresh.some(({ play }) => play.play.name === "poison")) return poisoned
    if (fresh.some(({ play }) => plays.some(({ id }) => id === play.id))) return unique("play_pkey")
    if (fresh.some(({ play }) => play.key !== undefined && keys.has(play.key))) return unique("idempotency_key_pkey")
    for (const { play, row } of fresh) {
      plays.push({ id: play.id, address: play.emailKey, number: row.number })
      if (play.key !== undefined) keys.set(play.key, { hash: String(play.requestHash), id: play.id })
    }
    return undefined
  }

  const record = (batch: Batch): Effect.Effect<ReadonlyMap<Submission, Judged>, SqlError> =>
    Effect.suspend(() => {
      batches.push(batch.length)
      const fault = faults.shift()
      if (fault === "hangs") return Effect.never
      if (fault !== undefined && !fault.commits) return Effect.fail(fault.error)
      if (batch.some(({ emailKey }) => locked.has(emailKey) || locked.has("*") || held.has(emailKey)))
        return Effect.fail(lockTimeout)
      const granted = new Map<string, number>()
      // The statement sees keys as they were when it began, but the count once it has locked the entry.
      const known = new Map(keys)
      meanwhile?.()
      meanwhile = undefined
      const judged = new Map(batch.map((play, index) => [play, judge(play, index + 1, granted, known)]))
      const refused = write(judged)
      if (refused !== undefined) return Effect.fail(refused)
      return fault === undefined ? Effect.succeed(judged) : Effect.fail(fault.error)
    })

  const find = (ids: ReadonlyArray<PlayId>): Effect.Effect<ReadonlyArray<RecordedPlay>, SqlError> =>
    Effect.sync(() => plays.filter(({ id }) => ids.includes(id)).map(playOf))

  const unlocked = (batch: Batch): Effect.Effect<ReadonlySet<Submission>, SqlError> =>
    Effect.sync(() => new Set(batch.filter(({ emailKey }) => !held.has(emailKey))))

  return {
    repo: { record, find, unlocked, hasParts: false },
    /** Sizes of the batches that reached the database. */
    batches,
    plays,
    /** Addresses whose entries another process is inserting, invisibly to others; `*`: all. */
    locked,
    /** Addresses whose entries another process has locked. */
    held,
    next: (...more: ReadonlyArray<Fault>) => {
      faults.push(...more)
    },
    /** Makes another process record this play while the next statement runs. */
    whileNextRuns: (play: Submission) => {
      meanwhile = () => {
        write(new Map([[play, judge(play, 1, new Map())]]))
      }
    }
  }
}
