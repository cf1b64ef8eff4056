import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Redacted } from "effect"
import { start } from "../../../src/platform/postgres/EmbeddedPostgres.ts"

// A program of its own around the supervisor, for tests that kill it or run it as another user. Arguments: the options as JSON.
const options: Parameters<typeof start>[0] = JSON.parse(process.argv[2] ?? "{}")

const program = Effect.gen(function*() {
  // A finalizer above the database, as the drain of the application is: the database must still be there.
  const running = yield* start(options)
  yield* Effect.addFinalizer(() =>
    Effect.try(() => process.kill(running.pid, 0)).pipe(
      Effect.match({ onFailure: () => "drained too late", onSuccess: () => "drained" }),
      Effect.flatMap((drained) => Console.log(JSON.stringify({ drained })))
    )
  )
  yield* Console.log(JSON.stringify({ ...running, url: Redacted.value(running.url) }))
  return yield* Effect.never
}).pipe(
  Effect.catchTag("EmbeddedPostgresError", ({ message, reason }) => Console.log(JSON.stringify({ reason, message }))),
  Effect.scoped
)

NodeRuntime.runMain(program)
