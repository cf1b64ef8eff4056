import { Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import * as Handlers from "../platform/edge/Handlers.ts"
import { CurrentActor } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { LiveEvents } from "./LiveEvents.ts"
import { LiveApi } from "./LiveApi.ts"

export const layer = Handlers.group(
  contractOf(LiveApi),
  "live",
  Effect.fnUntraced(function* (handlers) {
    const live = yield* LiveEvents
    return handlers.handleRaw(
      "events",
      Effect.fnUntraced(function* ({ query }) {
        const events = yield* live.follow(yield* CurrentActor, query)
        return HttpServerResponse.stream(events, {
          contentType: "text/event-stream",
          // Proxies must pass on each event at once and store none. Without `no-transform`, the proxies of development servers
          // compress the stream, and buffer it until it ends.
          headers: { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }
        })
      })
    )
  })
)
