import { Clock, Effect } from "effect"
import { ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import type * as TaskQueueRepo from "../../../src/tasks/queue/TaskQueueRepo.ts"

type Repo = TaskQueueRepo.TaskQueueRepo
type Claim = Parameters<Repo["claim"]>[0]
type Report = Parameters<Repo["report"]>[0][number]
type Claimed = Effect.Success<ReturnType<Repo["claim"]>>

/** A row of the queue. `lock` is null while no process holds it. */
export interface Row {
  readonly id: string
  readonly kind: string
  priority: 0 | 1
  visibleAt: number
  attempts: number
  lock: string | null
  isCounted: boolean
  /** Undefined: no task belongs to it any more. */
  readonly task: TaskQueueRepo.ClaimedRow["task"]
}

/** What one attempt at a statement does before it is answered. `commits`: it does its work first. */
export interface Fault {
  readonly commits: boolean
  readonly answer: Effect.Effect<void, SqlError>
}

const failing = Effect.fail(new SqlError({ reason: new ConnectionError({ cause: new Error("ECONNRESET") }) }))

export const faults = {
  /** Fails before it has done anything. */
  fails: { commits: false, answer: failing },
  /** Does its work, but the answer is lost. */
  loses: { commits: true, answer: failing },
  /** Hangs on a dead connection. */
  hangs: { commits: false, answer: Effect.never },
  /** Does its work and then hangs. */
  hangsAfter: { commits: true, answer: Effect.never }
} as const satisfies Record<string, Fault>

const poisoned = new SqlError({ reason: new UnknownError({ cause: { code: "22P05" } }) })

/**
 * The queue's table in memory, for one process on the test clock: claims by kind and free capacity, limits over all replicas,
 * leases, and ends that only the owner may write. Each call of a statement consumes its next fault. The data of a batch of
 * ends with the detail `poison` is refused.
 */
export const queueTable = () => {
  const rows = new Map<string, Row>()
  const pending = new Map<string, Array<Fault>>()
  const said: Array<string> = []
  const endings: Array<TaskQueueRepo.Ending> = []
  const reports: Array<Report> = []
  // Kinds that another replica is claiming of.
  const claimedElsewhere = new Set<string>()

  const statement = <A>(
    name: string,
    words: string,
    work: (now: number) => Effect.Effect<A, SqlError> | A
  ): Effect.Effect<A, SqlError> =>
    Effect.flatMap(Clock.currentTimeMillis, (now) => {
      said.push(`${name} ${words}`.trim())
      const fault = pending.get(name)?.shift()
      const done = Effect.suspend(() => {
        const result = work(now)
        return Effect.isEffect(result) ? result : Effect.succeed(result)
      })
      if (fault === undefined) return done
      return fault.commits
        ? Effect.flatMap(done, (result) => Effect.as(fault.answer, result))
        : Effect.andThen(fault.answer, done)
    })

  const select = ({ free, leaseSeconds, lock, wanted, watched }: Claim, now: number): Claimed => {
    const dueOf = (kind: string) =>
      [...rows.values()]
        .filter((row) => row.kind === kind && row.visibleAt <= now)
        .toSorted((one, other) => one.priority - other.priority || one.visibleAt - other.visibleAt)
    const waiting = watched.filter((kind) => dueOf(kind).length > 0)
    const chosen = wanted
      .flatMap(({ kind, limit, room, running }) => {
        const held = [...rows.values()].filter((row) => row.kind === kind && row.isCounted && row.visibleAt > now)
        const most = Math.max(0, Math.min(room, free, limit === null ? Infinity : limit - held.length))
        return dueOf(kind)
          .slice(0, most)
          .map((row, place) => ({ row, share: running + place + 1 }))
      })
      .toSorted((one, other) => one.share - other.share)
      .slice(0, free)
    for (const { row } of chosen) {
      row.attempts++
      row.lock = lock
      row.visibleAt = now + 1000 * leaseSeconds
      row.isCounted = wanted.some(({ limit }) => limit !== null)
    }
    const claimed = chosen.map(({ row: { attempts, id, kind, task } }) => ({ id, kind, attempts, task }))
    return { claimed, waiting }
  }

  const wordsOf = ({ free, wanted }: Claim) =>
    [...wanted.map(({ kind, room }) => `${kind}:${room}`), `of ${free}`].join(" ")

  const repo = {
    claim: (options: Claim) => statement("claim", wordsOf(options), (now) => select(options, now)),
    claimLimited: (options: Claim) =>
      statement("claimLimited", wordsOf(options), (now) => {
        const wanted = options.wanted.filter(({ kind }) => !claimedElsewhere.has(kind))
        const { claimed } = select({ ...options, wanted }, now)
        return {
          claimed,
          waiting: options.wanted.flatMap(({ kind }) => (claimedElsewhere.has(kind) ? [kind] : []))
        }
      }),
    abandon: (locks: ReadonlyArray<string>) =>
      statement("abandon", String(locks.length), (now) => {
        for (const row of rows.values()) {
          if (row.lock === null || !locks.includes(row.lock)) continue
          Object.assign(row, { lock: null, isCounted: false, visibleAt: now, attempts: row.attempts - 1 })
        }
        return []
      }),
    end: (batch: ReadonlyArray<TaskQueueRepo.Ending>) =>
      statement("end", batch.map(({ id }) => id).join(" "), (now) => {
        if (batch.some(({ errorDetail }) => errorDetail === "poison")) return Effect.fail(poisoned)
        return batch.flatMap((ending) => {
          const row = rows.get(ending.id)
          if (row === undefined || row.lock !== ending.lock) return []
          endings.push(ending)
          if (ending.delay === null) rows.delete(row.id)
          else {
            row.lock = null
            row.isCounted = false
            row.visibleAt = now + 1000 * ending.delay
            if (!ending.isCounted) row.attempts--
          }
          return [row.id]
        })
      }),
    renew: (held: ReadonlyArray<{ readonly id: string; readonly lock: string }>, leaseSeconds: number) =>
      statement("renew", held.map(({ id }) => id).join(" "), (now) =>
        held.flatMap(({ id, lock }) => {
          const row = rows.get(id)
          if (row === undefined || row.lock !== lock) return []
          row.visibleAt = now + 1000 * leaseSeconds
          return [id]
        })
      ),
    report: (batch: ReadonlyArray<Report>) =>
      statement("report", "", () => {
        reports.push(...batch)
        return []
      })
  }

  return {
    // In the types, the queue's statements may also be streamed, which no code does.
    repo: repo as unknown as Repo,
    rows,
    /** Ends that were stored. */
    endings,
    /** What was said of progress. */
    reports,
    claimedElsewhere,
    /** Adds a row, by default due at once. */
    add: (kind: string, id: string, change: Partial<Row> = {}) => {
      const task = { input: null, trace: null, waitedSeconds: 0 }
      rows.set(id, { id, kind, priority: 1, visibleAt: 0, attempts: 0, lock: null, isCounted: false, task, ...change })
    },
    next: (name: keyof Repo, ...more: ReadonlyArray<Fault>) => {
      pending.set(name, [...(pending.get(name) ?? []), ...more])
    },
    /** The statements since the last call, with their subjects. */
    statements: () => said.splice(0)
  }
}
