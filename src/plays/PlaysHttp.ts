import { Effect, Option } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { createHash } from "node:crypto"
import { Api } from "../Api.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { TooManyRequests } from "../platform/Problems.ts"
import { Settings } from "../platform/Settings.ts"
import { normalise } from "../players/Email.ts"
import { Plays } from "./Plays.ts"

/** Needs plays, the rate limits and the settings. */
export const layer = HttpApiBuilder.group(Api, "plays", Effect.fnUntraced(function*(handlers) {
  const plays = yield* Plays
  const limits = yield* RateLimits
  const { rateLimitEmail } = yield* Settings

  /** The limit's key holds no address: it may be stored outside of the database. */
  const limitKey = (email: string) =>
    `email:${createHash("sha256").update(Option.getOrElse(normalise(email), () => "")).digest("base64url")}`

  return handlers.handleAll({
    record: Effect.fnUntraced(function*({ headers, params, payload }) {
      if (rateLimitEmail !== "off") {
        const seconds = yield* limits.take(limitKey(payload.email), rateLimitEmail)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
      }
      return yield* plays.record({ slug: params.slug, play: payload, key: headers["idempotency-key"] })
    }),
    get: ({ params }) => plays.get(params.id)
  })
}))
