import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect, Layer, Schedule, Schema } from "effect"
import * as App from "../../src/App.ts"
import * as Logging from "../../src/platform/observe/Logging.ts"
import { withModule } from "../../src/Module.ts"
import { modules } from "../../src/Modules.ts"
import { tasksModule } from "../../src/tasks/TasksModule.ts"
import * as Settings from "../../src/Settings.ts"
import { type Attempt, taskKind } from "../../src/tasks/TaskKind.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import { type BenchInput, noteStart, obey, ready } from "./Wire.ts"

/** The whole service with a kind of task that does nothing or sleeps. Commands over the IPC channel say what to submit. */
const kind = taskKind({
  name: "bench",
  title: "Bench",
  description: "Does nothing, or sleeps.",
  input: Schema.Struct({ at: Schema.Finite, millis: Schema.Int }),
  content: Schema.Struct({ pid: Schema.Int }),
  errors: {},
  attempts: 10,
  retry: Schedule.spaced("1 second"),
  timeout: "1 minute",
  concurrency: null,
  runner: Effect.succeed(({ input }: Attempt<BenchInput>) =>
    Effect.suspend(() => {
      noteStart(input)
      const content = Effect.succeed({ pid: process.pid })
      return input.millis === 0 ? content : Effect.delay(content, input.millis)
    })
  )
})

const listen = Effect.gen(function* () {
  const tasks = yield* Tasks
  const run = Effect.runPromiseWith(yield* Effect.context())
  obey((input) => run(tasks.submit({ kind, input })))
})

Layer.effectDiscard(Effect.sync(ready)).pipe(
  Layer.provide(App.layerOf(withModule(modules, tasksModule([kind])), listen)),
  Layer.provide(Logging.layer),
  Layer.provide(Settings.layer),
  Layer.launch,
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain()
)
