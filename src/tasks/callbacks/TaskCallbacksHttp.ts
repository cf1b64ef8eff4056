import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { contractOf } from "../../platform/contract/Contract.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"
import { TaskCallbacksApi } from "./TaskCallbacksApi.ts"

export const layer = HttpApiBuilder.group(
  contractOf(TaskCallbacksApi),
  "taskCallbacks",
  Effect.fnUntraced(function* (handlers) {
    const callbacks = yield* TaskCallbacks
    return handlers.handleAll({
      receive: ({ params, payload, query }) => callbacks.receive(params.id, query.token, payload)
    })
  })
)
