import { Effect, Option, Redacted, Schema } from "effect"
import type { HttpRouter } from "effect/http"
import type { Form } from "../../platform/pages/Form.ts"
import { normalise } from "../../players/Email.ts"
import { AccountName } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { Invitations } from "../invitation/Invitations.ts"
import { EmailChanges } from "../own/EmailChanges.ts"
import { PasswordResets } from "../password/PasswordResets.ts"
import { Registrations } from "../registration/Registrations.ts"
import { Setup } from "../setup/Setup.ts"
import { askPage, emailPage, joinPage, resetPage, setupPage } from "./LinkPages.ts"
import { type Page, part, type Routes, troubleOf } from "./Routes.ts"
import type { Sso } from "./SsoRoutes.ts"

const token = Effect.map(part("token"), (text) => Redacted.make(text))

const decodeName = Schema.decodeUnknownOption(AccountName)

/** The person's name; undefined: it is none. */
const nameOf = (form: Form): string | undefined => Option.getOrUndefined(decodeName(form.get("name").trim()))

const isEmail = (text: string): boolean => Option.isSome(normalise(text))

const expired = (page: Page) =>
  page.say(page.words.linkExpired, page.words.linkExpiredLead, { href: "/sign-in", label: page.words.signIn }, 410)

/** Of a link for a new password: one asks for the next one oneself. */
const resetExpired = (page: Page) =>
  page.say(page.words.linkExpired, page.words.linkExpiredLead, { href: "/forgot", label: page.words.forgotTitle }, 410)

type Wrong = "email" | "name" | "password"

interface Failure {
  readonly problem: string
  readonly status: number
  readonly wrong?: Wrong
}

/** What the form is shown again with. */
const again = (page: Page, error: unknown): Effect.Effect<Failure> => {
  const trouble = troubleOf(page.words, error)
  if (trouble === undefined) return Effect.die(error)
  const { status, text } = trouble
  return Effect.succeed({ problem: text, status, ...(status === 422 ? { wrong: "password" as const } : {}) })
}

/** Pages that links in mails and on the screen lead to. Opening one changes nothing; only its form does. */
export const add = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter, routes: Routes, sso: Sso) {
  const setup = yield* Setup
  const resets = yield* PasswordResets
  const emails = yield* EmailChanges
  const invitations = yield* Invitations
  const registrations = yield* Registrations
  const { accountRegistration } = yield* AccountsSettings
  const { browser, enter, home, sent, shown } = routes

  const done = (page: Page) =>
    page.say(page.words.setup, page.words.setupDone, { href: "/sign-in", label: page.words.signIn }, 409)

  yield* router.add(
    "GET",
    "/setup/:token",
    shown((page) =>
      Effect.flatMap(token, setup.check).pipe(
        Effect.map(() => page.show(setupPage(page.words, page.visit.path))),
        Effect.catchTags({
          SetupDone: () => Effect.succeed(done(page)),
          LinkExpired: () => Effect.succeed(expired(page))
        })
      )
    )
  )
  yield* router.add(
    "POST",
    "/setup/:token",
    sent((page, form) => {
      const { visit, words } = page
      const email = form.get("email").trim()
      const name = form.get("name").trim()
      const show = (failed: Failure) => page.show(setupPage(words, visit.path, { email, name, ...failed }))
      const valid = nameOf(form)
      if (!isEmail(email)) return Effect.succeed(show({ problem: words.badEmail, status: 400, wrong: "email" }))
      if (valid === undefined) return Effect.succeed(show({ problem: words.badName, status: 400, wrong: "name" }))
      return Effect.gen(function* () {
        const password = Redacted.make(form.get("password"))
        const owner = { email, name: valid, password, language: visit.language }
        return enter(yield* setup.complete(yield* token, owner, yield* browser), home)
      }).pipe(
        Effect.catchTags({
          SetupDone: () => Effect.succeed(done(page)),
          LinkExpired: () => Effect.succeed(expired(page))
        }),
        Effect.catch((error) => Effect.map(again(page, error), show))
      )
    })
  )

  yield* router.add(
    "GET",
    "/join/:token",
    shown((page) =>
      Effect.flatMap(token, invitations.lookup).pipe(
        Effect.map((invitation) => page.show(joinPage(page.words, page.visit.path, invitation, sso.offered))),
        Effect.catchTag("LinkExpired", () => Effect.succeed(expired(page)))
      )
    )
  )
  yield* router.add(
    "POST",
    "/join/:token",
    sent((page, form) => {
      const name = nameOf(form)
      return Effect.gen(function* () {
        const key = yield* token
        const invitation = yield* invitations.lookup(key)
        const show = (failed: Failure) =>
          page.show(
            joinPage(page.words, page.visit.path, invitation, sso.offered, { name: form.get("name").trim(), ...failed })
          )
        if (name === undefined) return show({ problem: page.words.badName, status: 400, wrong: "name" })
        return yield* invitations
          .accept(key, { name, password: Redacted.make(form.get("password")) }, yield* browser)
          .pipe(
            Effect.map((entered) => enter(entered, home)),
            Effect.catchIf(
              (error) => error._tag !== "LinkExpired",
              (error) => Effect.map(again(page, error), show)
            )
          )
      }).pipe(Effect.catchTag("LinkExpired", () => Effect.succeed(expired(page))))
    })
  )

  const asking = (page: Page, failed: Partial<Failure> & { readonly email?: string } = {}) =>
    page.show(
      askPage(page.words, {
        path: "/forgot",
        heading: page.words.forgotTitle,
        lead: page.words.forgotLead,
        ...failed
      })
    )

  yield* router.add(
    "GET",
    "/forgot",
    shown((page) => Effect.succeed(asking(page)))
  )
  yield* router.add(
    "POST",
    "/forgot",
    sent((page, form) => {
      const email = form.get("email").trim()
      if (!isEmail(email))
        return Effect.succeed(asking(page, { email, problem: page.words.badEmail, status: 400, wrong: "email" }))
      return resets.ask(email).pipe(
        Effect.map(() =>
          page.say(page.words.sent, page.words.sentLead, { href: "/sign-in", label: page.words.signIn })
        ),
        Effect.catch((error) => Effect.map(again(page, error), (failed) => asking(page, { email, ...failed })))
      )
    })
  )

  yield* router.add(
    "GET",
    "/reset/:token",
    shown((page) =>
      Effect.map(Effect.flatMap(token, resets.works), (works) =>
        works ? page.show(resetPage(page.words, page.visit.path)) : resetExpired(page)
      )
    )
  )
  yield* router.add(
    "POST",
    "/reset/:token",
    sent((page, form) =>
      Effect.flatMap(token, (key) => resets.confirm(key, Redacted.make(form.get("password")))).pipe(
        Effect.map(() =>
          page.say(page.words.resetDone, page.words.resetDoneLead, { href: "/sign-in", label: page.words.signIn })
        ),
        Effect.catchTag("LinkExpired", () => Effect.succeed(resetExpired(page))),
        Effect.catch((error) =>
          Effect.map(again(page, error), (failed) => page.show(resetPage(page.words, page.visit.path, failed)))
        )
      )
    )
  )

  yield* router.add(
    "GET",
    "/email/:token",
    shown((page) =>
      Effect.map(Effect.flatMap(token, emails.works), (works) =>
        works ? page.show(emailPage(page.words, page.visit.path)) : expired(page)
      )
    )
  )
  yield* router.add(
    "POST",
    "/email/:token",
    sent((page) =>
      Effect.flatMap(token, emails.confirm).pipe(
        Effect.map(() =>
          page.say(page.words.emailChanged, page.words.emailChangedLead, { href: "/account", label: page.words.goOn })
        ),
        Effect.catchTag("LinkExpired", () => Effect.succeed(expired(page)))
      )
    )
  )

  const registering = (page: Page, failed: Partial<Failure> & { readonly email?: string } = {}) =>
    page.show(
      askPage(page.words, {
        path: "/register",
        heading: page.words.registerTitle,
        lead: page.words.registerLead,
        ...failed
      })
    )
  const closed = (page: Page) =>
    page.say(
      page.words.registerClosed,
      page.words.registerClosedLead,
      { href: "/sign-in", label: page.words.signIn },
      403
    )

  yield* router.add(
    "GET",
    "/register",
    shown((page) => Effect.succeed(accountRegistration === "open" ? registering(page) : closed(page)))
  )
  yield* router.add(
    "POST",
    "/register",
    sent((page, form) => {
      const email = form.get("email").trim()
      if (!isEmail(email))
        return Effect.succeed(registering(page, { email, problem: page.words.badEmail, status: 400, wrong: "email" }))
      return registrations.ask(email, page.visit.language).pipe(
        Effect.map(() =>
          page.say(page.words.sent, page.words.registerSentLead, { href: "/sign-in", label: page.words.signIn })
        ),
        Effect.catchTag("RegistrationClosed", () => Effect.succeed(closed(page))),
        Effect.catch((error) => Effect.map(again(page, error), (failed) => registering(page, { email, ...failed })))
      )
    })
  )
})
