/** A process with a watchdog that blocks itself as its argument says. */
import { NodeRuntime } from "@effect/platform-node"
import { ConfigProvider, Effect, Layer, Metric } from "effect"
import { readFileSync, writeSync } from "node:fs"
import * as inspector from "node:inspector"
import * as Logging from "../../../src/platform/observe/Logging.ts"
import { Settings } from "../../../src/platform/settings/Settings.ts"
import * as Watchdog from "../../../src/platform/observe/Watchdog.ts"

const [until = ""] = process.argv.slice(2)

/** Blocks the event loop forever, until the log names it, or for milliseconds. */
const plantedBlock = () => {
  const end = performance.now() + Number(until)
  const isNamed = () => readFileSync(process.env["LOG_FILE"] ?? "", "utf8").includes(plantedBlock.name)
  while (until === "forever" || (until === "named" ? !isNamed() : performance.now() < end));
}

const counted = Effect.gen(function* () {
  for (;;) {
    const found = (yield* Metric.snapshot).find(({ id }) => id === "fairground_event_loop_blocks_total")
    if (found?.type === "Counter" && found.state.count === 1) return
    yield* Effect.sleep("10 millis")
  }
})

Effect.gen(function* () {
  writeSync(1, "blocking\n")
  plantedBlock()
  writeSync(1, "turning\n")
  // Under a debugger, nothing is counted.
  if (inspector.url() === undefined) yield* counted
  writeSync(1, "counted\n")
}).pipe(
  Effect.provide(
    Watchdog.layer.pipe(
      Layer.provideMerge(Logging.layer),
      Layer.provide(Settings.layer),
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv()))
    )
  ),
  NodeRuntime.runMain
)
