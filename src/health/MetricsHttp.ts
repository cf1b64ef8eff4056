import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { IncomingMessage } from "node:http"
import * as Handlers from "../platform/edge/Handlers.ts"
import { needs } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { isFromThisMachine } from "../platform/edge/Loopback.ts"

const path = "/metrics"

/** Prometheus' text format, version 0.0.4. */
const answer = Effect.map(PrometheusMetrics.format(), (text) =>
  HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
)

/** Answers everybody: for the listener on `MANAGEMENT_PORT`. */
export const layerOpen = HttpRouter.add("GET", path, answer)

/** `/metrics` for callers with a credential. It is no part of the contract: Prometheus knows the format, and nobody else asks. */
class MetricsApi extends HttpApiGroup.make("metrics").add(
  HttpApiEndpoint.get("metrics", "/metrics", {
    success: Schema.String.pipe(HttpApiSchema.asText({ contentType: "text/plain; version=0.0.4; charset=utf-8" }))
  }).pipe(needs("metrics:read"))
) {}

const contract = contractOf(MetricsApi)

/** Answers callers with the permission, judged as for an operation of the contract: by a router that has this path alone. */
const guarded = Effect.gen(function* () {
  const router = yield* HttpRouter.make
  const handlers = Handlers.group(contract, "metrics", (group) => group.handleRaw("metrics", () => answer))
  yield* Layer.build(
    HttpApiBuilder.layer(contract).pipe(
      Layer.provide(handlers),
      Layer.provide(Layer.succeed(HttpRouter.HttpRouter, router))
    )
  )
  // It fails only for paths that it does not know.
  return Effect.orDie(router.asHttpEffect())
})

/** Answers programs on this machine, and callers with the permission. A credential that is sent is judged, wherever it comes from. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const router = yield* HttpRouter.HttpRouter
    const judged = yield* guarded
    yield* router.add("GET", path, ({ headers, source }) => {
      const isOpen =
        headers["authorization"] === undefined && source instanceof IncomingMessage && isFromThisMachine(source)
      return isOpen ? answer : judged
    })
  })
)
