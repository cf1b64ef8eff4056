import { Clock, Context, DateTime, Effect, Fiber, Layer, Option, Schema } from "effect"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { monotonicMillis, monotonicMillisOf } from "../platform/Monotonic.ts"
import * as Page from "../platform/pages/Page.ts"
import { Pages } from "./Pages.ts"
import { PagesSettings } from "./PagesSettings.ts"
import { playPage } from "./PlayPage.ts"
import { PublicPage } from "./PublicPage.ts"
import { changesAt, languageOf, shownOf, type StoredPage } from "./Shown.ts"

/** How long a page is taken for unchanged, in milliseconds. */
const freshMillis = 900

/** Pages that are kept at most: some tens of kilobytes each. */
const mostPages = 1000

/** How long visitors wait for news of a page that is known: without the database, they get it as it was. */
const patience = "1 second"

/** A page in one language, as long as its state stays. */
export interface Rendered {
  readonly facts: PublicPage
  readonly json: Page.Page
  readonly html: Page.Page
}

interface Entry {
  readonly stored: StoredPage
  readonly versions: { readonly game: number; readonly page: number }
  readonly byLanguage: Map<string, Rendered & { readonly until: number }>
  /** When it was last known to be right, on the monotonic clock. */
  checkedAt: number
}

/** The facts as JSON. */
export const encode = Schema.encodeSync(Schema.fromJsonString(Schema.toCodecJson(PublicPage)))

/**
 * The pages that visitors ask for, in memory. Many requests cost one look-up a second for each game: it says whether game and page
 * are of the versions that are known. A change is seen within that time.
 */
export class PageCache extends Context.Service<
  PageCache,
  {
    /** The page as it is stored. */
    readonly find: (slug: Slug) => Effect.Effect<StoredPage, GameNotFound | DatabaseUnavailable>
    /** Has the next request look whether the page has changed. */
    readonly doubt: (slug: Slug) => Effect.Effect<void>
    /** The same as `render` without waiting, for most visits: the page if it is known and fresh. Any text may be asked for. */
    readonly known: (slug: string, wanted: ReadonlyArray<string>) => Rendered | undefined
    /** The page in the language that fits best. */
    readonly render: (
      slug: Slug,
      wanted: ReadonlyArray<string>
    ) => Effect.Effect<Rendered, GameNotFound | DatabaseUnavailable>
  }
>()("fairground/pages/PageCache") {
  static readonly layer = Layer.effect(
    PageCache,
    Effect.gen(function* () {
      const pages = yield* Pages
      const { pictureOrigins } = yield* PagesSettings
      const clock = yield* Clock.Clock
      const scope = yield* Effect.scope
      // In the order of their last use.
      const entries = new Map<string, Entry>()
      const looking = new Map<Slug, Fiber.Fiber<Entry, GameNotFound | DatabaseUnavailable>>()

      const keep = (slug: Slug, entry: Entry) => {
        entries.delete(slug)
        entries.set(slug, entry)
        const [oldest] = entries.keys()
        if (entries.size > mostPages && oldest !== undefined) entries.delete(oldest)
        return entry
      }

      const look = Effect.fn("PageCache.look")(function* (slug: Slug) {
        const since = yield* monotonicMillis
        const known = entries.get(slug)
        if (known !== undefined) {
          const found = yield* pages.versions(slug)
          if (
            found?.id === known.stored.game.id &&
            found.gameVersion === known.versions.game &&
            (found.pageVersion ?? 1) === known.versions.page
          ) {
            known.checkedAt = since
            return keep(slug, known)
          }
          entries.delete(slug)
        }
        const stored = yield* pages.find(slug)
        return keep(slug, {
          stored,
          versions: { game: stored.game.version, page: stored.version },
          byLanguage: new Map(),
          checkedAt: since
        })
      })

      /** Requests that come together share a look-up, which goes on when the one that began it leaves. */
      const lookTogether = (slug: Slug) =>
        Effect.suspend(() => {
          const running = looking.get(slug)
          if (running !== undefined) return Fiber.join(running)
          return Effect.flatMap(
            Effect.forkIn(
              Effect.ensuring(
                look(slug),
                Effect.sync(() => looking.delete(slug))
              ),
              scope
            ),
            (fiber) => {
              looking.set(slug, fiber)
              return Fiber.join(fiber)
            }
          )
        })

      const isFresh = ({ checkedAt }: Entry) => monotonicMillisOf(clock) - checkedAt < freshMillis

      const entryOf = Effect.fnUntraced(function* (
        slug: Slug
      ): Effect.fn.Return<Entry, GameNotFound | DatabaseUnavailable> {
        const known = entries.get(slug)
        if (known === undefined) return yield* lookTogether(slug)
        if (isFresh(known)) return known
        return yield* lookTogether(slug).pipe(
          Effect.timeoutOption(patience),
          Effect.map(Option.getOrElse(() => known)),
          Effect.catchTag("DatabaseUnavailable", () => Effect.succeed(known))
        )
      })

      const renderedOf = ({ byLanguage, stored }: Entry, wanted: ReadonlyArray<string>): Rendered => {
        const language = languageOf(stored.page, wanted)
        const known = byLanguage.get(language)
        const millis = clock.currentTimeMillisUnsafe()
        if (known !== undefined && millis < known.until) return known
        const now = DateTime.makeUnsafe(millis)
        const facts = shownOf(stored, language, now, pictureOrigins)
        const json = encode(facts)
        const made = {
          facts,
          json: Page.make(json, "application/json", {
            "cache-control": "public, max-age=0, must-revalidate",
            vary: "Accept-Encoding, Accept-Language",
            "content-language": language
          }),
          html: playPage(facts, json, { origins: stored.page.embedOrigins, timeZone: stored.game.timeZone }),
          until: changesAt(stored, now)
        }
        byLanguage.set(language, made)
        return made
      }

      const doubt = (slug: Slug) =>
        Effect.sync(() => {
          const known = entries.get(slug)
          if (known !== undefined) known.checkedAt = Number.NEGATIVE_INFINITY
        })

      return PageCache.of({
        find: (slug) => Effect.map(entryOf(slug), ({ stored }) => stored),
        doubt,
        known: (slug, wanted) => {
          const known = entries.get(slug)
          return known !== undefined && isFresh(known) ? renderedOf(known, wanted) : undefined
        },
        render: (slug, wanted) => Effect.map(entryOf(slug), (entry) => renderedOf(entry, wanted))
      })
    })
  )
}
