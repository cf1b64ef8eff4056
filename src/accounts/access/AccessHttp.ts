import { Clock, Context, Duration, Effect, Layer, Option, Redacted } from "effect"
import { HttpEffect, HttpServerRequest, HttpServerResponse } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { Holders } from "../../holders/Holders.ts"
import {
  Access,
  Credential,
  CrossSiteRequest,
  CurrentActor,
  CurrentHolder,
  HolderCredential,
  Holds,
  MaybeSignedIn,
  NotPermitted,
  NotSignedIn,
  PossibleActor,
  Presents,
  PresentsHolder,
  ReauthenticationRequired,
  SecondFactorRequired,
  SignedIn
} from "../../platform/contract/Access.ts"
import { CurrentDoer, type Doer } from "../../platform/Doer.ts"
import * as ClientAddress from "../../platform/edge/ClientAddress.ts"
import { doerOf } from "../../platform/edge/RequestDoer.ts"
import { RateLimits } from "../../platform/edge/RateLimits.ts"
import { TooManyRequests } from "../../platform/contract/Problems.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { type Recognised, Sessions } from "../session/Sessions.ts"
import { GettingIn, HttpsRequired } from "./GettingIn.ts"
import { isCrossSite, isForged } from "./Origin.ts"

/** How long a proof of who somebody is counts as recent (ASVS 7.5.1). */
export const recent = Duration.minutes(10)

const presents = Layer.succeed(
  Presents,
  Presents.of({
    apiKey: Effect.fnUntraced(function* (httpEffect, { credential }) {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      // Who sends a key means the key: a junk one must not fall back to the cookie.
      if (headers["authorization"] === undefined) return yield* new NotSignedIn({})
      return yield* Effect.provideService(
        httpEffect,
        Credential,
        Option.some({ _tag: "ApiKey" as const, token: Redacted.value(credential) })
      )
    }),
    session: Effect.fnUntraced(function* (httpEffect, { credential }) {
      const token = Redacted.value(credential)
      return yield* Effect.provideService(
        httpEffect,
        Credential,
        token === "" ? Option.none() : Option.some({ _tag: "Session" as const, token })
      )
    })
  })
)

const presentsHolder = Layer.succeed(
  PresentsHolder,
  PresentsHolder.of({
    playerToken: Effect.fnUntraced(function* (httpEffect, { credential }) {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      if (headers["fairground-token"] === undefined) return yield* new NotSignedIn({})
      return yield* Effect.provideService(
        httpEffect,
        HolderCredential,
        Option.some({ _tag: "PlayerToken" as const, token: Redacted.value(credential) })
      )
    }),
    apiKey: Effect.fnUntraced(function* (httpEffect, { credential }) {
      const { headers } = yield* HttpServerRequest.HttpServerRequest
      if (headers["authorization"] === undefined) return yield* new NotSignedIn({})
      return yield* Effect.provideService(
        httpEffect,
        HolderCredential,
        Option.some({ _tag: "ApiKey" as const, token: Redacted.value(credential) })
      )
    }),
    session: Effect.fnUntraced(function* (httpEffect, { credential }) {
      const token = Redacted.value(credential)
      return yield* Effect.provideService(
        httpEffect,
        HolderCredential,
        token === "" ? Option.none() : Option.some({ _tag: "Session" as const, token })
      )
    })
  })
)

/** Who a credential belongs to, with the request's doer. */
const recognise = Effect.gen(function* () {
  const sessions = yield* Sessions
  const describe = doerOf(ClientAddress.make((yield* Settings).trustedProxies))

  return Effect.fnUntraced(function* ({
    _tag,
    token
  }: {
    readonly _tag: "Session" | "ApiKey"
    readonly token: string
  }) {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (_tag === "Session" && isForged(request)) return yield* new CrossSiteRequest({})
    const actor = yield* (_tag === "ApiKey" ? sessions.byKey : sessions.bySession)(token)
    if (actor === undefined) return yield* new NotSignedIn({})
    const doer: Doer = {
      ...(yield* describe(request)),
      accountId: actor.accountId,
      apiKeyId: actor.by._tag === "ApiKey" ? actor.by.id : null
    }
    return { actor, doer }
  })
})

const accessOf = ({ annotations, identifier }: HttpApiEndpoint.Top) =>
  Option.match(Context.getOption(annotations, Access), {
    // Closed by default: what its author forgot to say is open to nobody.
    onNone: () => Effect.die(new Error(`${identifier} does not say what it needs`)),
    onSome: Effect.succeed
  })

const isRecent = (actor: Recognised) =>
  Effect.map(
    Clock.currentTimeMillis,
    (now) => actor.by._tag === "Session" && now - actor.by.authenticatedAt.getTime() < Duration.toMillis(recent)
  )

/** Who owes a second factor has no permission until it is proven, wherever a handler asks. */
export const proven = (actor: Recognised): Recognised =>
  actor.owesSecondFactor ? { ...actor, permissions: new Set<string>() } : actor

const signedIn = Layer.effect(
  SignedIn,
  Effect.gen(function* () {
    const judge = yield* recognise
    return SignedIn.of(
      Effect.fnUntraced(function* (httpEffect, { endpoint }) {
        const credential = yield* Credential
        const needed = yield* accessOf(endpoint)
        if (Option.isNone(credential)) return yield* new NotSignedIn({})
        const { actor, doer } = yield* judge(credential.value)
        if (needed.permission !== null && !actor.permissions.has(needed.permission)) {
          return yield* new NotPermitted({ permission: needed.permission })
        }
        if (needed.isProven && actor.owesSecondFactor) return yield* new SecondFactorRequired({})
        if (needed.isSession && actor.by._tag !== "Session") return yield* new ReauthenticationRequired({})
        if (needed.isRecent && !(yield* isRecent(actor))) return yield* new ReauthenticationRequired({})
        return yield* httpEffect.pipe(
          Effect.provideService(CurrentActor, proven(actor)),
          Effect.provideService(CurrentDoer, doer)
        )
      })
    )
  })
)

const holds = Layer.effect(
  Holds,
  Effect.gen(function* () {
    const judge = yield* recognise
    const holders = yield* Holders
    const describe = doerOf(ClientAddress.make((yield* Settings).trustedProxies))
    return Holds.of(
      Effect.fnUntraced(function* (httpEffect, { endpoint }) {
        const credential = yield* HolderCredential
        const { permission } = yield* accessOf(endpoint)
        if (Option.isNone(credential)) return yield* new NotSignedIn({})
        const { _tag, token } = credential.value
        if (_tag === "PlayerToken") {
          const holder = yield* holders.recognise(token)
          if (holder === undefined) return yield* new NotSignedIn({})
          const doer = yield* describe(yield* HttpServerRequest.HttpServerRequest)
          return yield* httpEffect.pipe(
            Effect.provideService(CurrentHolder, { _tag: "Player", ...holder }),
            Effect.provideService(CurrentDoer, doer)
          )
        }
        const { actor, doer } = yield* judge({ _tag, token })
        // The operation is about the holder's own affairs, and this is nobody's token.
        if (permission === null) return yield* new NotSignedIn({})
        if (!actor.permissions.has(permission)) return yield* new NotPermitted({ permission })
        if (actor.owesSecondFactor) return yield* new SecondFactorRequired({})
        return yield* httpEffect.pipe(
          Effect.provideService(CurrentHolder, { _tag: "Actor", actor }),
          Effect.provideService(CurrentDoer, doer)
        )
      })
    )
  })
)

// The answer depends on the credential, whether there was one or not. Runs after the edge, which names Origin where it matters.
const varies = HttpEffect.appendPreResponseHandler((_request, response) => {
  const { vary } = response.headers
  const own = "Authorization, Cookie"
  return Effect.succeed(HttpServerResponse.setHeader(response, "vary", vary === undefined ? own : `${vary}, ${own}`))
})

const maybeSignedIn = Layer.effect(
  MaybeSignedIn,
  Effect.gen(function* () {
    const judge = yield* recognise
    const describe = doerOf(ClientAddress.make((yield* Settings).trustedProxies))
    return MaybeSignedIn.of(
      Effect.fnUntraced(function* (httpEffect) {
        yield* varies
        const credential = yield* Credential
        if (Option.isNone(credential)) {
          const doer = yield* describe(yield* HttpServerRequest.HttpServerRequest)
          return yield* httpEffect.pipe(
            Effect.provideService(PossibleActor, Option.none()),
            Effect.provideService(CurrentDoer, doer)
          )
        }
        const { actor, doer } = yield* judge(credential.value)
        return yield* httpEffect.pipe(
          Effect.provideService(PossibleActor, Option.some(proven(actor))),
          Effect.provideService(CurrentDoer, doer)
        )
      })
    )
  })
)

const loopback = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/

/** A page over plain HTTP from another machine: its browser drops the cookie of a session without a word. */
export const isPlain = ({ headers }: HttpServerRequest.HttpServerRequest): boolean => {
  const origin = URL.parse(headers["origin"] ?? "")
  return origin !== null && origin.protocol === "http:" && !loopback.test(origin.hostname)
}

const gettingIn = Layer.effect(
  GettingIn,
  Effect.gen(function* () {
    const { rateLimitSignIn } = yield* AccountsSettings
    const limits = yield* RateLimits
    const addressOf = ClientAddress.make((yield* Settings).trustedProxies)
    const describe = doerOf(addressOf)
    return GettingIn.of(
      Effect.fnUntraced(function* (httpEffect) {
        const request = yield* HttpServerRequest.HttpServerRequest
        if (isCrossSite(request)) return yield* new CrossSiteRequest({})
        if (isPlain(request)) return yield* new HttpsRequired({})
        const doer = yield* describe(request)
        const seconds = yield* limits.take(`sign-in:${doer.address ?? "unknown"}`, rateLimitSignIn)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
        return yield* Effect.provideService(httpEffect, CurrentDoer, doer)
      })
    )
  })
)

/** The middleware that `needs`, `widens`, `holds` and `getsIn` put on operations. */
export const layer = Layer.mergeAll(presents, presentsHolder, signedIn, maybeSignedIn, holds, gettingIn)
