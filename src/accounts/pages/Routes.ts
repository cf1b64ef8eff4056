import { Clock, DateTime, Duration, Effect, type Types } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { type Actor, CurrentActor } from "../../platform/contract/Access.ts"
import { CurrentDoer, type Doer } from "../../platform/Doer.ts"
import * as ClientAddress from "../../platform/edge/ClientAddress.ts"
import { doerOf } from "../../platform/edge/RequestDoer.ts"
import { RateLimits } from "../../platform/edge/RateLimits.ts"
import { readForm, type Form } from "../../platform/pages/Form.ts"
import type { Html } from "../../platform/pages/Markup.ts"
import { Home } from "../../platform/pages/Home.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { isPlain, proven, recent } from "../access/AccessHttp.ts"
import { withCookie, withoutCookie } from "../access/Cookies.ts"
import { isForged } from "../access/Origin.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import type { OwnAccount } from "../own/OwnAccount.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import type { PasswordRefused } from "../password/PasswordErrors.ts"
import type { Entered } from "../session/Entry.ts"
import { browserOf, cookiesOf } from "../session/EntryHttp.ts"
import { Sessions } from "../session/Sessions.ts"
import { type Person, personOf } from "../session/SignIn.ts"
import { buttonForm, message, respond, type View } from "./Shell.ts"
import { redirect, remembering, type Visit, visitOf, withNext } from "./Visit.ts"
import { type Words, wordsOf } from "./Words.ts"

/** What every page knows of its request. */
export interface Page {
  readonly visit: Visit
  readonly words: Words
  /** Where passkeys work: an origin, or `localhost` with any port. */
  readonly passkeysAt: string
  readonly show: (view: Omit<View, "language">) => HttpServerResponse.HttpServerResponse
  readonly say: (
    heading: string,
    lead: string,
    next?: { readonly href: string; readonly label: string },
    status?: number
  ) => HttpServerResponse.HttpServerResponse
}

/** The same for a page of somebody who is signed in. */
export interface OwnPage extends Page {
  readonly actor: Actor
  readonly person: Person
  readonly account: OwnAccount
  /** The installation asks for a second factor that the session has not. */
  readonly owes: boolean
  /** The person proved who they are a moment ago. */
  readonly isRecent: boolean
}

type Answer<E, R> = Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>

/** How a failure that people can do something about is put to them; undefined: it is none of those. */
export const troubleOf = (
  words: Words,
  error: unknown
): { readonly text: string; readonly status: number } | undefined => {
  if (typeof error !== "object" || error === null || !("_tag" in error)) return undefined
  switch (error._tag) {
    case "TooManyRequests": {
      const seconds = "retryAfterSeconds" in error ? Number(error.retryAfterSeconds) : 60
      // After a hundred failures in a row the wait has no end.
      return { text: seconds > 86_400 ? words.waitReset : words.waitSeconds(seconds), status: 429 }
    }
    case "Overloaded":
      return { text: words.overloaded, status: 503 }
    case "DatabaseUnavailable":
      return { text: words.unavailable, status: 503 }
    case "SecretsKeyMissing":
      return { text: words.secretsMissing, status: 501 }
    case "SignInFailed":
      return { text: words.signInFailed, status: 401 }
    case "WrongPassword":
      return { text: words.wrongPassword, status: 403 }
    case "PasswordRefused":
      return { text: words.refused[(error as PasswordRefused).reason], status: 422 }
    case "EmailTaken":
      return { text: words.emailTaken, status: 409 }
    case "SecondFactorFailed":
      return { text: words.secondFailed, status: 401 }
    case "CodeWrong":
      return { text: words.totpWrong, status: 422 }
    case "LastWayIn":
      return { text: words.lastWayIn, status: 409 }
    case "SecondFactorRequired":
      return { text: words.owesSecondFactor, status: 403 }
    case "ChangedMeanwhile":
      return { text: words.changedMeanwhile, status: 412 }
    default:
      return undefined
  }
}

const isRead = ({ method }: HttpServerRequest.HttpServerRequest): boolean => method === "GET" || method === "HEAD"

/** Sets a browser's cookies after its person got a step further. */
const entering = (
  response: HttpServerResponse.HttpServerResponse,
  entered: Entered,
  lifetime: Duration.Duration
): HttpServerResponse.HttpServerResponse => {
  const { expire, set } = cookiesOf(entered, lifetime)
  const withSet = set.reduce((done, [name, token, maxAge]) => withCookie(done, name, token, maxAge), response)
  return expire.reduce((done, name) => withoutCookie(done, name), withSet)
}

const localOf = (words: Words, language: Visit["language"]) => {
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" })
  return (moment: Date | DateTime.Utc | null): string =>
    moment === null
      ? words.never
      : `${format.format(DateTime.isDateTime(moment) ? DateTime.toDateUtc(moment) : moment)} UTC`
}

/**
 * What all routes of the pages share: the language, who sent the request, that forms come from pages of this service, that ways in
 * are counted by client address, and who is signed in.
 */
export const make = Effect.gen(function* () {
  const { databaseDeadline, publicUrl, trustedProxies } = yield* Settings
  const retry = retryTransient(databaseDeadline)
  const { rateLimitSignIn, sessionLifetime } = yield* AccountsSettings
  const limits = yield* RateLimits
  const sessions = yield* Sessions
  const accounts = yield* OwnAccounts
  const home = yield* Home
  const passkeysAt = publicUrl === undefined ? "localhost" : new URL(publicUrl).origin
  const describe = doerOf(ClientAddress.make(trustedProxies))

  const pageOf = (visit: Visit, signOut?: Html): Page => {
    const words = wordsOf[visit.language]
    const show = (view: Omit<View, "language">) =>
      remembering(
        visit,
        respond(
          { language: visit.language, passkeysAt, home, ...view },
          signOut === undefined ? undefined : { signOut }
        )
      )
    return {
      visit,
      words,
      passkeysAt,
      show,
      say: (heading, lead, next, status) => show(message(visit.language, heading, lead, next, status))
    }
  }

  /** Refuses forms of other sites, and pages over plain HTTP, whose cookies a browser would drop. */
  const refusal = (page: Page): HttpServerResponse.HttpServerResponse | undefined => {
    const { request } = page.visit
    const { words } = page
    if (isForged(request)) return page.say(words.failed, words.crossSite, undefined, 403)
    return isPlain(request) ? page.say(words.failed, words.httpsRequired, undefined, 403) : undefined
  }

  /** A failure without a place in the page's form. */
  const troubled = (page: Page, error: unknown): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
    const trouble = troubleOf(page.words, error)
    return trouble === undefined
      ? Effect.die(error)
      : Effect.succeed(page.say(page.words.failed, trouble.text, undefined, trouble.status))
  }

  const request = HttpServerRequest.HttpServerRequest

  /** A page that everybody may see. */
  const shown = <E, R>(handle: (page: Page) => Answer<E, R>) =>
    Effect.flatMap(request, (given) => {
      const page = pageOf(visitOf(given))
      return Effect.flatMap(describe(given), (doer) =>
        handle(page).pipe(
          Effect.catch((error) => troubled(page, error)),
          Effect.provideService(CurrentDoer, doer)
        )
      )
    })

  /** A form by which people get in, or ask for a link. */
  const sent = <E, R>(handle: (page: Page, form: Form) => Answer<E, R>) =>
    shown((page) =>
      Effect.gen(function* () {
        const refused = refusal(page)
        if (refused !== undefined) return refused
        const doer = yield* CurrentDoer
        const seconds = yield* limits.take(`sign-in:${doer.address ?? "unknown"}`, rateLimitSignIn)
        if (seconds > 0) {
          // Forms that lead to a provider have no page of their own.
          const back = { href: page.visit.path.replace(/\/sso\/[^/]+$/, ""), label: page.words.back }
          const said = page.say(page.words.failed, page.words.waitSeconds(seconds), back, 429)
          return HttpServerResponse.setHeader(said, "retry-after", String(seconds))
        }
        return yield* handle(page, yield* readForm)
      })
    )

  /** Who is signed in; undefined: nobody. */
  const recognise = Effect.fnUntraced(function* (given: HttpServerRequest.HttpServerRequest) {
    const found = yield* sessions.bySession(browserOf(given).session)
    if (found === undefined || found.by._tag !== "Session") return undefined
    const now = yield* Clock.currentTimeMillis
    return {
      actor: proven(found),
      owes: found.owesSecondFactor,
      isRecent: now - found.by.authenticatedAt.getTime() < Duration.toMillis(recent)
    }
  })

  /** A page of one's own account. Whoever is not signed in signs in first, and comes back. */
  const own = <E, R>(handle: (page: OwnPage) => Answer<E, R>) =>
    Effect.gen(function* () {
      const given = yield* request
      const here = visitOf(given)
      const first = pageOf(here)
      return yield* Effect.gen(function* () {
        const found = yield* recognise(given)
        // Back to what can be opened again: what was sent is lost, and not every form has a page at its own address.
        if (found === undefined) {
          return redirect(isRead(given) ? withNext("/sign-in", here.path) : "/sign-in")
        }
        const { actor, isRecent, owes } = found
        const account = yield* accounts.find(actor.accountId)
        const visit = visitOf(given, account.language)
        const page = pageOf(visit, buttonForm("/sign-out", wordsOf[visit.language].signOut, { style: "quiet" }))
        const person = yield* personOf(actor)
        const doer: Doer = { ...(yield* describe(given)), accountId: actor.accountId }
        return yield* handle({ ...page, actor, person, account, owes, isRecent }).pipe(
          Effect.catch((error) => troubled(page, error)),
          Effect.provideService(CurrentActor, actor),
          Effect.provideService(CurrentDoer, doer)
        )
      }).pipe(
        Effect.catchTag(["NotSignedIn", "ReauthenticationRequired"], () => Effect.succeed(redirect("/sign-in"))),
        Effect.catch((error) => troubled(first, error))
      )
    })

  /** A form of one's own account. */
  const ownSent = <E, R>(handle: (page: OwnPage, form: Form) => Answer<E, R>) =>
    own((page) =>
      Effect.suspend((): Answer<E, R | HttpServerRequest.HttpServerRequest> => {
        const refused = refusal(page)
        return refused === undefined ? Effect.flatMap(readForm, (form) => handle(page, form)) : Effect.succeed(refused)
      })
    )

  /** The same where the person must have proven who they are a moment ago: they do so first, and come back. */
  const sensitive = <E, R>(back: string, handle: (page: OwnPage, form: Form) => Answer<E, R>) =>
    ownSent((page, form) =>
      page.isRecent ? handle(page, form) : Effect.succeed(redirect(withNext("/account/confirm", back)))
    )

  const sensitivePage = <E, R>(handle: (page: OwnPage) => Answer<E, R>) =>
    own((page) =>
      page.isRecent ? handle(page) : Effect.succeed(redirect(withNext("/account/confirm", page.visit.path)))
    )

  return {
    shown,
    sent,
    own,
    ownSent,
    sensitive,
    sensitivePage,
    recognise,
    /** Where one arrives who did not want to go anywhere. */
    home,
    browser: Effect.map(request, browserOf),
    /** Which second factors the person has. */
    factorsOf: ({ accountId }: Person) => retry(sessions.factors(accountId)),
    /** On to where one wanted to go, or to what is still owed. */
    enter: (entered: Entered, next: string) =>
      entering(
        redirect(entered._tag === "Step" ? withNext("/sign-in/second-factor", next) : next),
        entered,
        sessionLifetime
      ),
    localOf: (page: Page) => localOf(page.words, page.visit.language)
  }
})

export type Routes = Effect.Success<typeof make>

/** A part of the path, such as the token of a link. */
export const part = (name: string) =>
  Effect.map(HttpRouter.params, (params: Readonly<Record<string, string | undefined>>) => params[name] ?? "")

export type Unhandled = Types.unhandled
