import { Clock, Context, Effect, Layer, Option, Schema } from "effect"
import type * as Jose from "jose"
import { TokenKeysUnavailable } from "../platform/contract/Access.ts"
import { withoutAddresses } from "../platform/observe/Redaction.ts"
import { withoutEndSlash } from "../platform/outbound/BaseUrl.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { type EmailKey, normalise } from "../players/Email.ts"
import { HoldersSettings } from "./HoldersSettings.ts"
import type { SigningKey } from "./SigningKey.ts"

/** The clock of the brand's server and ours may differ by this much. */
const toleranceSeconds = 60

/** How long a token may count. One that leaked cannot be ended, so it has to end by itself. */
const longestSeconds = 24 * 60 * 60

/** A longer one is not looked at: checking a signature costs time. */
const longestToken = 4096

// Pinned by the kind of key: a public key is never taken for a secret, and `none` is no algorithm.
const algorithms: Record<SigningKey["_tag"], Array<string>> = {
  Secret: ["HS256"],
  Keys: ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
}

const Claims = Schema.Struct({
  exp: Schema.Finite,
  iat: Schema.optionalKey(Schema.Finite),
  aud: Schema.optionalKey(Schema.Union([Schema.String, Schema.Array(Schema.String)])),
  sub: Schema.optionalKey(Schema.String),
  email: Schema.optionalKey(Schema.String),
  email_verified: Schema.optionalKey(Schema.Unknown)
})
const readClaims = Schema.decodeUnknownOption(Claims)

let loading: Promise<typeof Jose> | undefined
// Most processes judge no such token.
const load = (): Promise<typeof Jose> => (loading ??= import("jose"))

const codeOf = (error: unknown): string => {
  const code = (error as { readonly code?: unknown } | null)?.code
  return typeof code === "string" ? code : ""
}

/** The keys could not be read, which is not the token's fault. `ERR_JOSE_GENERIC`: the answer was none of keys. */
const isOutage = (error: unknown): boolean =>
  error instanceof TypeError || ["ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID", "ERR_JOSE_GENERIC"].includes(codeOf(error))

/** What a signed token says of its holder. */
export interface Vouched {
  readonly email: string
  readonly emailKey: EmailKey
}

/** Tokens that the brand's own server signed for players who are signed in there: JWT (RFC 7519) under `PLAYER_TOKEN_KEY`. */
export class SignedTokens extends Context.Service<
  SignedTokens,
  {
    /** Undefined: the token is no good, or none are taken. Why is not told. */
    readonly judge: (token: string) => Effect.Effect<Vouched | undefined, TokenKeysUnavailable>
  }
>()("fairground/holders/SignedTokens") {
  static readonly layer = Layer.effect(
    SignedTokens,
    Effect.gen(function* () {
      const { playerTokenKey } = yield* HoldersSettings
      const { publicUrl } = yield* Settings
      if (playerTokenKey === undefined) return SignedTokens.of({ judge: () => Effect.succeed(undefined) })
      const audience = publicUrl === undefined ? undefined : withoutEndSlash(publicUrl)

      let remote: Jose.JWTVerifyGetKey | undefined
      /** Keys are kept for 10 minutes; one that is not known is asked for, twice a minute at the most. */
      const keysOf = (jose: typeof Jose, url: URL) =>
        (remote ??= jose.createRemoteJWKSet(url, {
          timeoutDuration: 5000,
          cooldownDuration: 30_000,
          cacheMaxAge: 600_000
        }))

      const verify = async (token: string, now: number) => {
        const jose = await load()
        const options = {
          algorithms: algorithms[playerTokenKey._tag],
          clockTolerance: toleranceSeconds,
          currentDate: new Date(now),
          requiredClaims: ["exp"]
        }
        const { payload } =
          playerTokenKey._tag === "Secret"
            ? await jose.jwtVerify(token, playerTokenKey.bytes, options)
            : await jose.jwtVerify(token, keysOf(jose, playerTokenKey.url), options)
        return payload
      }

      const isMeantForUs = (aud: string | ReadonlyArray<string> | undefined): boolean =>
        aud === undefined || [aud].flat().some((one) => withoutEndSlash(one) === audience)

      const judge = Effect.fn("SignedTokens.judge")(function* (token: string) {
        if (token.length > longestToken) return undefined
        const now = yield* Clock.currentTimeMillis
        const payload = yield* Effect.tryPromise({
          try: () => verify(token, now),
          catch: (error) => ({ isOutage: isOutage(error), message: withoutAddresses(String(error)).slice(0, 300) })
        }).pipe(
          Effect.catch(({ isOutage, message }) =>
            isOutage
              ? Effect.andThen(
                  Effect.logWarning("The keys of signed players' tokens cannot be read", message),
                  Effect.fail(new TokenKeysUnavailable({}))
                )
              : Effect.succeed(undefined)
          )
        )
        const claims = Option.getOrUndefined(readClaims(payload))
        if (claims === undefined || claims.email_verified === false || !isMeantForUs(claims.aud)) return undefined
        const seconds = now / 1000
        const { email = claims.sub ?? "", exp, iat = seconds } = claims
        if (iat > seconds + toleranceSeconds) return undefined
        if (exp - iat > longestSeconds || exp - seconds > longestSeconds + toleranceSeconds) return undefined
        const emailKey = Option.getOrUndefined(normalise(email))
        return emailKey === undefined ? undefined : { email: email.trim(), emailKey }
      })
      return SignedTokens.of({ judge })
    })
  )
}
