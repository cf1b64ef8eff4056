import { Context, Effect, Layer, Queue, Schedule, type Scope } from "effect"
import { leavable } from "../../platform/Leavable.ts"
import { BackgroundSql } from "../../platform/postgres/Sql.ts"
import { channel } from "../queue/TaskQueueRepo.ts"

/** The signals. `connected`: this replica receives signals from now on, and may have missed earlier ones. */
type Signal = "kinds" | "changed" | "cancelled" | "brought" | "connected"

const letters: Readonly<Record<string, Signal>> = { q: "kinds", c: "changed", x: "cancelled", b: "brought" }

/**
 * Signals between replicas through the database's notifications: kinds that have work, tasks that changed, tasks that were
 * cancelled, and tasks with a callback. Each replica listens on one connection, and reconnects when it is lost. Signals
 * only make reactions faster: every receiver also polls, so a lost signal loses nothing.
 */
export class TaskSignals extends Context.Service<
  TaskSignals,
  {
    /** Calls `listener` with the names or ids in each such signal, until the scope closes. The listener must not throw. */
    readonly on: (
      signal: Signal,
      listener: (words: ReadonlyArray<string>) => void
    ) => Effect.Effect<void, never, Scope.Scope>
  }
>()("fairground/tasks/TaskSignals") {
  static readonly layer = Layer.effect(
    TaskSignals,
    Effect.gen(function* () {
      const sql = yield* BackgroundSql
      const listeners: Record<Signal, Set<(words: ReadonlyArray<string>) => void>> = {
        kinds: new Set(),
        changed: new Set(),
        cancelled: new Set(),
        brought: new Set(),
        connected: new Set()
      }
      const emit = (signal: Signal, words: ReadonlyArray<string>) => {
        for (const listener of listeners[signal]) listener(words)
      }

      const listen = Effect.scoped(
        Effect.gen(function* () {
          const messages = yield* sql.listen(channel)
          emit("connected", [])
          for (;;) {
            for (const { payload } of yield* Queue.takeAll(messages)) {
              const [letter = "", ...words] = payload.split(" ")
              const signal = letters[letter]
              if (signal !== undefined) emit(signal, words)
            }
          }
        })
      )
      yield* listen.pipe(
        // `leavable`, because on a dead connection the final UNLISTEN would never be answered and would hold up the stop.
        leavable,
        Effect.tapError(() => Effect.logDebug("The connection that hears the other replicas is lost")),
        Effect.retry(Schedule.spaced("500 millis").pipe(Schedule.jittered)),
        Effect.forkScoped
      )

      return TaskSignals.of({
        on: (signal, listener) =>
          Effect.acquireRelease(
            Effect.sync(() => void listeners[signal].add(listener)),
            () => Effect.sync(() => void listeners[signal].delete(listener))
          )
      })
    })
  )
}
