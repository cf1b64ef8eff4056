import { Effect, Layer, Option, Schema } from "effect"
import { HttpServerResponse } from "effect/http"
import { IncomingMessage } from "node:http"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { TooManyRequests, ValidationFailed } from "../platform/contract/Problems.ts"
import * as ClientAddress from "../platform/edge/ClientAddress.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { PlaysStatistics } from "../statistics/Statistic.ts"
import { Statistics } from "../statistics/Statistics.ts"
import { FunnelApi } from "./FunnelApi.ts"
import { type ManagedPage, PageView, pageOf } from "./GamePage.ts"
import { PageNotPublished } from "./GamePageErrors.ts"
import { KnownPages } from "./KnownPages.ts"
import { encode, PageCache } from "./PageCache.ts"
import { Pages } from "./Pages.ts"
import { PagesApi } from "./PagesApi.ts"
import { PagesSettings } from "./PagesSettings.ts"
import { wantedBy } from "./PlayRoutes.ts"
import { consentVersion, renderNow, type StoredPage } from "./Shown.ts"
import { type Counted, Views } from "./Views.ts"

const managedOf = ({ game, page, updatedAt, version }: StoredPage): ManagedPage => ({
  game: game.slug,
  page,
  isSetUp: version > 1,
  consentVersions: Object.fromEntries(
    Object.entries(page.consent?.text ?? {}).map(([language, text]) => [language, consentVersion(text)])
  ),
  version,
  updatedAt
})

const decodeView = Schema.decodeUnknownEffect(Schema.fromJsonString(PageView), { onExcessProperty: "error" })

/** What a page tells, sent as text. */
const readView = (text: string) =>
  Effect.mapError(
    decodeView(text),
    () =>
      new ValidationFailed({
        errors: [
          { path: ["payload"], message: 'Expected JSON such as {"step":"view","origin":"https://shop.example"}' }
        ]
      })
  )

const pages = Handlers.group(
  contractOf(PagesApi),
  "pages",
  Effect.fnUntraced(function* (handlers) {
    const pages = yield* Pages
    const cache = yield* PageCache
    const known = yield* KnownPages
    const views = yield* Views
    const limits = yield* RateLimits
    const { trustedProxies } = yield* Settings
    const { pictureOrigins, rateLimitViews } = yield* PagesSettings
    const addressOf = ClientAddress.make(trustedProxies)

    /** What was changed here is seen here at once; in other processes, within a second. */
    const changed = (stored: StoredPage) =>
      cache.doubt(stored.game.slug).pipe(Effect.andThen(Effect.ignore(known.refresh)), Effect.as(managedOf(stored)))

    return handlers
      .handleRaw(
        "show",
        Effect.fnUntraced(function* ({ params: { slug }, query: { lang, preview }, request }) {
          const wanted = wantedBy(request, lang)
          if (preview === undefined) {
            const { facts, json } = yield* cache.render(slug, wanted)
            return facts.state === "draft" ? yield* new PageNotPublished({}) : yield* json(request)
          }
          const stored = yield* pages.find(slug)
          if (!(yield* pages.isPreview(stored.game.id, preview))) return yield* new PageNotPublished({})
          return HttpServerResponse.text(encode(yield* renderNow(stored, wanted, pictureOrigins)), {
            contentType: "application/json",
            headers: { "cache-control": "no-store" }
          })
        })
      )
      .handle(
        "view",
        Effect.fnUntraced(function* ({ params, payload, request }) {
          const address = request.source instanceof IncomingMessage ? addressOf(request.source) : "unknown"
          const seconds = yield* limits.take(`views:${address}`, rateLimitViews)
          if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
          const { origin, step } = typeof payload === "string" ? yield* readView(payload) : payload
          yield* views.note(params.slug, step, origin ?? request.headers["origin"])
        })
      )
      .handle("list", ({ query }) => Effect.map(pages.list(query.games), (items) => ({ items })))
      .handle("settings", ({ params }) => Effect.map(pages.find(params.slug), managedOf))
      .handle("change", ({ headers, params, payload }) =>
        Effect.flatMap(pages.change(params.slug, pageOf(payload), headers["if-match"] ?? null), changed)
      )
      .handle("copy", ({ headers, params, payload }) =>
        Effect.flatMap(pages.copy(params.slug, payload.from, headers["if-match"] ?? null), changed)
      )
      .handle("preview", ({ params }) =>
        Effect.map(pages.preview(params.slug), ({ expiresAt, token }) => ({
          path: `/play/${params.slug}?preview=${token}`,
          token,
          expiresAt
        }))
      )
  })
)

/** The steps of a time: what browsers told of its periods, and the plays. */
const stepsOf = (played: PlaysStatistics, told: ReadonlyArray<Counted>) => {
  const sumOf = (name: keyof Counted) => told.reduce((sum, period) => sum + period[name], 0)
  return {
    timeZone: played.timeZone,
    from: played.from,
    to: played.to,
    total: {
      views: sumOf("views"),
      starts: sumOf("starts"),
      consents: sumOf("consents"),
      plays: played.total.plays
    },
    periods: played.periods.map(({ from, name, plays, to }, at) => {
      const { consents = 0, starts = 0, views = 0 } = told[at] ?? {}
      return { name, from, to, views, starts, consents, plays }
    })
  }
}

const funnel = Handlers.group(
  contractOf(FunnelApi),
  "funnel",
  Effect.fnUntraced(function* (handlers) {
    const views = yield* Views
    const statistics = yield* Effect.serviceOption(Statistics)
    const playsOf = (query: Parameters<Statistics["Service"]["plays"]>[0]) =>
      Option.isSome(statistics)
        ? statistics.value.plays(query)
        : // Without the module nobody has the permission.
          Effect.die(new Error("The module statistics is off."))
    return handlers.handleAll({
      show: Effect.fnUntraced(function* ({ params: { slug }, query }) {
        const played = yield* playsOf({ ...query, game: slug })
        const { origins, periods } = yield* views.count(slug, played.periods)
        return { game: slug, ...stepsOf(played, periods), origins }
      }),
      all: Effect.fnUntraced(function* ({ query }) {
        // No game is named.
        const played = yield* Effect.catchTag(playsOf(query), "GameNotFound", Effect.die)
        return stepsOf(played, yield* views.countAll(played.periods))
      })
    })
  })
)

export const layer = Layer.merge(pages, funnel)
