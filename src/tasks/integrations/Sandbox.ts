import { Duration, Effect, Option, Schema } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { Settings } from "../../platform/settings/Settings.ts"
import { prepare } from "./Integration.ts"
import { Integrations } from "./Integrations.ts"
import { TaskId } from "../Task.ts"
import { Input } from "../kinds/truth-or-dare/Card.ts"
import { draw } from "../kinds/truth-or-dare/Draw.ts"
import { cardsIntegration } from "../kinds/truth-or-dare/TruthOrDareIntegrations.ts"
import { TruthOrDareSettings } from "../kinds/truth-or-dare/TruthOrDareSettings.ts"

/**
 * Names of the first player that make the sandbox misbehave, like a payment provider's test cards. With any other name
 * the sandbox answers with a card at once.
 */
export const sandboxPlayers = [
  { name: "Slow", does: "gets a card after 5 seconds" },
  { name: "Poll", does: "gets a card at a place that has to be looked at three times" },
  { name: "Callback", does: "gets a card by a callback after a second; without a callback address, a refusal" },
  { name: "Stumble", does: "finds the integration down (503), the second time a card" },
  { name: "Busy", does: "is turned away (429) with a wait of 1 second, the second time gets a card" },
  { name: "Broken", does: "finds the integration down (503), every time" },
  { name: "Refused", does: "is refused (422), with a reason" },
  { name: "Rubbish", does: "gets JSON that is no card" },
  { name: "Html", does: "gets a web page instead of JSON" },
  { name: "Huge", does: "gets an answer of a megabyte" },
  { name: "Silent", does: "gets no answer at all" }
] as const

type Magic = (typeof sandboxPlayers)[number]["name"]

export interface SandboxOptions {
  /** How long `Slow` takes. */
  readonly slow: Duration.Input
  /** How long before the sandbox calls back. */
  readonly pause: Duration.Input
  /** The sandbox's `Retry-After`, in seconds. */
  readonly retryAfter: number
}

const defaults: SandboxOptions = { slow: "5 seconds", pause: "1 second", retryAfter: 1 }

const Task = Schema.Struct({
  task: TaskId,
  input: Input,
  callback: Schema.optionalKey(Schema.Struct({ url: Schema.String }))
})
type Task = typeof Task.Type
const decodeTask = Schema.decodeUnknownOption(Schema.fromJsonString(Task))

/** How many tasks the sandbox remembers. */
const capacity = 10_000

const largestBody = 64 * 1024

const respond = (
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {}
) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(typeof body === "string" ? body : JSON.stringify(body))
}

const make = (options: SandboxOptions): { readonly server: Server; readonly stop: () => void } => {
  const timers = new Set<NodeJS.Timeout>()
  const after = (pause: Duration.Input, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, Duration.toMillis(pause))
    timers.add(timer)
  }

  /** How often each task was sent and polled. Beyond the capacity the oldest task is forgotten. */
  const seen = new Map<string, { readonly task: Task; asked: number; polled: number }>()
  const remember = (task: Task) => {
    const known = seen.get(task.task) ?? { task, asked: 0, polled: 0 }
    known.asked++
    seen.set(task.task, known)
    const [oldest] = seen.keys()
    if (seen.size > capacity && oldest !== undefined) seen.delete(oldest)
    return known
  }

  const retryAfter = { "retry-after": `${options.retryAfter}` }
  const cardOf = ({ input, task }: Task) => draw(task, input)

  const callBack = ({ callback, ...task }: Task) => {
    fetch(callback?.url ?? "", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ content: cardOf(task) })
    }).catch(() => undefined)
  }

  const answers: { readonly [name in Magic]: (task: Task, asked: number, response: ServerResponse) => void } = {
    Slow: (task, _, response) => after(options.slow, () => respond(response, 200, cardOf(task))),
    Poll: ({ task }, _, response) => respond(response, 202, {}, { ...retryAfter, location: `/cards/${task}` }),
    Callback: (task, _, response) => {
      if (task.callback === undefined) return respond(response, 422, { title: "There is no address to call back at" })
      respond(response, 202, {})
      after(options.pause, () => callBack(task))
    },
    Stumble: (task, asked, response) =>
      asked === 1 ? respond(response, 503, {}) : respond(response, 200, cardOf(task)),
    Busy: (task, asked, response) =>
      asked === 1 ? respond(response, 429, {}, retryAfter) : respond(response, 200, cardOf(task)),
    Broken: (_, __, response) => respond(response, 503, {}),
    Refused: (_, __, response) =>
      respond(response, 422, { title: "No card", detail: "No card fits these players." }, problemType),
    Rubbish: (_, __, response) => respond(response, 200, { card: 7, text: [] }),
    Html: (_, __, response) => respond(response, 200, "<html>It works!</html>", { "content-type": "text/html" }),
    Huge: (_, __, response) => respond(response, 200, { text: "x".repeat(1024 * 1024) }),
    Silent: () => undefined
  }
  const problemType = { "content-type": "application/problem+json" }
  const magic = new Map<string, (typeof answers)[Magic]>(Object.entries(answers))

  const poll = (path: string, response: ServerResponse) => {
    const known = seen.get(path.slice("/cards/".length))
    if (known === undefined) return respond(response, 404, {})
    known.polled++
    const { polled, task } = known
    return polled < 3
      ? respond(response, 202, { progress: { fraction: polled / 3, message: "Shuffling" } }, retryAfter)
      : respond(response, 200, cardOf(task))
  }

  const handle = (request: IncomingMessage, body: string, response: ServerResponse) => {
    const path = request.url ?? "/"
    if (request.method === "GET" && path.startsWith("/cards/")) return poll(path, response)
    if (request.method !== "POST" || path !== "/cards") return respond(response, 404, {})
    const task = Option.getOrUndefined(decodeTask(body))
    if (task === undefined || request.headers["idempotency-key"] !== task.task) {
      return respond(response, 400, { title: "It is no task" })
    }
    const { asked } = remember(task)
    const answer = magic.get(task.input.players[0] ?? "")
    return answer === undefined ? respond(response, 200, cardOf(task)) : answer(task, asked, response)
  }

  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8")
    request.on("data", (chunk: string) => {
      body += chunk
      if (body.length > largestBody) request.destroy()
    })
    request.on("end", () => handle(request, body, response))
    request.on("error", () => undefined)
  })

  return {
    server,
    stop: () => {
      for (const timer of timers) clearTimeout(timer)
      server.close()
      server.closeAllConnections()
    }
  }
}

/**
 * Starts the sandbox for as long as the scope is open, and returns its URL. It is a real HTTP server on a free port of
 * the loopback interface that draws cards, and misbehaves for some players' names.
 */
export const start = (options: Partial<SandboxOptions> = {}) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly stop: () => void }>((resume) => {
      const { server, stop } = make({ ...defaults, ...options })
      server.on("error", (error) => resume(Effect.die(error)))
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/cards`, stop }))
      })
    }),
    ({ stop }) => Effect.sync(stop)
  ).pipe(Effect.map(({ url }) => url))

/**
 * The integrations of the settings. If TRUTH_OR_DARE_RUNNER is `http` and the settings have no integration
 * `truth-or-dare`, the sandbox takes its place; it calls back if PUBLIC_URL is set.
 */
export const layer = Integrations.layerBeside(
  Effect.gen(function* () {
    const { publicUrl } = yield* Settings
    const { truthOrDareRunner } = yield* TruthOrDareSettings
    if (truthOrDareRunner !== "http") return []
    const mode = publicUrl === undefined ? "poll" : "callback"
    return [yield* Effect.orDie(prepare(cardsIntegration, { url: yield* start(), mode, allowPrivate: true }))]
  })
)
