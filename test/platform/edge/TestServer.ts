import { Context, Effect, Layer, Logger, Schema, type Scope } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { request as httpRequest } from "node:http"
import { connect } from "node:net"
import * as Edge from "../../../src/platform/edge/Edge.ts"
import { routerConfig } from "../../../src/platform/edge/ExactPaths.ts"
import { RateLimits } from "../../../src/platform/edge/RateLimits.ts"
import * as Server from "../../../src/platform/edge/Server.ts"
import * as Validation from "../../../src/platform/edge/Validation.ts"
import * as Pages from "../../../src/platform/pages/Pages.ts"
import { Problem } from "../../../src/platform/contract/Problem.ts"
import { bodyProblems, problems, TooManyRequests, ValidationProblems } from "../../../src/platform/contract/Problems.ts"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import { layerWith } from "../../support/Settings.ts"

const Things = Schema.Struct({
  email: Schema.String.check(Schema.isMinLength(3)),
  score: Schema.optionalKey(Schema.Finite),
  data: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json))
})

export class Busy extends Problem<Busy>()("Busy", { name: "overloaded", ...problems.overloaded }) {}

const slug = { slug: Schema.String.check(Schema.isPattern(/^[a-z-]+$/)) }

class Group extends HttpApiGroup.make("things")
  .add(
    HttpApiEndpoint.post("add", "/:slug", {
      params: slug,
      payload: Things,
      success: Things.pipe(HttpApiSchema.status(201)),
      error: [...bodyProblems, Busy, TooManyRequests]
    }),
    HttpApiEndpoint.get("get", "/:slug", {
      params: slug,
      query: { limit: Schema.optionalKey(Schema.FiniteFromString) },
      success: Schema.Struct({ slug: Schema.String.check(Schema.isMaxLength(20)) }),
      error: [Busy, TooManyRequests]
    }),
    HttpApiEndpoint.delete("remove", "/:slug/parts/:part", { params: { slug: Schema.String, part: Schema.String } })
  )
  .prefix("/api/v1/things") {}

/** A contract with one example of everything that concerns the edge. */
export class TestApi extends HttpApi.make("test")
  .add(Group)
  .middleware(ValidationProblems)
  .annotate(HttpApi.ParseOptions, { errors: "all" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" }) {}

export interface TestServer {
  readonly port: number
  /** The log so far, one JSON line per message. */
  readonly logs: ReadonlyArray<string>
  readonly shutdown: Shutdown["Service"]
}

/** Serves the contract behind the whole edge on a free port until the scope closes. `GET /things/slow` waits for `slow`. */
export const start = (
  env: Record<string, string> = {},
  slow: Effect.Effect<void> = Effect.void
): Effect.Effect<TestServer, unknown, Scope.Scope> =>
  Effect.gen(function* () {
    const logs: Array<string> = []
    const logger = Logger.layer([
      Logger.map(Logger.formatJson, (line) => {
        logs.push(line)
      })
    ])
    const handlers = HttpApiBuilder.group(TestApi, "things", (group) =>
      group.handleAll({
        add: ({ params, payload }) =>
          params.slug === "defect" ? Effect.die(new Error("the secret of the add handler")) : Effect.succeed(payload),
        get: ({ params }) => {
          switch (params.slug) {
            case "busy":
              return Effect.fail(new Busy())
            case "limited":
              return Effect.fail(new TooManyRequests({ retryAfterSeconds: 17 }))
            case "defect":
              return Effect.die(new Error("the secret of the get handler"))
            case "throws":
              throw new Error("the secret that was thrown")
            case "wrong":
              return Effect.succeed({ slug: "longer than the contract allows it to be" })
            case "slow":
              return Effect.as(slow, { slug: "slow" })
            default:
              return Effect.succeed({ slug: params.slug })
          }
        },
        remove: () => Effect.void
      })
    )
    const plain = HttpRouter.use(
      Effect.fnUntraced(function* (router) {
        yield* router.add("GET", "/health/ready", HttpServerResponse.jsonUnsafe({ ready: true }))
        yield* router.add("GET", "/metrics", HttpServerResponse.text("plays 1\n"))
        yield* router.add("GET", "/api/v1/teapot", HttpServerResponse.text("short and stout", { status: 418 }))
        yield* router.add("GET", "/api/v1/locked", HttpServerResponse.empty({ status: 401 }))
        yield* router.add("GET", "/reset/:token", (request) =>
          Effect.map(HttpRouter.params, ({ token }) =>
            token === "defect-defect-defect"
              ? Effect.die(new Error(`the link ${request.url} of ${token} is broken`))
              : Effect.succeed(HttpServerResponse.text(`${request.url} ${token}`))
          ).pipe(Effect.flatten)
        )
      })
    )
    const routes = HttpApiBuilder.layer(TestApi).pipe(Layer.provide(handlers), Layer.provide(Validation.layer))
    const own = ["/health/ready", "/metrics", "/reset/:token"] as const
    const extra = [...Edge.extraRoutes, ...own.map((path) => ({ method: "GET", path }) as const)]
    const served = HttpRouter.serve(Layer.mergeAll(routes, plain, Edge.layer(TestApi, extra), Pages.layer(TestApi)), {
      routerConfig,
      disableLogger: true,
      disableListenLog: true
    }).pipe(
      Layer.provideMerge(Server.layer),
      Layer.provide(RateLimits.layer),
      Layer.provideMerge(Shutdown.layer),
      Layer.provide(layerWith({ PORT: "0", RATE_LIMIT_ADDRESS: "off", RATE_LIMIT_PAGES: "off", ...env })),
      Layer.provideMerge(logger)
    )
    const context = yield* Layer.build(served)
    const server = yield* Effect.provide(HttpServer.HttpServer, context)
    const address = server.address as { readonly port: number }
    return { port: address.port, logs, shutdown: Context.get(context, Shutdown) }
  })

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

export interface Sent {
  readonly method?: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array | undefined
}

/** Sends one request on a new connection. */
export const send = ({ port }: TestServer, sent: Sent): Effect.Effect<Answer> =>
  Effect.callback((resume) => {
    const request = httpRequest(
      { port, host: "127.0.0.1", agent: false, method: sent.method ?? "GET", path: sent.path, headers: sent.headers },
      (response) => {
        const chunks: Array<Buffer> = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("end", () =>
          resume(
            Effect.succeed({
              status: response.statusCode ?? 0,
              headers: response.headers as Answer["headers"],
              text: Buffer.concat(chunks).toString()
            })
          )
        )
      }
    )
    request.on("error", (error) => resume(Effect.die(error)))
    request.end(sent.body)
    return Effect.sync(() => request.destroy())
  })

export const sendJson = (server: TestServer, path: string, body: string | Uint8Array) =>
  send(server, { method: "POST", path, headers: { "content-type": "application/json" }, body })

/** Writes raw bytes and collects the output until the server closes the connection. */
export const sendRaw = ({ port }: TestServer, bytes: string | Buffer): Effect.Effect<string> =>
  Effect.callback((resume) => {
    const socket = connect(port, "127.0.0.1")
    let text = ""
    socket.on("data", (chunk) => (text += chunk.toString("latin1")))
    // The server may reset the connection after its answer.
    socket.on("error", () => undefined)
    socket.on("close", () => resume(Effect.succeed(text)))
    socket.write(bytes)
    return Effect.sync(() => socket.destroy())
  })

/** The last answer in the output of a raw connection. */
export const parse = (text: string): Answer => {
  const begin = [...text.matchAll(/HTTP\/1\.1 \d{3} /g)].at(-1)?.index ?? 0
  const [head = "", body = ""] = text.slice(begin).split("\r\n\r\n")
  const [first = "", ...lines] = head.split("\r\n")
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()])
  )
  return { status: Number(first.split(" ")[1]), headers, text: body }
}
