import { NodeHttpServer } from "@effect/platform-node"
import { ByteSize, Duration, Effect, Layer, Schema } from "effect"
import { HttpIncomingMessage, HttpServer } from "effect/http"
import type { RequestListener, Server } from "node:http"
import { Settings } from "../settings/Settings.ts"
import { Shutdown } from "../Shutdown.ts"
import * as Connections from "./Connections.ts"

/** Where a server listens, and the settings that say so. */
interface Listener {
  readonly port: number
  readonly host: string
  readonly portName: string
  readonly hostName: string
  /** How long its requests may take to finish when it closes. */
  readonly grace: Duration.Duration
}

/** The server cannot listen. The message says what to change. */
export class CannotListen extends Schema.TaggedError<CannotListen>()("CannotListen", { message: Schema.String }) {}

const cannotListen = ({ host, hostName, port, portName }: Listener, cause: unknown): CannotListen => {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "an unknown error"
  const where = `${host}:${port}`
  switch (code) {
    case "EADDRINUSE":
      return new CannotListen({
        message: `${where} is in use by another program. Stop it, or set ${portName} to another port (0 takes a free one).`
      })
    case "EACCES":
      return new CannotListen({
        message: `This user may not listen on ${where}. Set ${portName} to a port above 1023.`
      })
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CannotListen({
        message: `${host} is no address of this machine. Set ${hostName} to one, or to 0.0.0.0 or :: for all.`
      })
    default:
      return new CannotListen({ message: `Cannot listen on ${where} (${hostName} and ${portName}): ${code}.` })
  }
}

/**
 * Keeps the requests that come while the program is still being built, and hands them over as soon as it serves. The server listens before
 * that, and Node would leave a request without a listener unanswered for ever.
 */
const keepEarly = (server: Server): void => {
  const early: Array<Parameters<RequestListener>> = []
  const keep: RequestListener = (request, response) => {
    early.push([request, response])
  }
  server.on("request", keep)
  const begin = (event: string | symbol) => {
    if (event !== "request") return
    server.off("newListener", begin).off("request", keep)
    // After the listener that is being added.
    queueMicrotask(() => {
      for (const [request, response] of early) server.emit("request", request, response)
    })
  }
  server.on("newListener", begin)
}

const make = Effect.fnUntraced(function* (listener: Listener) {
  const settings = yield* Settings
  const shutdown = yield* Shutdown
  const requestTimeout = Duration.toMillis(settings.requestTimeout)
  // Node rejects a header timeout that is longer than the request timeout.
  const headersTimeout = Math.min(Duration.toMillis(settings.headerTimeout), requestTimeout)

  const server = Connections.make({
    answerTimeoutMillis: Duration.toMillis(settings.answerTimeout),
    isStopping: shutdown.isAsked,
    headersTimeout,
    requestTimeout,
    // How late Node may notice a timeout.
    connectionsCheckingInterval: Math.min(1000, Math.max(20, Math.floor(headersTimeout / 4))),
    // Longer than the minute for which load balancers keep idle connections: the balancer should close first.
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
    // The edge answers both cases with a problem. Node would send an empty 400, and the service supports no upgrades.
    requireHostHeader: false,
    shouldUpgradeCallback: () => false
  })
  // Node would answer expectations other than 100-continue with an empty 417. RFC 9110 lets a server ignore them.
  server.on("checkExpectation", (request, response) => server.emit("request", request, response))

  keepEarly(server)

  const http = yield* NodeHttpServer.make(() => server, {
    port: listener.port,
    host: listener.host,
    gracefulShutdownTimeout: listener.grace
  }).pipe(Effect.mapError((error) => cannotListen(listener, error.cause)))
  // Without file descriptors `accept` fails. Its error event would end the process if nothing listened to it.
  const services = yield* Effect.context()
  server.on("error", (error) =>
    Effect.runForkWith(services)(Effect.logWarning("A connection was not accepted.", error))
  )
  // Runs after the grace period: connections that are still open would keep the process alive forever.
  yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
  return http
})

const layerOf = <E, R>(server: Layer.Layer<HttpServer.HttpServer, E, R>) =>
  Layer.mergeAll(
    server,
    NodeHttpServer.layerHttpServices,
    // Gives readers of a body other than the edge's the same limit.
    Layer.effect(
      HttpIncomingMessage.MaxBodySize,
      Effect.map(Settings, ({ bodyLimit }) => ByteSize.bytes(bodyLimit))
    )
  )

/** The HTTP server on `HOST` and `PORT`, with timeouts and limits. Fails with `CannotListen`. */
export const layer = layerOf(
  Layer.effect(
    HttpServer.HttpServer,
    Effect.flatMap(Settings, ({ host, port, shutdownGrace }) =>
      make({ host, port, hostName: "HOST", portName: "PORT", grace: shutdownGrace })
    )
  )
)

/** The same on `MANAGEMENT_HOST` and this port, which is `MANAGEMENT_PORT`. */
export const layerManagement = (port: number) =>
  layerOf(
    Layer.effect(
      HttpServer.HttpServer,
      Effect.flatMap(Settings, ({ managementHost }) =>
        make({
          host: managementHost,
          port,
          hostName: "MANAGEMENT_HOST",
          portName: "MANAGEMENT_PORT",
          // Closes when the grace of the service's own requests is over. A look at its health takes less.
          grace: Duration.seconds(3)
        })
      )
    )
  )
