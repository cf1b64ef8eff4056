import { Clock, Duration, Effect, FiberSet, Layer, Metric } from "effect"
import { PersistedQueue } from "effect/persistence"
import { nilUuid } from "../platform/Ids.ts"
import { every, untilNone } from "../platform/Periodic.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { commonErrors } from "./Task.ts"
import * as TaskAttempts from "./queue/TaskAttempts.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { TasksSettings } from "./TasksSettings.ts"
import { TaskQueue } from "./queue/TaskQueue.ts"
import * as TasksRepo from "./TasksRepo.ts"

const depth = Metric.gauge("fairground_tasks", { description: "Tasks that are not over, by kind and status." })
const oldestDue = Metric.gauge("fairground_task_oldest_due_seconds", {
  description: "How long the oldest task has been due that nobody works on, by kind; 0 where there is none."
})

/**
 * How long tasks of a kind that this version does not know wait for a replica that knows it: a deployment may be under way.
 */
const unknownGrace = Duration.minutes(10)

/**
 * The workers: each takes tasks of one kind, and at most WORKERS tasks run at once over all kinds. When the service begins
 * to stop, it claims nothing more. Running attempts get the rest of SHUTDOWN_GRACE; then their tasks are released, and the
 * attempts do not count.
 */
export const work = Effect.gen(function* () {
  const { workers } = yield* Settings
  const shutdown = yield* Shutdown
  const queue = yield* TaskQueue
  const kinds = yield* TaskKinds
  const takerOf = yield* TaskAttempts.make
  // Finalizers run in reverse order: claims end first, running attempts get their time, and then the workers are interrupted.
  const fibers = yield* FiberSet.make()
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      yield* queue.pause
      yield* Effect.timeoutOption(queue.awaitEmpty, yield* shutdown.left)
      yield* queue.finishWithinDeadline
    })
  )
  // Claims end here already, not only when the scope closes: the server finishes its requests first, and a task that is claimed
  // meanwhile would have less time.
  yield* Effect.forkScoped(Effect.andThen(shutdown.begun, queue.pause))
  for (const kind of kinds.values()) {
    const take = yield* takerOf(kind)
    // The queue stores a failure and retries the task: there is nothing to handle here.
    const worker = Effect.forever(Effect.ignoreCause(take))
    for (let count = Math.min(workers, kind.concurrency ?? workers); count > 0; count--) {
      yield* FiberSet.run(fibers, worker)
    }
  }
}).pipe(Effect.provide(PersistedQueue.layer))

/**
 * Counts tasks, works on them, and looks after their tables. With WORKERS=0 it only counts: other replicas do the rest.
 */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { databaseDeadline, workers } = yield* Settings
    const { taskRetention } = yield* TasksSettings
    const kinds = yield* TaskKinds
    const repo = yield* TasksRepo.make
    const retry = retryTransient(databaseDeadline)
    const context = yield* Effect.context()

    const seen = new Set<string>(kinds.keys())
    yield* every(
      "15 seconds",
      "Counting tasks",
      Effect.map(retry(repo.depths), (rows) => {
        for (const { kind } of rows) seen.add(kind)
        for (const kind of seen) {
          const row = rows.find((one) => one.kind === kind)
          for (const status of ["queued", "running"] as const) {
            Metric.withAttributes(depth, { kind, status }).updateUnsafe(row?.[status] ?? 0, context)
          }
          Metric.withAttributes(oldestDue, { kind }).updateUnsafe(row?.oldestDueSeconds ?? 0, context)
        }
      })
    )
    // Every replica counts, with workers or without: the counts must show it when all workers are down.
    if (workers === 0) return

    // The next task of each unknown kind at the last look. If it is still the next one, no replica works on the kind.
    let unknown: ReadonlyMap<string, string> = new Map()
    yield* every(
      "1 minute",
      "Failing tasks of unknown kinds",
      Effect.gen(function* () {
        const grace = Duration.toSeconds(unknownGrace)
        const found = yield* retry(repo.findUnknown([...kinds.keys()], grace))
        const stuck = found.filter(({ kind, next }) => unknown.get(kind) === next).map(({ kind }) => kind)
        unknown = new Map(found.map(({ kind, next }) => [kind, next]))
        if (stuck.length === 0) return
        const count = yield* retry(repo.failUnknown(stuck, grace, commonErrors["unknown-kind"]))
        if (count > 0) yield* Effect.logWarning("Tasks of kinds that nobody knows have failed", { count })
      })
    )

    // A window of tasks at a time, from the first to the last and over again. It finds a task only if there is a defect.
    let after = nilUuid
    yield* every(
      "15 seconds",
      "Looking for lost tasks",
      Effect.gen(function* () {
        const { last, restored } = yield* retry(repo.restoreLost(after, 5000))
        after = last ?? nilUuid
        if (restored > 0) yield* Effect.logWarning("Tasks had lost their place in the queue", { count: restored })
      })
    )

    yield* every(
      "1 hour",
      "Forgetting old tasks",
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const before = new Date(now - Duration.toMillis(taskRetention))
        // A bounded number per statement: a large one would hold its locks and its snapshot for long.
        return yield* retry(repo.forget(before, 5000))
      }).pipe(untilNone)
    )

    yield* work
  })
)
