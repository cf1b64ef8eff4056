import { Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import { CurrentHolder, NotSignedIn } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { TooManyRequests } from "../platform/contract/Problems.ts"
import { CurrentDoer } from "../platform/Doer.ts"
import * as ClientAddress from "../platform/edge/ClientAddress.ts"
import * as Handlers from "../platform/edge/Handlers.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { doerOf } from "../platform/edge/RequestDoer.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { AskingForTokens } from "./AskingForTokens.ts"
import { Holders } from "./Holders.ts"
import { HoldersSettings } from "./HoldersSettings.ts"
import { PlayerCodes } from "./PlayerCodes.ts"
import { PlayerCodesApi } from "./PlayerCodesApi.ts"
import { PlayerTokensApi } from "./PlayerTokensApi.ts"

/** The middleware that `asksForToken` puts on operations. */
export const asking = Layer.effect(
  AskingForTokens,
  Effect.gen(function* () {
    const { rateLimitPlayerCodes } = yield* HoldersSettings
    const limits = yield* RateLimits
    const describe = doerOf(ClientAddress.make((yield* Settings).trustedProxies))
    return AskingForTokens.of(
      Effect.fnUntraced(function* (httpEffect) {
        const doer = yield* describe(yield* HttpServerRequest.HttpServerRequest)
        const seconds = yield* limits.take(`player-code:${doer.address ?? "unknown"}`, rateLimitPlayerCodes)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
        return yield* Effect.provideService(httpEffect, CurrentDoer, doer)
      })
    )
  })
)

const playerCodes = Handlers.group(
  contractOf(PlayerCodesApi),
  "playerCodes",
  Effect.fnUntraced(function* (handlers) {
    const codes = yield* PlayerCodes
    return handlers.handleAll({
      ask: ({ payload: { email, language = "en" } }) => codes.ask(email, language)
    })
  })
)

const playerTokens = Handlers.group(
  contractOf(PlayerTokensApi),
  "playerTokens",
  Effect.fnUntraced(function* (handlers) {
    const codes = yield* PlayerCodes
    const holders = yield* Holders
    return handlers.handleAll({
      create: ({ payload }) => codes.swap(payload.email, payload.code),
      end: Effect.fnUntraced(function* () {
        const holder = yield* CurrentHolder
        if (holder._tag === "Actor") return yield* new NotSignedIn({})
        yield* holders.end(holder)
      })
    })
  })
)

export const layer = Layer.merge(playerCodes, playerTokens)
