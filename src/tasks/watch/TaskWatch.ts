import { Cause, Context, Deferred, Effect, Exit, Latch, Layer } from "effect"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import * as Multimap from "./Multimap.ts"
import type { Task } from "../Task.ts"
import { TaskSignals } from "./TaskSignals.ts"
import * as TasksRepo from "../TasksRepo.ts"

interface Waiter {
  /** The version that the waiting request has seen. */
  readonly version: number
  readonly news: Deferred.Deferred<Task, DatabaseUnavailable>
}

/**
 * Waits for tasks to change. However many requests wait, a replica reads a change once, in one query with the other changes
 * of the same moment. Between changes only a query every 5 seconds reads the watched tasks, in case a signal was lost.
 */
export class TaskWatch extends Context.Service<
  TaskWatch,
  {
    /** The task as soon as it is newer than `version`. */
    readonly next: (id: string, version: number) => Effect.Effect<Task, DatabaseUnavailable>
  }
>()("fairground/tasks/TaskWatch") {
  static readonly layer = Layer.effect(
    TaskWatch,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const signals = yield* TaskSignals
      const repo = yield* TasksRepo.make
      const retry = retryTransient(databaseDeadline)
      const waiters = Multimap.make<Waiter>()
      const changed = new Set<string>()
      const wake = Latch.makeUnsafe(false)

      const add = (id: string, waiter: Waiter) => {
        waiters.add(id, waiter)
        markChanged(id)
      }

      const markChanged = (id: string) => {
        if (!waiters.has(id)) return
        changed.add(id)
        wake.openUnsafe()
      }

      const markAllChanged = () => {
        for (const id of waiters.keys()) markChanged(id)
      }

      const read = Effect.gen(function* () {
        const ids = [...changed]
        changed.clear()
        const watched = ids.flatMap((id) => {
          const versions = waiters.of(id).map(({ version }) => version)
          return versions.length === 0 ? [] : [{ id, version: Math.min(...versions) }]
        })
        if (watched.length === 0) return
        const tasks = yield* Effect.exit(retry(repo.findNewer(watched)))
        if (Exit.isFailure(tasks)) {
          if (Cause.hasDies(tasks.cause)) yield* Effect.logError("Watched tasks cannot be read", forLog(tasks.cause))
          for (const { id } of watched) {
            for (const waiter of waiters.of(id)) Deferred.doneUnsafe(waiter.news, Effect.failCause(tasks.cause))
          }
          return
        }
        for (const task of tasks.value) {
          for (const waiter of waiters.of(task.id)) {
            if (task.version > waiter.version) Deferred.doneUnsafe(waiter.news, Effect.succeed(task))
          }
        }
      })

      yield* signals.on("changed", (ids) => ids.forEach(markChanged))
      yield* signals.on("connected", markAllChanged)
      yield* Effect.gen(function* () {
        yield* wake.await
        wake.closeUnsafe()
        yield* read
      }).pipe(Effect.forever, Effect.forkScoped)
      // Polls in case a signal was lost.
      yield* Effect.sleep("5 seconds").pipe(
        Effect.andThen(Effect.sync(markAllChanged)),
        Effect.forever,
        Effect.forkScoped
      )

      return TaskWatch.of({
        next: (id, version) =>
          Effect.suspend(() => {
            const waiter: Waiter = { version, news: Deferred.makeUnsafe() }
            add(id, waiter)
            return Effect.ensuring(
              Deferred.await(waiter.news),
              Effect.sync(() => waiters.remove(id, waiter))
            )
          })
      })
    })
  )
}
