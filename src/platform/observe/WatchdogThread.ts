/**
 * The thread that watches the event loop of the main one. Nothing that it does may need that loop: it writes to the log by
 * itself, and `console` of a worker would go through the main thread.
 */
import { appendFileSync, writeSync } from "node:fs"
import { type Debugger, Session } from "node:inspector"
import { fileURLToPath } from "node:url"
import { parentPort, workerData } from "node:worker_threads"
import { makeBlockedTime } from "./WatchdogTime.ts"

/** What the thread is told. Times are milliseconds. */
export interface Orders {
  /** How often the loop has turned, and 1 while a debugger may hold it. */
  readonly shared: Int32Array
  readonly interval: number
  /** After what the log says where the loop is blocked; `Infinity`: never. */
  readonly warn: number
  /** After what the process ends; `Infinity`: never. */
  readonly dead: number
  /** Whether the log takes warnings, whether it is for people, and the file that gets it too. */
  readonly log: { readonly warns: boolean; readonly pretty: boolean; readonly file: string }
}

/** What the main thread gets to know when it runs again. */
export interface Block {
  readonly blocked: number
  /** The functions that were running, the innermost first; empty where they could not be had. */
  readonly stack: ReadonlyArray<string>
}

const { dead, interval, log, shared, warn } = workerData as Orders

// Deep stacks are the framework's; what blocks is at their top.
const deepest = 15

/** JavaScript answers soon; a call into native code, or a garbage collection, when it is over. */
const patience = 2_000

/** Looking costs a busy process some of its time: one that is blocked again and again is looked at now and then. */
const pause = 10_000

const seconds = (millis: number) => `${(millis / 1000).toFixed(1)} s`

const attempt = (write: () => unknown) => {
  try {
    write()
  } catch {
    // A log that cannot be written must not end the watching.
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

/** Stops the main thread for a moment, and asks where it is. Gives how to ask no more. */
const askWhere = (answer: (stack: ReadonlyArray<string>) => void) => {
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
    answer(params.callFrames.slice(0, deepest).map(frame))
    session.post("Debugger.resume", () => session.disconnect())
  })
  session.post("Debugger.enable")
  session.post("Debugger.pause")
  return () => session.disconnect()
}

interface Watched {
  blocked: number
  stack: ReadonlyArray<string>
  told: "nothing" | "that it is" | "where"
  readonly leave: () => void
}

const blockedTime = makeBlockedTime(interval)
let block: Watched | undefined
let asked = -pause

const begin = (now: number, blocked: number): Watched => {
  const begun: Watched = { blocked, stack: [], told: "nothing", leave: () => {} }
  if (now - asked < pause) return begun
  asked = now
  const leave = askWhere((stack) => {
    begun.stack = stack
  })
  return Object.assign(begun, { leave })
}

const tell = (level: "WARN" | "FATAL", { blocked, stack }: Watched, what: string) => {
  say(level, `The event loop has been blocked for ${seconds(blocked)}: ${what}`, stack)
}

const look = () => {
  const now = performance.now()
  const blocked = Atomics.load(shared, 1) === 1 ? 0 : blockedTime(now, Atomics.load(shared, 0))
  if (blocked === 0) {
    if (block === undefined) return
    block.leave()
    if (block.blocked >= warn) parentPort?.postMessage({ blocked: block.blocked, stack: block.stack } satisfies Block)
    block = undefined
    return
  }
  // Half of it, so that whoever has no warnings is told where it was, too.
  if (blocked < Math.min(warn, dead / 2)) return
  block ??= begin(now, blocked)
  block.blocked = blocked
  const isWhereKnown = block.stack.length > 0
  const isDue = isWhereKnown ? block.told !== "where" : block.told === "nothing" && blocked >= warn + patience
  if (blocked >= warn && isDue) {
    block.told = isWhereKnown ? "where" : "that it is"
    if (log.warns) tell("WARN", block, "nothing is answered until it turns again")
  }
  if (blocked >= (isWhereKnown ? dead : dead + patience)) {
    tell("FATAL", block, "WATCHDOG_DEAD has passed, and the process ends itself, to be started again")
    // No other end is sure: every signal that can be handled waits for the event loop, and a core file would hold secrets.
    process.kill(process.pid, "SIGKILL")
  }
}

setInterval(look, interval)
