import { Effect } from "effect"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"
import { TaskCallbacksApi } from "./TaskCallbacksApi.ts"

export const layer = Handlers.group(
  contractOf(TaskCallbacksApi),
  "taskCallbacks",
  Effect.fnUntraced(function* (handlers) {
    const callbacks = yield* TaskCallbacks
    return handlers.handleAll({
      receive: ({ params, payload, query }) => callbacks.receive(params.id, query.token, payload)
    })
  })
)
