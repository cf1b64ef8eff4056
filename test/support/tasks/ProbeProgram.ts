import { NodeRuntime, NodeServices } from "@effect/platform-node"
import { Effect } from "effect"
import * as Exits from "../../../src/cli/Exits.ts"
import { logStart, run } from "../../../src/cli/Serve.ts"
import * as Settings from "../../../src/Settings.ts"
import * as Runners from "../../../src/tasks/Runners.ts"
import { TaskKinds } from "../../../src/tasks/TaskKinds.ts"
import { TaskRunner } from "../../../src/tasks/TaskRunner.ts"
import { probeApi, probeKinds } from "./Probe.ts"

/** `fairground serve` with the kinds of the tests. */
run({
  prepare: Effect.void,
  announce: logStart,
  settings: Settings.layer,
  work: {
    api: probeApi,
    kinds: TaskKinds.layerOf(probeKinds),
    runners: Runners.layer,
    runner: TaskRunner.layerOf(probeKinds)
  }
}).pipe(
  Effect.provide(NodeServices.layer),
  Exits.explain,
  NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown })
)
