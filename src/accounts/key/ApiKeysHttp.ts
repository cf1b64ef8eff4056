import { Effect } from "effect"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { AccountId } from "../Account.ts"
import { ApiKeys } from "./ApiKeys.ts"
import { ApiKeysApi } from "./ApiKeysApi.ts"

export const layer = Handlers.group(
  contractOf(ApiKeysApi),
  "apiKeys",
  Effect.fnUntraced(function* (handlers) {
    const keys = yield* ApiKeys
    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query: { cursor: after, ...query } }) {
        return yield* keys.list({ ...query, after }, yield* CurrentActor)
      }),
      create: Effect.fnUntraced(function* ({ payload }) {
        return yield* keys.make(payload, AccountId.make((yield* CurrentActor).accountId))
      }),
      delete: Effect.fnUntraced(function* ({ params }) {
        yield* keys.revoke(params.id, yield* CurrentActor)
      })
    })
  })
)
