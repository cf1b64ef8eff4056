import { Clock, Deferred, Duration, Effect } from "effect"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { TasksSettings } from "../TasksSettings.ts"
import { readableProgress } from "../Task.ts"
import type { Progress } from "../TaskKind.ts"
import type * as TaskQueueRepo from "./TaskQueueRepo.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"

/** A claimed task, from its claim to the storing of its attempt's end. */
export interface TaskClaim {
  readonly row: TaskQueueRepo.ClaimedRow
  readonly lock: string
  readonly stopped: Deferred.Deferred<"cancelled" | "lost">
  /** Its end is being stored, or was. */
  isEnding: boolean
  /** It is not this process's any more: there is nothing to store. */
  isStopped: boolean
}

/** The tasks that this process has claimed: they stay its own by their leases, can be stopped, and say how far they are. */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo) {
  const { databaseDeadline } = yield* Settings
  const settings = yield* TasksSettings
  const signals = yield* TaskSignals
  const within = retryTransient(databaseDeadline)

  const held = new Map<string, TaskClaim>()
  const progress = new Map<string, { readonly id: string; readonly attempts: number; readonly progress: Progress }>()
  const keyOf = (id: string, attempts: number) => `${id} ${attempts}`

  const stop = (claim: TaskClaim, why: "cancelled" | "lost") => {
    claim.isStopped = true
    Deferred.doneUnsafe(claim.stopped, Effect.succeed(why))
  }

  const add = (row: TaskQueueRepo.ClaimedRow, lock: string): TaskClaim => {
    // An attempt of before, which this process lost while it was stopped: it has no say any more.
    for (const claim of held.values()) if (claim.row.id === row.id) stop(claim, "lost")
    const claim: TaskClaim = { row, lock, stopped: Deferred.makeUnsafe(), isEnding: false, isStopped: false }
    held.set(keyOf(row.id, row.attempts), claim)
    return claim
  }

  const remove = (claim: TaskClaim) => {
    const key = keyOf(claim.row.id, claim.row.attempts)
    if (held.get(key) === claim) held.delete(key)
    progress.delete(key)
  }

  const report = (id: string, attempts: number, latest: Progress) => {
    const key = keyOf(id, attempts)
    if (held.has(key)) progress.set(key, { id, attempts, progress: readableProgress(latest) })
  }

  // When the leases were last known to be prolonged.
  let renewedAt = yield* Clock.currentTimeMillis
  const isOverdue = (now: number) => now - renewedAt > Duration.toMillis(settings.taskLease) / 2

  const renew = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    // An end is quick, and writes the same row; one that an outage keeps is still this process's to store.
    const mine = [...held.values()].filter(({ isEnding }) => !isEnding || isOverdue(now))
    if (mine.length > 0) {
      const claims = mine.map(({ lock, row }) => ({ id: row.id, lock }))
      const kept = new Set(yield* within(repo.renew(claims, Duration.toSeconds(settings.taskLease))))
      for (const claim of mine) if (!kept.has(claim.row.id)) stop(claim, "lost")
    }
    renewedAt = now
  })

  /** For before a claim: after an outage leases may have run out of tasks that go on here, and that nobody has taken. */
  const renewOverdue = Effect.flatMap(Clock.currentTimeMillis, (now) => (isOverdue(now) ? renew : Effect.void))

  const storeProgress = Effect.gen(function* () {
    if (progress.size === 0) return
    const batch = [...progress.values()]
    progress.clear()
    yield* within(repo.report(batch))
  })
  const every = <E>(pause: Duration.Input, what: string, work: Effect.Effect<void, E>) =>
    Effect.andThen(Effect.sleep(pause), work).pipe(
      Effect.catchCause((cause) => Effect.logWarning(what, forLog(cause))),
      Effect.forever,
      Effect.forkScoped
    )

  /** Prolongs leases, stores progress, and hears of what was cancelled, for as long as the scope is open. */
  const maintain = Effect.gen(function* () {
    yield* every(Duration.divideUnsafe(settings.taskLease, 4), "Leases of tasks cannot be prolonged", renew)
    yield* every("500 millis", "The progress of tasks cannot be stored", storeProgress)
    yield* signals.on("cancelled", (ids) => {
      const cancelled = new Set(ids)
      for (const claim of held.values()) if (cancelled.has(claim.row.id)) stop(claim, "cancelled")
    })
  })

  return {
    count: () => held.size,
    all: () => held.values(),
    find: (id: string, attempts: number) => held.get(keyOf(id, attempts)),
    add,
    remove,
    report,
    renewOverdue,
    maintain
  }
})

export type TaskClaims = Effect.Success<ReturnType<typeof make>>
