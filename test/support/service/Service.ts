import { Data, Effect, Redacted, Schedule, type Scope } from "effect"
import { spawn } from "node:child_process"
import { Agent, request } from "node:http"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../../src/main.ts", import.meta.url))

/** An answer of the service. `status` is 0 if the connection broke first. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
  readonly body: Record<string, unknown>
}

/** The service in its own process. */
export interface Service {
  readonly base: string
  readonly pid: number
  readonly signal: (name: NodeJS.Signals) => void
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals | null>
  /** The log so far. */
  readonly log: () => string
}

class NotYet extends Data.TaggedError("NotYet")<{ readonly message: string }> {}

/** Polls for up to 40 s until there is a value: on a busy machine, starting a process can take ten seconds. */
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

/** Polls for up to 40 s until the condition holds. */
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
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      PORT: "0",
      DATABASE_URL: Redacted.value(url),
      RATE_LIMIT_ADDRESS: "off",
      RATE_LIMIT_PAGES: "off",
      RATE_LIMIT_EMAIL: "off",
      // Longer than a busy machine may pause, so that only tests that want it get `unknown`.
      ESP_DEADLINE: "20 seconds",
      // Some tests expect a log without warnings, and this warning would be about the machine.
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
 * Starts `fairground serve`, or another script, without waiting for it. It is killed with the scope. By default rate limits
 * are off and plays wait long for their verdicts.
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

/** A client with its own connections, which waits for an answer for `patience` milliseconds. */
export const makeClient = (connections = 64, patience = 30_000) => {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const send = (
    base: string,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {}
  ): Promise<Answer> =>
    sendAs(base, method, path, body, {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers
    })
  const sendAs = (
    base: string,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>
  ): Promise<Answer> =>
    new Promise((resolve) => {
      const broken = () => resolve({ status: 0, headers: {}, body: {} })
      const sent = request(`${base}${path}`, {
        method,
        agent,
        headers
      })
      sent.on("error", broken)
      // A test must detect an answer that never comes, not wait for it.
      sent.setTimeout(patience, () => sent.destroy())
      sent.on("response", (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("aborted", broken)
        response.on("error", broken)
        response.on("end", () => {
          // The answer to HEAD has the type of a body that it has not.
          const isJson = text !== "" && /json/.test(response.headers["content-type"] ?? "")
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
    /** With these headers and no others: not even the type of the body. */
    sendAs,
    get: (base: string, path: string) => send(base, "GET", path),
    /** A string is sent verbatim. */
    play: (base: string, slug: string, body: Record<string, unknown> | string, key?: string) =>
      send(base, "POST", `/api/v1/games/${slug}/plays`, body, key === undefined ? {} : { "idempotency-key": key }),
    close: () => agent.destroy()
  }
}
export type Client = ReturnType<typeof makeClient>

/** A client whose connections close with the scope. */
export const client = (connections?: number, patience?: number) =>
  Effect.acquireRelease(
    Effect.sync(() => makeClient(connections, patience)),
    ({ close }) => Effect.sync(close)
  )
