import { Effect, Layer } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { TooManyRequests } from "../platform/contract/Problems.ts"
import { keyOf } from "../players/Email.ts"
import { PlaysList } from "./lists/PlaysList.ts"
import { answering, type PlayPart, PlayParts } from "./PlayPart.ts"
import { Plays } from "./Plays.ts"
import { playsApi } from "./PlaysApi.ts"
import { PlaysSettings } from "./PlaysSettings.ts"

/** The handlers of the group, with the fields of the parts that are on. */
const layerOf = (parts: ReadonlyArray<PlayPart>) =>
  Handlers.group(
    contractOf(playsApi(answering(parts))),
    "plays",
    Effect.fnUntraced(function* (handlers) {
      const plays = yield* Plays
      const list = yield* PlaysList
      const limits = yield* RateLimits
      const { rateLimitEmail } = yield* PlaysSettings

      return handlers.handleAll({
        record: Effect.fnUntraced(function* ({ headers, params, payload }) {
          const seconds = yield* limits.take(`email:${keyOf(payload.email)}`, rateLimitEmail)
          if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
          return yield* plays.record({ slug: params.slug, play: payload, key: headers["idempotency-key"] })
        }),
        get: ({ params }) => plays.get(params.id),
        list: ({ params, query: { cursor: after, ...query } }) => list.ofGame(params.slug, { ...query, after }),
        show: ({ params }) => list.find(params.slug, params.id)
      })
    })
  )

export const layer = Layer.unwrap(Effect.map(PlayParts, layerOf))
