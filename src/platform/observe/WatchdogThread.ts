/**
 * The thread that watches the main thread's event loop. It must not depend on that loop: it writes to the log itself, because
 * `console` in a worker goes through the main thread.
 */
import { appendFileSync, writeSync } from "node:fs"
import { type Debugger, Session } from "node:inspector"
import { fileURLToPath } from "node:url"
import { parentPort, workerData } from "node:worker_threads"
import { makeBlockedTime } from "./WatchdogTime.ts"

/** The options of the thread. Times are milliseconds. */
export interface Options {
  /** Two counters: how often the loop has turned, and 1 while a debugger may hold it. */
  readonly shared: Int32Array
  readonly interval: number
  /** How long the loop is blocked before the log says where; `Infinity`: never. */
  readonly warn: number
  /** How long the loop is blocked before the process ends; `Infinity`: never. */
  readonly dead: number
  /** Whether the log level includes warnings, whether the log is pretty, and the file that receives it too. */
  readonly log: { readonly warns: boolean; readonly pretty: boolean; readonly file: string }
}

/** What the main thread receives when it runs again. */
export interface Block {
  readonly blocked: number
  /** The functions that were running, innermost first; empty if they could not be found out. */
  readonly stack: ReadonlyArray<string>
}

const { dead, interval, log, shared, warn } = workerData as Options

// The lower frames of deep stacks belong to the framework. The blocking code is at the top.
const mostFrames = 15

/**
 * How long to wait for the stack. Running JavaScript answers soon; native code and garbage collection only when they are
 * done.
 */
const stackTimeout = 2_000

/**
 * Pausing the main thread costs a busy process time, so a process that blocks again and again is inspected at most this
 * often.
 */
const inspectionPause = 10_000

const seconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`

const attempt = (write: () => unknown) => {
  try {
    write()
  } catch {
    // The watchdog must survive a log that cannot be written.
  }
}

const say = (level: "WARN" | "FATAL", message: string, stack: ReadonlyArray<string>) => {
  const timestamp = new Date().toISOString()
  const line = `${JSON.stringify({ message, level, timestamp, annotations: { stack }, spans: {}, fiberId: "watchdog" })}\n`
  const text = [`[${timestamp.slice(11, 23)}] ${level} (watchdog): ${message}`, ...stack].join("\n    at ")
  attempt(() => writeSync(1, log.pretty ? `${text}\n` : line))
  if (log.file !== "") attempt(() => appendFileSync(log.file, line))
}

const nameOf = (url: string) => (url.startsWith("file:") ? fileURLToPath(url) : url)

/** Pauses the main thread briefly to read its stack. Returns a function that withdraws the request. */
const requestStack = (answer: (stack: ReadonlyArray<string>) => void) => {
  const session = new Session()
  const urls = new Map<string, string>()
  const frame = ({ functionName, location }: Debugger.CallFrame) => {
    const { columnNumber = 0, lineNumber, scriptId } = location
    const file = nameOf(urls.get(scriptId) ?? "")
    return `${functionName === "" ? "<anonymous>" : functionName} (${file}:${lineNumber + 1}:${columnNumber + 1})`
  }
  session.connectToMainThread()
  session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url))
  session.on("Debugger.paused", ({ params }) => {
    answer(params.callFrames.slice(0, mostFrames).map(frame))
    session.post("Debugger.resume", () => session.disconnect())
  })
  session.post("Debugger.enable")
  session.post("Debugger.pause")
  return () => session.disconnect()
}

interface Watched {
  blocked: number
  stack: ReadonlyArray<string>
  reported: "nothing" | "that it is" | "where"
  readonly cancel: () => void
}

const blockedTime = makeBlockedTime(interval)
let block: Watched | undefined
let requestedAt = -inspectionPause

const begin = (now: number, blocked: number): Watched => {
  const begun: Watched = { blocked, stack: [], reported: "nothing", cancel: () => {} }
  if (now - requestedAt < inspectionPause) return begun
  requestedAt = now
  const cancel = requestStack((stack) => {
    begun.stack = stack
  })
  return Object.assign(begun, { cancel })
}

const report = (level: "WARN" | "FATAL", { blocked, stack }: Watched, what: string) => {
  say(level, `The event loop has been blocked for ${seconds(blocked)}: ${what}`, stack)
}

const check = () => {
  const now = performance.now()
  const blocked = Atomics.load(shared, 1) === 1 ? 0 : blockedTime(now, Atomics.load(shared, 0))
  if (blocked === 0) {
    if (block === undefined) return
    block.cancel()
    if (block.blocked >= warn) parentPort?.postMessage({ blocked: block.blocked, stack: block.stack } satisfies Block)
    block = undefined
    return
  }
  // From half of `dead` on, so that the stack is known at the end even if warnings are off.
  if (blocked < Math.min(warn, dead / 2)) return
  block ??= begin(now, blocked)
  block.blocked = blocked
  const isWhereKnown = block.stack.length > 0
  const isDue = isWhereKnown
    ? block.reported !== "where"
    : block.reported === "nothing" && blocked >= warn + stackTimeout
  if (blocked >= warn && isDue) {
    block.reported = isWhereKnown ? "where" : "that it is"
    if (log.warns) report("WARN", block, "nothing is answered until it turns again")
  }
  if (blocked >= (isWhereKnown ? dead : dead + stackTimeout)) {
    report("FATAL", block, "WATCHDOG_DEAD has passed, and the process ends itself, to be started again")
    // Only SIGKILL is certain: signals with a handler wait for the event loop, and a core dump would hold secrets.
    process.kill(process.pid, "SIGKILL")
  }
}

setInterval(check, interval)
