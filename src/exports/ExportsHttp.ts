import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
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

    const answer = Effect.fnUntraced(function* (asked: Asked) {
      // The place is given up with the request, which ends when all is sent or the client has left.
      const { bytes, contentType, fileName } = yield* exports.start(asked)
      return HttpServerResponse.stream(bytes, {
        contentType,
        // Proxies must not gather the file first: nginx does so unless it is told.
        headers: { "content-disposition": `attachment; filename="${fileName}"`, "x-accel-buffering": "no" }
      })
    })

    const formatOf = ({ format = "csv" }: { readonly format?: ExportFormat }) => format

    return handlers
      .handleRaw("plays", ({ query }) => answer({ ...query, format: formatOf(query), what: "plays" }))
      .handleRaw("players", ({ query }) => answer({ ...query, format: formatOf(query), what: "players" }))
      .handleRaw("contacts", ({ query }) => answer({ ...query, format: formatOf(query), what: "contacts" }))
  })
)
