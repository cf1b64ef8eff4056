import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { contractOf } from "../platform/Contract.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { TooManyRequests } from "../platform/Problems.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import { keyOf } from "../players/Email.ts"
import { Plays } from "./Plays.ts"
import { PlaysApi } from "./PlaysApi.ts"

/** Needs plays, the rate limits and the settings. */
export const layer = HttpApiBuilder.group(
  contractOf(PlaysApi),
  "plays",
  Effect.fnUntraced(function* (handlers) {
    const plays = yield* Plays
    const limits = yield* RateLimits
    const { rateLimitEmail } = yield* PlaysSettings

    return handlers.handleAll({
      record: Effect.fnUntraced(function* ({ headers, params, payload }) {
        const seconds = yield* limits.take(`email:${keyOf(payload.email)}`, rateLimitEmail)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
        return yield* plays.record({ slug: params.slug, play: payload, key: headers["idempotency-key"] })
      }),
      get: ({ params }) => plays.get(params.id)
    })
  })
)
