import { Cache, Clock, Context, Effect, Exit, Layer, Option, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import type * as OpenidClient from "openid-client"
import { normalise } from "../../players/Email.ts"
import { withoutAddresses } from "../../platform/observe/Redaction.ts"
import { isLoopback, type SsoConnection } from "./SsoConnections.ts"
import { SsoEnded, SsoUnavailable } from "./SsoErrors.ts"

/** How long a provider may take for one answer. */
const patienceSeconds = 5

/** The provider's clock and ours may differ by this much. */
const clockToleranceSeconds = 60

/** What was sent along, and must fit what comes back. Known to this browser and to nobody else. */
export const Begun = Schema.Struct({
  state: Schema.String,
  nonce: Schema.String,
  verifier: Schema.String,
  /** When the browser was sent away, in milliseconds since 1970. */
  at: Schema.Finite
})
export type Begun = typeof Begun.Type

/** What the provider vouches for. */
export interface Claims {
  readonly issuer: string
  readonly subject: string
  /** For display. */
  readonly email: string | null
  /** Only where the provider says that it has proven the address. */
  readonly verifiedEmail: string | null
  readonly name: string | null
  /** When the provider asked the person who they are, in seconds since 1970; null: it does not say. */
  readonly authenticatedAt: number | null
}

// OpenID Connect Core 1.0, section 2: at most 255 ASCII characters.
const Subject = Schema.String.check(Schema.isPattern(/^[\x20-\x7e]{1,255}$/))

const Token = Schema.Struct({
  iss: Schema.String,
  sub: Subject,
  email: Schema.optionalKey(Schema.Unknown),
  email_verified: Schema.optionalKey(Schema.Unknown),
  name: Schema.optionalKey(Schema.Unknown),
  auth_time: Schema.optionalKey(Schema.Unknown)
})
const readToken = Schema.decodeUnknownOption(Token)

const emailOf = (claim: unknown): string | null =>
  typeof claim === "string" && Option.isSome(normalise(claim)) ? claim.trim() : null

const random = () => randomBytes(32).toString("base64url")

type Package = typeof OpenidClient
let loading: Promise<Package> | undefined
// Most processes sign nobody in elsewhere.
const load = (): Promise<Package> => (loading ??= import("openid-client"))

/** What went wrong, in a word of the protocol or of the package: their messages may quote what was sent. */
const labelOf = (error: unknown): string => {
  const words = ["error", "code", "name"].map((key) => (error as Record<string, unknown> | null)?.[key])
  const found = words.find((word) => typeof word === "string" && /^[\w.-]{1,60}$/.test(word))
  return typeof found === "string" ? found : "unknown"
}

/** What an error came of, down to the answer of the provider. */
const causesOf = (error: unknown): ReadonlyArray<object> =>
  typeof error !== "object" || error === null ? [] : [error, ...("cause" in error ? causesOf(error.cause) : [])]

/** It is the provider's fault or the network's, not what the browser brought. */
const isOutage = (error: unknown): boolean =>
  causesOf(error).some(
    (one) =>
      one instanceof TypeError ||
      labelOf(one) === "OAUTH_TIMEOUT" ||
      ("status" in one && typeof one.status === "number" && one.status >= 500)
  )

/** Signing in at identity providers: OpenID Connect, code flow with PKCE (RFC 9700), state, nonce and `iss` (RFC 9207). */
export class IdentityProviders extends Context.Service<
  IdentityProviders,
  {
    /** Where to send the browser. `isAnew`: its person is to type their password there, whether they are signed in or not. */
    readonly begin: (
      connection: SsoConnection,
      redirectUri: string,
      options: { readonly isAnew: boolean }
    ) => Effect.Effect<{ readonly location: string; readonly begun: Begun }, SsoUnavailable>
    /** What the provider says of the person who came back with this query. */
    readonly finish: (
      connection: SsoConnection,
      redirectUri: string,
      query: string,
      begun: Begun,
      options: { readonly isAnew: boolean }
    ) => Effect.Effect<Claims, SsoEnded>
  }
>()("fairground/accounts/sso/IdentityProviders") {
  static readonly layer = Layer.effect(
    IdentityProviders,
    Effect.gen(function* () {
      /** What a provider says of itself, asked for when it is first needed. */
      const configurations = yield* Cache.makeWith(
        ({ clientId, issuer, name, secret }: SsoConnection) =>
          Effect.tryPromise({
            try: async () => {
              const client = await load()
              const url = new URL(issuer)
              const insecure = url.protocol === "http:" && isLoopback(url.hostname)
              return client.discovery(url, clientId, undefined, client.ClientSecretBasic(Redacted.value(secret)), {
                timeout: patienceSeconds,
                // The signature is checked, though TLS already says whose token it is.
                execute: [
                  client.enableNonRepudiationChecks,
                  // oxlint-disable-next-line typescript/no-deprecated -- marked so to be noticed; only for loopback
                  ...(insecure ? [client.allowInsecureRequests] : [])
                ]
              })
            },
            catch: (error) => ({ reason: labelOf(error), message: withoutAddresses(String(error)).slice(0, 300) })
          }).pipe(
            Effect.tapError((fault) =>
              Effect.logWarning("An identity provider does not say how to sign in with it", {
                connection: name,
                issuer,
                ...fault
              })
            ),
            Effect.mapError(() => new SsoUnavailable({}))
          ),
        { capacity: 1000, timeToLive: (exit) => (Exit.isSuccess(exit) ? "1 hour" : "5 seconds") }
      )
      const configurationOf = (connection: SsoConnection) => Cache.get(configurations, connection)

      return IdentityProviders.of({
        begin: Effect.fn("IdentityProviders.begin")(function* (connection, redirectUri, { isAnew }) {
          const configuration = yield* configurationOf(connection)
          const begun: Begun = {
            state: random(),
            nonce: random(),
            verifier: random(),
            at: yield* Clock.currentTimeMillis
          }
          const location = yield* Effect.promise(async () => {
            const client = await load()
            return client.buildAuthorizationUrl(configuration, {
              redirect_uri: redirectUri,
              scope: "openid email profile",
              state: begun.state,
              nonce: begun.nonce,
              code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
              code_challenge_method: "S256",
              ...(isAnew ? { prompt: "login", max_age: "0" } : {})
            }).href
          })
          return { location, begun }
        }),
        finish: Effect.fn("IdentityProviders.finish")(function* (connection, redirectUri, query, begun, { isAnew }) {
          const configuration = yield* Effect.mapError(
            configurationOf(connection),
            () => new SsoEnded({ problem: "sso-unavailable", reason: "discovery" })
          )
          const now = yield* Clock.currentTimeMillis
          const claims = yield* Effect.tryPromise({
            try: async () => {
              const client = await load()
              const tokens = await client.authorizationCodeGrant(configuration, new URL(`${redirectUri}?${query}`), {
                expectedState: begun.state,
                expectedNonce: begun.nonce,
                pkceCodeVerifier: begun.verifier,
                idTokenExpected: true,
                // Demands `auth_time`; how old it may be is decided below, by our own clock.
                ...(isAnew ? { maxAge: Math.ceil((now - begun.at) / 1000) + 10 * clockToleranceSeconds } : {})
              })
              return tokens.claims()
            },
            catch: (error) =>
              new SsoEnded({ problem: isOutage(error) ? "sso-unavailable" : "sso-failed", reason: labelOf(error) })
          }).pipe(
            Effect.tapError(({ reason }) =>
              Effect.logInfo("A sign-in at an identity provider came to nothing", {
                connection: connection.name,
                reason
              })
            )
          )
          const token = readToken(claims)
          if (Option.isNone(token)) return yield* new SsoEnded({ problem: "sso-failed", reason: "claims" })
          const { auth_time, email, email_verified, iss, name, sub } = token.value
          if (isAnew) {
            const since = begun.at / 1000 - clockToleranceSeconds
            if (typeof auth_time !== "number" || auth_time < since) {
              return yield* new SsoEnded({ problem: "sso-failed", reason: "not-anew" })
            }
          }
          const shown = emailOf(email)
          return {
            issuer: iss,
            subject: sub,
            email: shown,
            // Not "true", not absent: providers let people type addresses that they never had (nOAuth).
            verifiedEmail: email_verified === true ? shown : null,
            name: typeof name === "string" ? name : null,
            authenticatedAt: typeof auth_time === "number" && auth_time > 0 && auth_time < 1e11 ? auth_time : null
          }
        })
      })
    })
  )
}
