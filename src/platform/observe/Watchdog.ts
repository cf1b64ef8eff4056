import { Duration, Effect, Layer, LogLevel, Metric, References } from "effect"
import * as inspector from "node:inspector"
import { Worker } from "node:worker_threads"
import { Settings } from "../settings/Settings.ts"
import type { Block, Options } from "./WatchdogThread.ts"

const blocksTotal = Metric.counter("fairground_event_loop_blocks_total", {
  description: "Times that the event loop was blocked for longer than WATCHDOG_WARN.",
  incremental: true
})

// Milliseconds between heartbeats of the event loop: cheap, and precise enough for the shortest useful setting.
const heartbeat = 200

const millisOf = (setting: Duration.Duration | "off") => (setting === "off" ? Infinity : Duration.toMillis(setting))

/** Reports a block that is over through the normal loggers, so that the collector receives it too. */
const note = ({ blocked, stack }: Block) =>
  Effect.andThen(
    Metric.update(blocksTotal, 1),
    Effect.annotateLogs(Effect.logWarning(`The event loop was blocked for ${(blocked / 1000).toFixed(1)} s`), { stack })
  )

/**
 * Watches the event loop from a thread of its own. If the loop is blocked for longer than WATCHDOG_WARN, the log says where
 * and a metric counts it. If it is blocked for longer than WATCHDOG_DEAD, the thread ends the process by SIGKILL, because a
 * blocked loop answers no probe and handles no signal. The watchdog is inactive while a debugger may hold the process.
 */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { logFile, watchdogDead, watchdogWarn } = yield* Settings
    const [warn, dead] = [millisOf(watchdogWarn), millisOf(watchdogDead)]
    const first = Math.min(warn, dead / 2)
    if (first === Infinity) return
    const interval = Math.max(5, Math.min(heartbeat, first / 5))
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const warns = LogLevel.isGreaterThanOrEqualTo("Warn", yield* References.MinimumLogLevel)
    const options: Options = {
      shared,
      interval,
      warn,
      dead,
      log: { warns, pretty: process.stdout.isTTY, file: logFile }
    }
    const run = Effect.runForkWith(yield* Effect.context())
    yield* Metric.update(blocksTotal, 0)
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const turn = () => {
          Atomics.store(shared, 1, inspector.url() === undefined ? 0 : 1)
          Atomics.add(shared, 0, 1)
        }
        turn()
        const beat = setInterval(turn, interval).unref()
        const thread = new Worker(new URL("WatchdogThread.ts", import.meta.url), {
          workerData: options,
          // The service's own flags are not for the thread, whose heap is small.
          execArgv: [],
          resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 }
        })
        thread.unref()
        thread.on("message", (block: Block) => run(note(block)))
        thread.on("error", (error) => run(Effect.logWarning("Nobody watches the event loop any more.", error)))
        return { beat, thread }
      }),
      ({ beat, thread }) =>
        Effect.promise(() => {
          clearInterval(beat)
          return thread.terminate()
        })
    )
  })
)
