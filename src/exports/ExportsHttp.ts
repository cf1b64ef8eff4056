import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import type { Asked, ExportFormat } from "./Export.ts"
import { Exports } from "./Exports.ts"
import { ExportsApi } from "./ExportsApi.ts"

export const layer = Handlers.group(
  contractOf(ExportsApi),
  "exports",
  Effect.fnUntraced(function* (handlers) {
    const exports = yield* Exports

    const answer = Effect.fnUntraced(function* ({ method }: HttpServerRequest.HttpServerRequest, asked: Asked) {
      const isHead = method === "HEAD"
      // The place is given up with the request, which ends when all is sent or the client has left.
      const { bytes, contentType, fileName } = yield* isHead ? exports.describe(asked) : exports.start(asked)
      // Proxies must not gather the file first: nginx does so unless it is told.
      const headers = { "content-disposition": `attachment; filename="${fileName}"`, "x-accel-buffering": "no" }
      return isHead
        ? HttpServerResponse.empty({ status: 200, headers: { ...headers, "content-type": contentType } })
        : HttpServerResponse.stream(bytes, { contentType, headers })
    })

    const formatOf = ({ format = "csv" }: { readonly format?: ExportFormat }) => format

    return handlers
      .handleRaw("plays", ({ query, request }) => answer(request, { ...query, format: formatOf(query), what: "plays" }))
      .handleRaw("players", ({ query, request }) =>
        answer(request, { ...query, format: formatOf(query), what: "players" })
      )
      .handleRaw("contacts", ({ query, request }) =>
        answer(request, { ...query, format: formatOf(query), what: "contacts" })
      )
  })
)
