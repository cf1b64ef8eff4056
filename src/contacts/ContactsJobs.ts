import { Effect, FiberSet, Layer, Queue, Schedule, Semaphore } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { Contacts } from "./Contacts.ts"

/** How often an idle process looks for due contacts, which is all that an idle replica costs the database. */
const idle = Schedule.spaced("1 second").pipe(Schedule.jittered)

/** Settles contacts that are still `unknown` after their play, in the background. With WORKERS=0 other replicas do it. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    if (workers === 0) return
    const contacts = yield* Contacts
    const shutdown = yield* Shutdown
    const freeWorkers = yield* Semaphore.make(workers)
    // The shutdown begins before the scope closes, and stops new claims. Running attempts then get the time that is left.
    const running = yield* FiberSet.make<void>()
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(shutdown.left, (left) => Effect.timeoutOption(FiberSet.awaitEmpty(running), left))
    )

    /** Waits for a free worker and claims a contact for each free one. True: there may be more due contacts. */
    const fill = Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        yield* restore(freeWorkers.take(1))
        let free = 1
        while (yield* freeWorkers.takeIfAvailable(1)) free++
        const attempts = yield* Effect.onError(restore(contacts.claimDue(free)), () => freeWorkers.release(free))
        yield* freeWorkers.release(free - attempts.length)
        for (const attempt of attempts) {
          yield* FiberSet.run(running, Effect.ensuring(restore(attempt), freeWorkers.release(1)))
        }
        return attempts.length === free
      })
    )

    const ended = yield* Queue.sliding<void>(1)
    /**
     * When all workers are busy, runs one extra attempt for a connection that has none. Otherwise a connection with a long
     * backlog and few slots, or whose ESP hangs, would hold all workers and delay the other connections. True: there may be
     * more.
     */
    const passedOver = Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        if (yield* freeWorkers.takeIfAvailable(1)) {
          yield* freeWorkers.release(1)
          return false
        }
        const attempts = yield* restore(contacts.claimPassedOver)
        for (const attempt of attempts) {
          yield* FiberSet.run(running, Effect.ensuring(restore(attempt), Queue.offer(ended, undefined)))
        }
        return attempts.length > 0
      })
    )

    yield* fill.pipe(
      // During a backlog, each worker that becomes free claims the next contact at once.
      Effect.repeat({ while: (more) => more }),
      Effect.catchTag("DatabaseUnavailable", () =>
        Effect.logWarning("Contacts that are due cannot be read: the database does not answer")
      ),
      Effect.catchCause((cause) => Effect.logError("Settling contacts failed", forLog(cause))),
      Effect.repeat(idle),
      Effect.raceFirst(shutdown.begun),
      Effect.forkScoped
    )
    yield* passedOver.pipe(
      Effect.repeat({ while: (more) => more }),
      // `fill` logs it.
      Effect.catchTag("DatabaseUnavailable", () => Effect.void),
      Effect.catchCause((cause) => Effect.logError("Settling contacts failed", forLog(cause))),
      Effect.andThen(Effect.timeoutOption(Queue.take(ended), "1 second")),
      Effect.forever,
      Effect.raceFirst(shutdown.begun),
      Effect.forkScoped
    )
  })
)
