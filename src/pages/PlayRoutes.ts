import { DateTime, Effect, Option, Schema } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { randomBytes } from "node:crypto"
import { IncomingMessage } from "node:http"
import { isCrossSite } from "../accounts/access/Origin.ts"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import * as ClientAddress from "../platform/edge/ClientAddress.ts"
import { OnProblem } from "../platform/edge/OnProblem.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { type DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { readForm } from "../platform/pages/Form.ts"
import { page as housePage } from "../platform/pages/Html.ts"
import { html } from "../platform/pages/Markup.ts"
import * as Page from "../platform/pages/Page.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { keyOf, normalise } from "../players/Email.ts"
import { type PlayReceipt, RecordPlay } from "../plays/Play.ts"
import { Plays } from "../plays/Plays.ts"
import { PlaysSettings } from "../plays/PlaysSettings.ts"
import { accepted, choose, directionOf, wellFormed } from "./Languages.ts"
import { encode, PageCache } from "./PageCache.ts"
import { Pages } from "./Pages.ts"
import { PagesSettings } from "./PagesSettings.ts"
import { type Filled, formPage, messagePage, resultPage, type View } from "./PlainPages.ts"
import { closedText, headersOf, playText, wordsOf } from "./PlayPage.ts"
import { renderNow } from "./Shown.ts"
import { momentIn, sayIn, spoken } from "./Words.ts"

/** The page of a game, for the edge. */
export const path = "/play/:slug"

const begin = "/play/"

const decodeSlug = Schema.decodeUnknownOption(Slug)

const queryOf = ({ url }: HttpServerRequest.HttpServerRequest) => {
  const start = url.indexOf("?")
  return new URLSearchParams(start === -1 ? "" : url.slice(start))
}

/** The languages that a visitor wants, the one asked for first. Brands write `en_US` too. */
export const wantedBy = (
  { headers }: HttpServerRequest.HttpServerRequest,
  asked: string | null | undefined
): ReadonlyArray<string> =>
  [asked?.replaceAll("_", "-") ?? "", ...accepted(headers["accept-language"])].filter((tag) => wellFormed.test(tag))

/** There is no such page, or not for everybody, or not now. In the service's own look: the game's is not known. */
const plainly = (request: HttpServerRequest.HttpServerRequest, status: number) => {
  const language = choose(spoken, wantedBy(request, queryOf(request).get("lang"))) ?? "en"
  const text = sayIn(language)("broken")
  const body = html`<h1 dir="${directionOf(language)}">${text}</h1>`
  return Page.made(housePage({ title: text, description: text, language, body }), status)
}

/** Failures that have no place in a page of the game. */
const inWords = <R>(
  shown: Effect.Effect<HttpServerResponse.HttpServerResponse, GameNotFound | DatabaseUnavailable, R>
) =>
  Effect.catchTags(shown, {
    GameNotFound: () => Effect.map(HttpServerRequest.HttpServerRequest, (request) => plainly(request, 404)),
    DatabaseUnavailable: () =>
      Effect.map(HttpServerRequest.HttpServerRequest, (request) =>
        HttpServerResponse.setHeader(plainly(request, 503), "retry-after", "2")
      )
  })

const key = (text: string): string => (/^[\w-]{16,64}$/.test(text) ? text : randomBytes(16).toString("base64url"))

const isName = Schema.is(RecordPlay.fields.name)

/** One line of what somebody typed as a name; empty: nothing that can be seen. */
const nameIn = (text: string): string => {
  const line = text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, " ").trim()
  const cut = line.slice(0, 200).toWellFormed()
  return isName(cut) ? cut : ""
}

export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const pages = yield* Pages
    const cache = yield* PageCache
    const plays = yield* Plays
    const limits = yield* RateLimits
    const { rateLimitAddress, trustedProxies } = yield* Settings
    const { rateLimitEmail } = yield* PlaysSettings
    const { pictureOrigins } = yield* PagesSettings
    const addressOf = ClientAddress.make(trustedProxies)

    const onProblem = yield* OnProblem
    /** Who counts refusals counts those of the form as the API's, which answers them by the same problems. */
    const refuse = (slug: Slug, type: string): void =>
      onProblem?.("POST", `/api/v1/games/${slug}/plays`, type.replace("/problems/", ""))

    const slugOf = Effect.flatMap(HttpRouter.params, ({ slug }: { readonly slug?: string }) =>
      Option.match(decodeSlug(slug), { onNone: () => new GameNotFound({}), onSome: Effect.succeed })
    )

    /** What is shown of a page to whoever has a preview link: as it is stored at this moment. Undefined: the link does not work. */
    const previewed = Effect.fnUntraced(function* (slug: Slug, wanted: ReadonlyArray<string>, preview: string) {
      const stored = yield* pages.find(slug)
      if (!(yield* pages.isPreview(stored.game.id, preview))) return undefined
      const facts = yield* renderNow(stored, wanted, pictureOrigins)
      return { facts, setting: { origins: stored.page.embedOrigins, timeZone: stored.game.timeZone }, preview }
    })

    /** What a visitor sees of a game; undefined: nothing. */
    const viewOf = Effect.fnUntraced(function* (
      slug: Slug,
      wanted: ReadonlyArray<string>,
      preview: string | null
    ): Effect.fn.Return<View | undefined, GameNotFound | DatabaseUnavailable> {
      if (preview !== null) return yield* previewed(slug, wanted, preview)
      const { facts } = yield* cache.render(slug, wanted)
      if (facts.state === "draft") return undefined
      const { game, page } = yield* cache.find(slug)
      return { facts, setting: { origins: page.embedOrigins, timeZone: game.timeZone } }
    })

    const showAny = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const query = queryOf(request)
      const slug = yield* slugOf
      const wanted = wantedBy(request, query.get("lang"))
      const preview = query.get("preview")
      if (query.has("plain")) {
        const view = yield* viewOf(slug, wanted, preview)
        if (view === undefined) return plainly(request, 404)
        return closedPage(view) ?? formPage(view, key(""))
      }
      if (preview === null) {
        const { facts, html } = yield* cache.render(slug, wanted)
        return facts.state === "draft" ? plainly(request, 404) : yield* html(request)
      }
      const view = yield* previewed(slug, wanted, preview)
      if (view === undefined) return plainly(request, 404)
      return HttpServerResponse.text(playText(view.facts, encode(view.facts), view.setting, preview), {
        contentType: "text/html; charset=utf-8",
        headers: { ...headersOf(view.facts, view.setting), "cache-control": "no-store" }
      })
    }).pipe(inWords)

    /** Most visits are to a page that is in memory, with nothing asked for. They take a short way. */
    const show = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const known = cache.known(request.url.slice(begin.length), wantedBy(request, undefined))
      return known === undefined || known.facts.state === "draft" ? showAny : known.html(request)
    })

    /** Counts a form as the play that it is: for its client address, and for its email address. */
    const take = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest, email: string) {
      const address = request.source instanceof IncomingMessage ? addressOf(request.source) : "unknown"
      const seconds =
        (yield* limits.take(`address:${address}`, rateLimitAddress)) ||
        (yield* limits.take(`email:${keyOf(email)}`, rateLimitEmail))
      if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
    })

    const send = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      const query = queryOf(request)
      const slug = yield* slugOf
      const view = yield* viewOf(slug, wantedBy(request, query.get("lang")), query.get("preview"))
      if (view === undefined) return plainly(request, 404)
      const { facts, setting } = view
      const say = wordsOf(facts)
      // Nobody is signed in here: what is no browser, and says nothing of where it comes from, may play too.
      if (isCrossSite(request)) return messagePage(view, say("broken"), undefined, 403)
      const form = yield* readForm
      const own = key(form.get("key"))
      const email = form.get("email").trim()
      const name = nameIn(form.get("name"))
      // To the text that stood in the form. It may have changed since, and nobody agrees to what they have not seen.
      const agrees = facts.consent !== null && form.get("consent") === facts.consent.version
      const again = (problem: Filled["problem"], status: number, asKey = own) =>
        formPage(view, asKey, { email, name, agrees, problem, status })
      const wrong = (problem: Filled["problem"], status: number) => {
        refuse(slug, "validation-failed")
        return again(problem, status)
      }

      if (Option.isNone(normalise(email))) return wrong({ text: say("badEmail"), field: "email" }, 400)
      if (facts.name === "required" && name === "") return wrong({ text: say("needName"), field: "name" }, 400)
      if (facts.consent?.required === true && !agrees) {
        return wrong({ text: say("needConsent"), field: "consent" }, 400)
      }
      if (facts.consent !== null && !agrees && form.get("consent") !== "") {
        return wrong({ text: say("failed"), field: "consent" }, 409)
      }
      return yield* Effect.andThen(
        take(request, email),
        plays.record({
          slug,
          key: `form-${own}`,
          play: {
            email,
            ...(facts.name === "none" || name === "" ? {} : { name }),
            ...(facts.consent !== null && agrees
              ? { consent: { textVersion: facts.consent.version, language: facts.language } }
              : {})
          }
        })
      ).pipe(
        Effect.tapError(({ type }) => Effect.sync(() => refuse(slug, type))),
        Effect.map((receipt: PlayReceipt) => resultPage(view, receipt)),
        Effect.catchTags({
          // The outcome may be unknown: the same key makes the next try safe.
          DatabaseUnavailable: () => Effect.succeed(again({ text: say("failed") }, 503)),
          Overloaded: () => Effect.succeed(again({ text: say("failed") }, 503)),
          TooManyRequests: ({ retryAfterSeconds }) =>
            Effect.succeed(
              HttpServerResponse.setHeader(
                again({ text: say("wait", { n: retryAfterSeconds }) }, 429),
                "retry-after",
                String(retryAfterSeconds)
              )
            ),
          // Somebody changed what they had sent: that is another play.
          IdempotencyKeyReused: () => Effect.succeed(again(undefined, 422, key(""))),
          PlayLimitReached: ({ nextPlayAt }) =>
            Effect.succeed(
              messagePage(
                view,
                say("limit"),
                nextPlayAt === null
                  ? undefined
                  : say("limitUntil", {
                      when: momentIn(facts.language, setting.timeZone, DateTime.toDateUtc(nextPlayAt))
                    }),
                409
              )
            ),
          GameNotOpen: ({ opensAt }) =>
            Effect.map(DateTime.now, (now) =>
              opensAt !== null && DateTime.isGreaterThan(opensAt, now)
                ? messagePage(
                    view,
                    say("notOpen"),
                    say("notOpenUntil", {
                      when: momentIn(facts.language, setting.timeZone, DateTime.toDateUtc(opensAt))
                    }),
                    409
                  )
                : messagePage(view, facts.title, say("over"), 409)
            )
        })
      )
    }).pipe(inWords)

    yield* router.add("GET", path, show)
    yield* router.add("POST", path, send)
  })
)

/** The page of a game that takes no plays; undefined: it takes them. */
const closedPage = (view: View) => {
  const text = closedText(view.facts, view.setting)
  return text === undefined ? undefined : messagePage(view, view.facts.title, text, 200)
}
