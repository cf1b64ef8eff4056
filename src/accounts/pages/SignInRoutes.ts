import { Effect, Redacted } from "effect"
import type { HttpRouter } from "effect/http"
import { withoutCookie } from "../access/Cookies.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { SecondFactor } from "../factor/SecondFactor.ts"
import { OwnSessions } from "../session/OwnSessions.ts"
import { Sessions } from "../session/Sessions.ts"
import { SignIn } from "../session/SignIn.ts"
import { type Page, type Routes, troubleOf } from "./Routes.ts"
import { confirmPage, secondFactorPage, signInPage } from "./SignInPages.ts"
import type { Sso } from "./SsoRoutes.ts"
import { nextOf, redirect } from "./Visit.ts"

/** What the query of a redirect to the sign-in page says, such as after single sign-on failed. */
const problemOf = ({ visit, words }: Page): string | undefined => {
  switch (visit.query.get("problem")) {
    case null:
      return undefined
    case "sso-not-linked":
      return words.ssoNotLinked
    case "sso-refused":
      return words.ssoRefused
    case "sso-unavailable":
      return words.ssoUnavailable
    default:
      return words.ssoFailed
  }
}

/** Signing in, the second factor, signing out, and proving once more who one is. */
export const add = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, routes: Routes, sso: Sso) {
  const signIn = yield* SignIn
  const second = yield* SecondFactor
  const sessions = yield* Sessions
  const ownSessions = yield* OwnSessions
  const { accountRegistration } = yield* AccountsSettings
  const isOpen = accountRegistration === "open"
  const { browser, enter, factorsOf, home, own, ownSent, recognise, sent, shown } = routes

  yield* router.add(
    "GET",
    "/sign-in",
    shown((page) =>
      Effect.gen(function* () {
        const { visit, words } = page
        const next = nextOf(visit.query.get("next"), home)
        if ((yield* recognise(visit.request)) !== undefined) return redirect(next)
        const problem = problemOf(page)
        return page.show(
          signInPage(words, {
            next,
            isOpen,
            connections: sso.offered,
            ...(visit.query.get("said") === "signed-out" ? { said: words.signedOut } : {}),
            ...(problem === undefined ? {} : { problem })
          })
        )
      })
    )
  )
  yield* router.add(
    "POST",
    "/sign-in",
    sent((page, form) => {
      const { show, words } = page
      const next = nextOf(form.get("next"), home)
      const email = form.get("email")
      return Effect.gen(function* () {
        const entered = yield* signIn.withPassword(email, Redacted.make(form.get("password")), yield* browser)
        return enter(entered, next)
      }).pipe(
        Effect.catch((error) => {
          const trouble = troubleOf(words, error)
          return trouble === undefined
            ? Effect.die(error)
            : Effect.succeed(
                show(
                  signInPage(words, {
                    next,
                    isOpen,
                    email,
                    connections: sso.offered,
                    problem: trouble.text,
                    isWrong: trouble.status === 401,
                    status: trouble.status
                  })
                )
              )
        })
      )
    })
  )

  const stepOf = Effect.flatMap(browser, ({ step }) => sessions.stepMethods(step))

  const expired = (page: Page) =>
    page.say(page.words.second, page.words.secondExpired, { href: "/sign-in", label: page.words.signIn }, 410)

  yield* router.add(
    "GET",
    "/sign-in/second-factor",
    shown((page) =>
      Effect.map(stepOf, (methods) =>
        methods === undefined
          ? expired(page)
          : page.show(
              secondFactorPage(page.words, {
                next: nextOf(page.visit.query.get("next"), home),
                methods: new Set<string>(methods),
                passkeysAt: page.passkeysAt,
                isRecovery: page.visit.query.get("mode") === "recovery"
              })
            )
      )
    )
  )
  yield* router.add(
    "POST",
    "/sign-in/second-factor",
    sent((page, form) => {
      const { show, words } = page
      const next = nextOf(form.get("next"), home)
      const recoveryCode = form.get("recoveryCode")
      const isRecovery = recoveryCode !== ""
      return Effect.gen(function* () {
        const entered = yield* second.prove(
          yield* browser,
          isRecovery ? { _tag: "RecoveryCode", code: recoveryCode } : { _tag: "Totp", code: form.get("code") }
        )
        return enter(entered, next)
      }).pipe(
        Effect.catchTag("SignInExpired", () => Effect.succeed(expired(page))),
        Effect.catch((error) =>
          Effect.gen(function* () {
            const trouble = troubleOf(words, error)
            if (trouble === undefined) return yield* Effect.die(error)
            const methods = yield* stepOf
            if (methods === undefined) return expired(page)
            return show(
              secondFactorPage(words, {
                next,
                methods: new Set<string>(methods),
                passkeysAt: page.passkeysAt,
                isRecovery,
                problem: trouble.text,
                status: trouble.status
              })
            )
          })
        )
      )
    })
  )

  yield* router.add(
    "POST",
    "/sign-out",
    ownSent(({ person }) =>
      Effect.map(ownSessions.signOut(person), () =>
        withoutCookie(withoutCookie(redirect("/sign-in?said=signed-out"), "session"), "step")
      )
    )
  )

  const confirmation = Effect.fnUntraced(function* (
    page: Parameters<Parameters<typeof own>[0]>[0],
    next: string,
    trouble?: { readonly text: string; readonly status: number }
  ) {
    const { passkey } = yield* factorsOf(page.person)
    return page.show(
      confirmPage(page.words, {
        next,
        email: page.account.email,
        hasPassword: page.account.hasPassword,
        hasPasskey: passkey,
        passkeysAt: page.passkeysAt,
        connections: yield* sso.linked(page.person.accountId),
        ...(trouble === undefined ? {} : { problem: trouble.text, status: trouble.status })
      })
    )
  })

  yield* router.add(
    "GET",
    "/account/confirm",
    own((page) => {
      const next = nextOf(page.visit.query.get("next"), home)
      const trouble = problemOf(page)
      return confirmation(page, next, trouble === undefined ? undefined : { text: trouble, status: 200 })
    })
  )
  yield* router.add(
    "POST",
    "/account/confirm",
    ownSent((page, form) => {
      const next = nextOf(form.get("next"), home)
      return Effect.gen(function* () {
        const entered = yield* signIn.confirm(page.person, Redacted.make(form.get("password")), yield* browser)
        return enter(entered, next)
      }).pipe(
        Effect.catch((error) => {
          const trouble = troubleOf(page.words, error)
          return trouble === undefined ? Effect.die(error) : confirmation(page, next, trouble)
        })
      )
    })
  )
})
