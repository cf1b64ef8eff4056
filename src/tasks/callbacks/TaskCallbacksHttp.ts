import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../../Api.ts"
import { TaskCallbacks } from "./TaskCallbacks.ts"

/** Needs the callbacks. */
export const layer = HttpApiBuilder.group(
  Api,
  "taskCallbacks",
  Effect.fnUntraced(function* (handlers) {
    const callbacks = yield* TaskCallbacks
    return handlers.handleAll({
      receive: ({ params, payload, query }) => callbacks.receive(params.id, query.token, payload)
    })
  })
)
