import { Effect } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { Esps } from "./Esps.ts"
import { EspsApi } from "./EspsApi.ts"

export const layer = Handlers.group(
  contractOf(EspsApi),
  "esps",
  Effect.fnUntraced(function* (handlers) {
    const esps = yield* Esps
    return handlers.handleAll({
      list: () => Effect.map(esps.list, (items) => ({ items })),
      get: ({ params }) => esps.find(params.name),
      check: ({ params }) => esps.check(params.name)
    })
  })
)
