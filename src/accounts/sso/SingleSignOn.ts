import { Context, Effect, Layer, Option, Redacted, Schema } from "effect"
import { Audit } from "../../audit/Audit.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { LinkExpired } from "../AccountErrors.ts"
import { type Attempt, type AttemptPurpose, BrowserAttempts } from "../attempt/BrowserAttempts.ts"
import { type ChangeProblem, Factors } from "../factor/Factors.ts"
import { Invitations } from "../invitation/Invitations.ts"
import { Links } from "../Links.ts"
import type { Browser, Entered } from "../session/Entry.ts"
import { Sessions } from "../session/Sessions.ts"
import type { Person } from "../session/SignIn.ts"
import { Begun, IdentityProviders } from "./IdentityProviders.ts"
import { type SsoConnection, SsoConnections } from "./SsoConnections.ts"
import { SsoEntry } from "./SsoEntry.ts"
import { ConnectionNotFound, IdentityNotFound, SsoEnded, type SsoProblem, type SsoUnavailable } from "./SsoErrors.ts"
import * as SsoRepo from "./SsoRepo.ts"

/** What a browser is sent to an identity provider for. */
export type Start =
  | { readonly purpose: "sign-in" }
  | { readonly purpose: "invitation"; readonly invitation: Redacted.Redacted<string> }
  | { readonly purpose: "link" | "confirmation"; readonly person: Person }

/** Where a browser goes that has come back, and with which cookies. */
export interface Arrived {
  /** A path of this service, with its query. */
  readonly path: `/${string}`
  readonly entered: Entered | undefined
}

const purposes = [
  "sso-sign-in",
  "sso-link",
  "sso-confirmation",
  "sso-invitation"
] as const satisfies ReadonlyArray<AttemptPurpose>

type Purpose = (typeof purposes)[number]

/** Known to this browser and the server alone, until it comes back. */
const Secret = Schema.fromJsonString(
  Schema.Struct({
    ...Begun.fields,
    next: Schema.NullOr(Schema.String),
    /** The token of the invitation that is being accepted: of one that was sent again meanwhile, the old link is dead here, too. */
    invitation: Schema.NullOr(Schema.String)
  })
)
const writeSecret = Schema.encodeSync(Secret)
const readSecret = Schema.decodeUnknownOption(Secret)

/** The pages: where a person was, and where they see why it came to nothing. */
const pages: { readonly [P in Purpose]: { readonly done: `/${string}`; readonly failed: `/${string}` } } = {
  "sso-sign-in": { done: "/account", failed: "/sign-in" },
  "sso-invitation": { done: "/account", failed: "/sign-in" },
  "sso-link": { done: "/account/security", failed: "/account/security" },
  "sso-confirmation": { done: "/account", failed: "/account/confirm" }
}

const withQuery = (path: `/${string}`, query: Record<string, string | null>): `/${string}` => {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== null) given.set(name, value)
  return given.size === 0 ? path : `${path}?${given.toString()}`
}

/**
 * Signing in at identity providers. What comes back counts for the browser that was sent away, for its connection and purpose, within
 * ten minutes, once. Who comes back is who the provider says by issuer and subject; the address only helps to link an account for the
 * first time.
 */
export class SingleSignOn extends Context.Service<
  SingleSignOn,
  {
    /** The connections, in the order of the settings. */
    readonly offered: ReadonlyArray<{ readonly name: string; readonly title: string }>
    /**
     * Where to send the browser, and the token of its cookie `attempt`. `next` is a path of this service for afterwards, which the
     * caller has checked. To link an account takes a session that may change factors, and to confirm one an identity at the
     * connection.
     */
    readonly begin: (
      connection: string,
      start: Start,
      next: `/${string}` | null
    ) => Effect.Effect<
      { readonly location: string; readonly token: string },
      ConnectionNotFound | IdentityNotFound | LinkExpired | SsoUnavailable | ChangeProblem
    >
    /** What becomes of a browser that has come back with this query. `token` is of its cookie `attempt`. */
    readonly arrive: (
      connection: string,
      query: string,
      browser: Browser,
      token: string
    ) => Effect.Effect<Arrived, DatabaseUnavailable>
  }
>()("fairground/accounts/sso/SingleSignOn") {
  static readonly layer = Layer.effect(
    SingleSignOn,
    Effect.gen(function* () {
      const attempts = yield* BrowserAttempts
      const audit = yield* Audit
      const connections = yield* SsoConnections
      const entry = yield* SsoEntry
      const factors = yield* Factors
      const invitations = yield* Invitations
      const links = yield* Links
      const providers = yield* IdentityProviders
      const repo = yield* SsoRepo.make
      const sessions = yield* Sessions
      const retry = retryTransient((yield* Settings).databaseDeadline)

      // Registered at the provider, and never what a request says of its host.
      const redirectUri = ({ name }: SsoConnection) => links.page(`/api/v1/sso/${name}/callback`)

      /** What the attempt is bound to besides the browser. */
      const bindingOf = Effect.fnUntraced(function* (connection: SsoConnection, start: Start) {
        if (start.purpose === "sign-in") return {}
        if (start.purpose === "invitation") {
          return { invitationId: (yield* invitations.lookup(start.invitation)).id }
        }
        const { accountId, sessionId } = start.person
        if (start.purpose === "link") yield* factors.mayChange(start.person)
        else {
          const identities = yield* retry(repo.list(accountId))
          if (!identities.some(({ issuer }) => issuer === connection.issuer)) return yield* new IdentityNotFound({})
        }
        return { accountId, sessionId }
      })

      /** The person is still signed in in the session in which it was begun. */
      const requireSession = Effect.fnUntraced(function* ({ accountId, sessionId }: Attempt, browser: Browser) {
        const actor = yield* sessions.bySession(browser.session)
        if (accountId === null || sessionId === null || actor?.by.id !== sessionId || actor.accountId !== accountId) {
          return yield* new SsoEnded({ problem: "sso-failed", reason: "other-session" })
        }
        return { accountId, sessionId }
      })

      const complete = Effect.fnUntraced(function* (
        connection: SsoConnection,
        attempt: Attempt,
        query: string,
        browser: Browser
      ): Effect.fn.Return<Entered | undefined, SsoEnded | DatabaseUnavailable> {
        const isAnew = attempt.purpose === "sso-confirmation"
        const begun = readSecret(Buffer.from(attempt.secret).toString())
        if (Option.isNone(begun)) return yield* new SsoEnded({ problem: "sso-failed", reason: "attempt" })
        const claims = yield* providers.finish(connection, yield* redirectUri(connection), query, begun.value, {
          isAnew
        })
        switch (attempt.purpose) {
          case "sso-sign-in":
            return yield* entry.signIn(connection, claims, browser)
          case "sso-invitation": {
            const { invitation } = begun.value
            return yield* entry.accept(
              connection,
              claims,
              invitation === null ? null : Redacted.make(invitation),
              browser
            )
          }
          case "sso-confirmation":
            return yield* entry.confirm(connection, claims, yield* requireSession(attempt, browser), browser)
          case "sso-link":
            yield* entry.link(connection, claims, yield* requireSession(attempt, browser))
            return undefined
          case "passkey-sign-in":
          case "passkey-registration":
          case "passkey-confirmation":
            return yield* Effect.die(new Error("the attempt of a passkey was taken for single sign-on"))
        }
      })

      const refusedAction = { "sso-link": "identity.add", "sso-confirmation": "session.confirm" } as Record<
        string,
        string
      >

      return SingleSignOn.of({
        offered: [...connections.values()].map(({ name, title }) => ({ name, title })),
        begin: Effect.fn("SingleSignOn.begin")(function* (name, start, next) {
          const connection = connections.get(name)
          if (connection === undefined) return yield* new ConnectionNotFound({})
          const binding = yield* bindingOf(connection, start)
          const purpose = `sso-${start.purpose}` as const
          const { begun, location } = yield* providers.begin(connection, yield* redirectUri(connection), {
            isAnew: start.purpose === "confirmation"
          })
          const token = yield* attempts.begin({
            ...binding,
            purpose,
            connection: name,
            secret: Buffer.from(
              writeSecret({
                ...begun,
                next,
                invitation: start.purpose === "invitation" ? Redacted.value(start.invitation) : null
              })
            )
          })
          return { location, token }
        }),
        arrive: Effect.fn("SingleSignOn.arrive")(function* (name, query, browser, token) {
          const connection = connections.get(name)
          const attempt = connection === undefined ? undefined : yield* attempts.take(token, purposes, name)
          const owner = attempt?.accountId ?? null
          const purpose = (attempt?.purpose ?? "sso-sign-in") as Purpose
          const next = Option.match(
            attempt === undefined ? Option.none() : readSecret(Buffer.from(attempt.secret).toString()),
            { onNone: () => null, onSome: (secret) => secret.next as `/${string}` | null }
          )
          const work =
            connection === undefined || attempt === undefined
              ? Effect.fail(new SsoEnded({ problem: "sso-failed", reason: "no-attempt" }))
              : complete(connection, attempt, query, browser)
          return yield* work.pipe(
            Effect.map((entered): Arrived => ({
              entered,
              path:
                entered?._tag === "Step" ? withQuery("/sign-in/second-factor", { next }) : (next ?? pages[purpose].done)
            })),
            Effect.catchTag("SsoEnded", ({ problem, reason }: { problem: SsoProblem; reason: string }) =>
              Effect.as(
                retry(
                  audit.record({
                    action: refusedAction[purpose] ?? "session.create",
                    outcome: "refused",
                    ...(owner === null ? {} : { accountId: owner, target: { kind: "account", id: owner } }),
                    details: { method: "sso", connection: connection?.name ?? null, problem, reason }
                  })
                ),
                { entered: undefined, path: withQuery(pages[purpose].failed, { problem, next }) } satisfies Arrived
              )
            )
          )
        })
      })
    })
  )
}
