import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import * as Exits from "../../../src/platform/cli/Exits.ts"
import { logStart, run } from "../../../src/cli/Serve.ts"
import { withModule } from "../../../src/Module.ts"
import { modules } from "../../../src/Modules.ts"
import { tasksModule } from "../../../src/tasks/TasksModule.ts"
import * as Settings from "../../../src/Settings.ts"
import { probeKinds } from "./Probe.ts"

/** `fairground serve` with the task kinds of the tests. */
run({
  prepare: Effect.void,
  announce: logStart,
  settings: Settings.layer,
  modules: withModule(modules, tasksModule(probeKinds))
}).pipe(
  Effect.provide(NodeServices.layer),
  Exits.explain,
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown })
)
