import { Effect, FiberSet, Layer, Queue, Schedule, Semaphore } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { Contacts } from "./Contacts.ts"

/** How often a process with nothing to do looks for contacts that are due: what an idle replica costs the database. */
const idle = Schedule.spaced("1 second").pipe(Schedule.jittered)

/** Settles in the background what the plays left unknown. With WORKERS=0 other replicas do. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    if (workers === 0) return
    const contacts = yield* Contacts
    const shutdown = yield* Shutdown
    const room = yield* Semaphore.make(workers)
    // No new claims once the stop begins, which is before the scope closes. Then time for the attempts, and their end.
    const running = yield* FiberSet.make<void>()
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(shutdown.left, (left) => Effect.timeoutOption(FiberSet.awaitEmpty(running), left))
    )

    /** Fills the room there is, which may be for one; true when there may be more that is due. */
    const fill = Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        yield* restore(room.take(1))
        let free = 1
        while (yield* room.takeIfAvailable(1)) free++
        const attempts = yield* Effect.onError(restore(contacts.claimDue(free)), () => room.release(free))
        yield* room.release(free - attempts.length)
        for (const attempt of attempts) {
          yield* FiberSet.run(running, Effect.ensuring(restore(attempt), room.release(1)))
        }
        return attempts.length === free
      })
    )

    const ended = yield* Queue.sliding<void>(1)
    /**
     * One more where no worker is: a connection with a long backlog and few slots, or with an ESP that hangs, would hold all
     * workers until it is done, and the others would wait for it. True when there may be more.
     */
    const passedOver = Effect.uninterruptibleMask(
      Effect.fnUntraced(function* (restore) {
        if (yield* room.takeIfAvailable(1)) {
          yield* room.release(1)
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
      // As long as there is a backlog, an attempt that ends makes room for the next at once.
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
      // The others say so.
      Effect.catchTag("DatabaseUnavailable", () => Effect.void),
      Effect.catchCause((cause) => Effect.logError("Settling contacts failed", forLog(cause))),
      Effect.andThen(Effect.timeoutOption(Queue.take(ended), "1 second")),
      Effect.forever,
      Effect.raceFirst(shutdown.begun),
      Effect.forkScoped
    )
  })
)
