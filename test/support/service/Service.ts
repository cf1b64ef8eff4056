import { Data, Effect, Redacted, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { Agent, request } from "node:http"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url))

/** An answer of the service; `status` 0: the connection broke before there was one. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Record<string, unknown>
}

/** The service as a process of its own. */
export interface Service {
  readonly base: string
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>
  /** What it has logged so far. */
  readonly log: () => string
}

class NotYet extends Data.TaggedError("NotYet")<{ readonly message: string }> {}

/** Looks again for up to 40 s, until there is a value: on a machine that does much else, a process alone may take ten to start. */
export const until = <A, E, R>(
  what: string,
  look: Effect.Effect<A | undefined, E, R>
): Effect.Effect<A, E | NotYet, R> =>
  look.pipe(
    Effect.filterOrFail(
      (value): value is A & {} => value !== undefined,
      () => new NotYet({ message: what })
    ),
    Effect.retry({ schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ duration: "40 seconds" })) })
  )

/** Looks again for up to 40 s, until it is so. */
export const untilTrue = (what: string, look: () => boolean) =>
  Effect.asVoid(
    until(
      what,
      Effect.sync(() => (look() ? true : undefined))
    )
  )

type Script = ReadonlyArray<string>

/** `fairground serve`. */
const serve: Script = [main, "serve"]

const launch = (url: Redacted.Redacted<string>, env: Record<string, string>, script: Script) => {
  const child = spawn(process.execPath, [...script], {
    env: {
      PATH: process.env["PATH"],
      PORT: "0",
      DATABASE_URL: Redacted.value(url),
      RATE_LIMIT_ADDRESS: "off",
      RATE_LIMIT_PAGES: "off",
      RATE_LIMIT_EMAIL: "off",
      // Longer than a machine may stand still: plays that say `unknown` are for those tests that ask for them.
      ESP_DEADLINE: "20 seconds",
      // Some tests ask for a log without warnings, and this one would be about the machine.
      WATCHDOG_WARN: "off",
      ...env
    },
    stdio: ["ignore", "pipe", "pipe"]
  })
  let log = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      log += text
    })
  }
  return {
    pid: child.pid ?? 0,
    signal: (name: NodeJS.Signals) => void child.kill(name),
    exited: new Promise<number | NodeJS.Signals | null>((resolve) => {
      child.on("exit", (code, signal) => resolve(code ?? signal))
    }),
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    log: () => log
  }
}

/**
 * Starts `fairground serve`, or another script, without waiting for it; it is killed with the scope. Unless set, rate limits are off
 * and plays wait long for their verdicts.
 */
export const spawned = (url: Redacted.Redacted<string>, env: Record<string, string> = {}, script: Script = serve) =>
  Effect.acquireRelease(
    Effect.sync(() => launch(url, env, script)),
    ({ exited, signal }) =>
      Effect.promise(() => {
        signal("SIGKILL")
        return exited
      })
  )

/** Starts `fairground serve`, or another script, on a free port and waits until it serves. */
export const start = (
  url: Redacted.Redacted<string>,
  env: Record<string, string> = {},
  script: Script = serve
): Effect.Effect<Service, NotYet, Scope.Scope> =>
  Effect.gen(function* () {
    const process = yield* spawned(url, env, script)
    const base = yield* until(
      "the service serves",
      Effect.suspend(() => {
        if (process.hasEnded()) return Effect.die(new Error(`the service did not start:\n${process.log()}`))
        return Effect.succeed(/http:\/\/[\w.]+:\d+/.exec(process.log())?.[0])
      })
    )
    return { ...process, base }
  })

/** A client with connections of its own, which waits for so many milliseconds for an answer. */
export const makeClient = (connections = 64, patience = 30_000) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send = (
    base: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {}
  ): Promise<Answer> =>
    new Promise((resolve) => {
      const broken = () => resolve({ status: 0, headers: {}, body: {} })
      const sent = request(`${base}${path}`, {
        method,
        agent,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers }
      })
      sent.on("error", broken)
      // An answer that never comes is what a test is to find, not to wait for.
      sent.setTimeout(patience, () => sent.destroy())
      sent.on("response", (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("aborted", broken)
        response.on("error", broken)
        response.on("end", () => {
          const isJson = /json/.test(response.headers["content-type"] ?? "")
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : { text }
          })
        })
      })
      sent.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body))
    })
  return {
    send,
    get: (base: string, path: string) => send(base, "GET", path),
    /** Text is sent as it is. */
    play: (base: string, slug: string, body: Record<string, unknown> | string, key?: string) =>
      send(base, "POST", `/api/v1/games/${slug}/plays`, body, key === undefined ? {} : { "idempotency-key": key }),
    close: () => agent.destroy()
  }
}
export type Client = ReturnType<typeof makeClient>

/** A client whose connections are closed with the scope. */
export const client = (connections?: number, patience?: number) =>
  Effect.acquireRelease(
    Effect.sync(() => makeClient(connections, patience)),
    ({ close }) => Effect.sync(close)
  )
