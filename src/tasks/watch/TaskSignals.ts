import { Context, Effect, Layer, Queue, Schedule, type Scope } from "effect"
import { leavable } from "../../platform/Leavable.ts"
import { BackgroundSql } from "../../platform/postgres/Sql.ts"
import { channel } from "../queue/TaskQueueRepo.ts"

/** What a replica can hear. `connected`: from now on; what was said before may have been missed. */
type Signal = "kinds" | "changed" | "cancelled" | "brought" | "connected"

const letters: Readonly<Record<string, Signal>> = { q: "kinds", c: "changed", x: "cancelled", b: "brought" }

/**
 * What the replicas tell each other through the database: kinds that have work, tasks that changed, tasks that were
 * cancelled, tasks that integrations called back for. One connection a replica listens, and comes again when it is
 * lost. Nothing depends on it but haste: everyone who hears looks for himself now and then.
 */
export class TaskSignals extends Context.Service<
  TaskSignals,
  {
    /** Calls `hear` with the words of each such signal, until the scope closes. It must not throw. */
    readonly on: (
      signal: Signal,
      hear: (words: ReadonlyArray<string>) => void
    ) => Effect.Effect<void, never, Scope.Scope>
  }
>()("fairground/tasks/TaskSignals") {
  /** Needs the queue's connections. */
  static readonly layer = Layer.effect(
    TaskSignals,
    Effect.gen(function* () {
      const sql = yield* BackgroundSql
      const hearers: Record<Signal, Set<(words: ReadonlyArray<string>) => void>> = {
        kinds: new Set(),
        changed: new Set(),
        cancelled: new Set(),
        brought: new Set(),
        connected: new Set()
      }
      const say = (signal: Signal, words: ReadonlyArray<string>) => {
        for (const hear of hearers[signal]) hear(words)
      }

      const listen = Effect.scoped(
        Effect.gen(function* () {
          const messages = yield* sql.listen(channel)
          say("connected", [])
          for (;;) {
            for (const { payload } of yield* Queue.takeAll(messages)) {
              const [letter = "", ...words] = payload.split(" ")
              const signal = letters[letter]
              if (signal !== undefined) say(signal, words)
            }
          }
        })
      )
      yield* listen.pipe(
        // Let go of at the end: a connection into the void does not answer that nobody listens any more either.
        leavable,
        Effect.tapError(() => Effect.logDebug("The connection that hears the other replicas is lost")),
        Effect.retry(Schedule.spaced("500 millis").pipe(Schedule.jittered)),
        Effect.forkScoped
      )

      return TaskSignals.of({
        on: (signal, hear) =>
          Effect.acquireRelease(
            Effect.sync(() => void hearers[signal].add(hear)),
            () => Effect.sync(() => void hearers[signal].delete(hear))
          )
      })
    })
  )
}
