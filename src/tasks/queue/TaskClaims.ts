import { Clock, Duration, Effect } from "effect"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { TasksSettings } from "../TasksSettings.ts"
import { TaskClaim } from "./TaskClaim.ts"
import type * as TaskQueueRepo from "./TaskQueueRepo.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"

/** The claims of this process: prolongs their leases, stores their progress, and stops those that are cancelled or lost. */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo) {
  const { databaseDeadline } = yield* Settings
  const settings = yield* TasksSettings
  const signals = yield* TaskSignals
  const within = retryTransient(databaseDeadline)

  const claims = new Set<TaskClaim>()

  const add = (row: TaskQueueRepo.ClaimedRow, lock: string): TaskClaim => {
    // This process had the task before and lost its lease unnoticed, for instance while it was suspended. The old attempt stops.
    for (const claim of claims) if (claim.row.id === row.id) claim.stop("lost")
    const claim = new TaskClaim(row, lock)
    claims.add(claim)
    return claim
  }

  // When the leases were last prolonged.
  let renewedAt = yield* Clock.currentTimeMillis
  const isOverdue = (now: number) => now - renewedAt > Duration.toMillis(settings.taskLease) / 2

  const renew = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    // An end that is being stored is quick, and locks the same row: its lease is left out. Only when an outage delays the end,
    // the lease is prolonged, so that this process can still store it.
    const mine = [...claims].filter(({ isEnding }) => !isEnding || isOverdue(now))
    if (mine.length > 0) {
      const locks = mine.map(({ lock, row }) => ({ id: row.id, lock }))
      const kept = new Set(yield* within(repo.renew(locks, Duration.toSeconds(settings.taskLease))))
      for (const claim of mine) if (!kept.has(claim.row.id)) claim.stop("lost")
    }
    renewedAt = now
  })

  /** Runs before each claim: after an outage, this process would otherwise claim a task again that it is still running. */
  const renewOverdue = Effect.flatMap(Clock.currentTimeMillis, (now) => (isOverdue(now) ? renew : Effect.void))

  const storeProgress = Effect.gen(function* () {
    const batch = [...claims].flatMap((claim) => {
      const { progress, row } = claim
      claim.progress = undefined
      return progress === undefined ? [] : [{ id: row.id, attempts: row.attempts, progress }]
    })
    if (batch.length > 0) yield* within(repo.report(batch))
  })

  const every = <E>(pause: Duration.Input, what: string, work: Effect.Effect<void, E>) =>
    Effect.andThen(Effect.sleep(pause), work).pipe(
      Effect.catchCause((cause) => Effect.logWarning(what, forLog(cause))),
      Effect.forever,
      Effect.forkScoped
    )

  /** Prolongs leases, stores progress, and stops attempts at cancelled tasks, for as long as the scope is open. */
  const maintain = Effect.gen(function* () {
    yield* every(Duration.divideUnsafe(settings.taskLease, 4), "Leases of tasks cannot be prolonged", renew)
    yield* every("500 millis", "The progress of tasks cannot be stored", storeProgress)
    yield* signals.on("cancelled", (ids) => {
      const cancelled = new Set(ids)
      for (const claim of claims) if (cancelled.has(claim.row.id)) claim.stop("cancelled")
    })
  })

  return {
    count: () => claims.size,
    all: (): Iterable<TaskClaim> => claims,
    add,
    remove: (claim: TaskClaim) => void claims.delete(claim),
    renewOverdue,
    maintain
  }
})

export type TaskClaims = Effect.Success<ReturnType<typeof make>>
