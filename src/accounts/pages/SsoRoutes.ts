import { Effect, Option, Redacted, Schema } from "effect"
import type { HttpRouter, HttpServerResponse } from "effect/http"
import { withCookie } from "../access/Cookies.ts"
import type { AccountId } from "../Account.ts"
import { attemptLifetime } from "../attempt/BrowserAttempts.ts"
import { Identities } from "../sso/Identities.ts"
import { IdentityId } from "../sso/Identity.ts"
import { SingleSignOn, type Start } from "../sso/SingleSignOn.ts"
import { type OwnPage, type Page, part, type Routes, troubleOf } from "./Routes.ts"
import type { Security } from "./SecurityPages.ts"
import { goingPage, type Offered } from "./SignInPages.ts"
import { nextOf, redirect } from "./Visit.ts"

/** What the other pages show of single sign-on. */
export interface Sso {
  readonly offered: ReadonlyArray<Offered>
  /** The connections that can confirm who somebody is. */
  readonly linked: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Offered>>
  readonly identities: (page: OwnPage) => Effect.Effect<Pick<Security, "identities" | "connections">>
}

const decodeIdentity = Schema.decodeUnknownOption(IdentityId)

/** On to identity providers, and the links between accounts. The callback is an operation of the API. */
export const add = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, routes: Routes) {
  const sso = yield* SingleSignOn
  const identities = yield* Identities
  const { home, localOf, ownSent, sensitive, sent } = routes

  const failed = (page: Page, text: string, status: number) =>
    page.say(page.words.failed, text, { href: "/sign-in", label: page.words.back }, status)

  /** Sends the browser on to the provider of the path. */
  const go = Effect.fnUntraced(function* (page: Page, start: Start, next: string) {
    const connection = yield* part("connection")
    const title = sso.offered.find(({ name }) => name === connection)?.title ?? connection
    const { location, token } = yield* sso.begin(connection, start, next as `/${string}`)
    return withCookie(page.show(goingPage(page.words, title, location)), "attempt", token, attemptLifetime)
  })

  const orSay =
    (page: Page) =>
    <E extends { readonly _tag: string }, R>(
      going: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
    ): Effect.Effect<HttpServerResponse.HttpServerResponse, never, R> =>
      going.pipe(
        Effect.catch((error) => {
          switch (error._tag) {
            case "ConnectionNotFound":
            case "IdentityNotFound":
              return Effect.succeed(failed(page, page.words.ssoFailed, 404))
            case "LinkExpired":
              return Effect.succeed(failed(page, page.words.linkExpiredLead, 410))
            case "SsoUnavailable":
              return Effect.succeed(failed(page, page.words.ssoUnavailable, 503))
            default: {
              const trouble = troubleOf(page.words, error)
              return trouble === undefined
                ? Effect.succeed(failed(page, page.words.ssoRefused, 403))
                : Effect.succeed(failed(page, trouble.text, trouble.status))
            }
          }
        })
      )

  yield* router.add(
    "POST",
    "/sign-in/sso/:connection",
    sent((page, form) => go(page, { purpose: "sign-in" }, nextOf(form.get("next"), home)).pipe(orSay(page)))
  )
  yield* router.add(
    "POST",
    "/join/:token/sso/:connection",
    sent((page) =>
      Effect.flatMap(part("token"), (token) =>
        go(page, { purpose: "invitation", invitation: Redacted.make(token) }, home)
      ).pipe(orSay(page))
    )
  )
  yield* router.add(
    "POST",
    "/account/confirm/sso/:connection",
    ownSent((page, form) =>
      go(page, { purpose: "confirmation", person: page.person }, nextOf(form.get("next"), home)).pipe(orSay(page))
    )
  )
  yield* router.add(
    "POST",
    "/account/sso/:connection",
    sensitive("/account/security", (page) =>
      go(page, { purpose: "link", person: page.person }, "/account/security?said=saved").pipe(orSay(page))
    )
  )
  yield* router.add(
    "POST",
    "/account/identities/:id/remove",
    sensitive("/account/security", (page) =>
      Effect.gen(function* () {
        const id = decodeIdentity(yield* part("id"))
        if (Option.isSome(id)) yield* identities.unlink(page.person, id.value)
        return redirect("/account/security?said=saved")
      }).pipe(
        Effect.catchTag("IdentityNotFound", () => Effect.succeed(redirect("/account/security"))),
        Effect.catchTag("LastWayIn", () => Effect.succeed(failed(page, page.words.lastWayIn, 409)))
      )
    )
  )

  const offered = sso.offered
  const ofAccount = (accountId: AccountId) => Effect.orElseSucceed(identities.list(accountId), () => [])
  return {
    offered,
    linked: (accountId) =>
      Effect.map(ofAccount(accountId), (list) =>
        offered.filter(({ name }) => list.some(({ connection, isUsable }) => isUsable && connection === name))
      ),
    identities: (page) =>
      Effect.map(ofAccount(page.person.accountId), (list) => {
        const at = localOf(page)
        return {
          identities: list.map(({ email, id, lastUsedAt, title }) => ({ id, title, email, lastUsed: at(lastUsedAt) })),
          connections: offered.filter(({ name }) => !list.some(({ connection }) => connection === name))
        }
      })
  } satisfies Sso
})
