import { Effect, References } from "effect"
import type { HttpServerRequest } from "effect/http"
import { IncomingMessage } from "node:http"
import { cut } from "../contract/Cut.ts"
import type { Doer } from "../Doer.ts"

const longestUserAgent = 200

/** Who calls, as far as the request itself tells. */
export const doerOf =
  (addressOf: (message: IncomingMessage) => string) =>
  (request: HttpServerRequest.HttpServerRequest): Effect.Effect<Doer> =>
    Effect.map(References.CurrentLogAnnotations, (annotations) => {
      const userAgent = request.headers["user-agent"]
      const requestId = annotations["requestId"]
      return {
        via: "http" as const,
        accountId: null,
        apiKeyId: null,
        address: request.source instanceof IncomingMessage ? addressOf(request.source) : null,
        userAgent: userAgent === undefined ? null : cut(userAgent, longestUserAgent).toWellFormed(),
        requestId: typeof requestId === "string" ? requestId : null
      }
    })
