import { Clock, DateTime, Effect, Schedule, Schema } from "effect"
import { type Attempt, taskKind } from "./TaskKind.ts"

/** Does nothing, and so shows that tasks are stored, handed out, worked on and answered. */
export const ping = taskKind({
  name: "ping",
  title: "Ping",
  description: "Gives back what it was given, with the time of the worker. For trying out an installation.",
  input: Schema.Struct({
    message: Schema.String.check(Schema.isMaxLength(200)).annotate({
      description: "Anything, up to 200 characters.",
      examples: ["hello"]
    })
  }).annotate({ identifier: "PingInput", description: "What to give back." }),
  content: Schema.Struct({
    message: Schema.String.annotate({ description: "What was given.", examples: ["hello"] }),
    at: Schema.DateTimeUtcFromString.pipe(
      Schema.annotateEncoded({
        description: "The time of the worker, in UTC.",
        format: "date-time",
        examples: ["2026-11-20T10:00:00.000Z"]
      })
    )
  }).annotate({ identifier: "PingContent", description: "The message, and when it was read." }),
  errors: {},
  attempts: 3,
  retry: Schedule.spaced("1 second"),
  timeout: "10 seconds",
  concurrency: null,
  runner: Effect.succeed(({ input }: Attempt<{ readonly message: string }>) =>
    Effect.map(Clock.currentTimeMillis, (now) => ({ message: input.message, at: DateTime.makeUnsafe(now) }))
  )
})
