import { Effect, Layer, Schedule } from "effect"
import { Settings } from "../platform/Settings.ts"
import { Contacts } from "./Contacts.ts"

/** How often a worker with nothing to do looks for contacts that are due: what an idle replica costs the database. */
const idle = Schedule.spaced("1 second").pipe(Schedule.jittered)

/** Settles in the background what the plays left unknown. With WORKERS=0 other replicas do. */
export const layer = Layer.effectDiscard(Effect.gen(function*() {
  const { workers } = yield* Settings
  if (workers === 0) return
  const contacts = yield* Contacts
  yield* contacts.settleDue(workers).pipe(
    // As long as there is a backlog, go on at once.
    Effect.repeat({ while: (found) => found === workers }),
    Effect.catchTag("DatabaseUnavailable", () => Effect.logWarning("Contacts that are due cannot be read: the database does not answer")),
    Effect.catchCause((cause) => Effect.logError("Settling contacts failed", cause)),
    Effect.repeat(idle),
    Effect.forkScoped
  )
}))
