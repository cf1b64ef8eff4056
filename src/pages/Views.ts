import { Clock, Context, DateTime, Effect, Layer } from "effect"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { type Step, originOf } from "./GamePage.ts"
import * as ViewsRepo from "./ViewsRepo.ts"

/** How many different counts are kept at once. Whoever made names up would fill the memory otherwise. */
const mostCounts = 5000

const millisInQuarter = 900_000

const columns = { view: "views", start: "starts", consent: "consents" } as const

/** Counts of a time: how often the game was shown, begun, and agreed to. */
export interface Counted {
  readonly views: number
  readonly starts: number
  readonly consents: number
}

const none: Counted = { views: 0, starts: 0, consents: 0 }

interface Period {
  readonly from: DateTime.Utc
  readonly to: DateTime.Utc
}

const quarterOf = (moment: DateTime.Utc) => Math.floor(DateTime.toEpochMillis(moment) / millisInQuarter)

/**
 * How often the pages of games are seen. The counts are kept in the memory of the process and stored every few seconds, so that a view
 * costs next to nothing. What a process has not stored is lost if it is killed.
 */
export class Views extends Context.Service<
  Views,
  {
    /** Counts one step of a visit. `origin`: of the page that the game is in, as it was told. */
    readonly note: (slug: Slug, step: Step, origin: string | undefined) => Effect.Effect<void>
    /** Stores the counts of this process. Returns how many there were. */
    readonly store: Effect.Effect<number, DatabaseUnavailable>
    /** The counts of a game in these periods, which follow one another, and by origin in all of them. */
    readonly count: (
      slug: Slug,
      periods: ReadonlyArray<Period>
    ) => Effect.Effect<
      {
        readonly periods: ReadonlyArray<Counted>
        readonly origins: ReadonlyArray<Counted & { readonly origin: string }>
      },
      GameNotFound | DatabaseUnavailable
    >
    /** The counts of all games together in these periods, which follow one another. */
    readonly countAll: (periods: ReadonlyArray<Period>) => Effect.Effect<ReadonlyArray<Counted>, DatabaseUnavailable>
  }
>()("fairground/pages/Views") {
  static readonly layer = Layer.effect(
    Views,
    Effect.gen(function* () {
      const games = yield* Games
      const repo = yield* ViewsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      let counts = new Map<string, ViewsRepo.Count>()

      const add = (count: ViewsRepo.Count): void => {
        const key = `${count.quarter} ${count.slug} ${count.origin}`
        const known = counts.get(key)
        if (known !== undefined) {
          known.views += count.views
          known.starts += count.starts
          known.consents += count.consents
        } else if (counts.size < mostCounts) counts.set(key, count)
        else if (count.origin !== ViewsRepo.otherOrigin) add({ ...count, origin: ViewsRepo.otherOrigin })
        // Else it is a slug too many, most likely one that was made up.
      }

      const note = (slug: Slug, step: Step, origin: string | undefined) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const named = origin === undefined || origin === "" || origin === "null" ? "" : originOf(origin)
          add({
            slug,
            quarter: Math.floor(now / millisInQuarter),
            origin: named === undefined || named === "*" ? ViewsRepo.otherOrigin : named,
            ...none,
            [columns[step]]: 1
          })
        })

      const store = Effect.suspend(() => {
        const taken = counts
        if (taken.size === 0) return Effect.succeed(0)
        counts = new Map()
        return repo.add([...taken.values()]).pipe(
          retry,
          // Kept for the next time. If only the answer was lost, they count twice.
          Effect.onError(() => Effect.sync(() => taken.forEach(add))),
          Effect.as(taken.size)
        )
      })

      const quartersOf = (periods: ReadonlyArray<Period>) => {
        const last = periods.at(-1)
        return { starts: periods.map(({ from }) => quarterOf(from)), end: last === undefined ? 0 : quarterOf(last.to) }
      }

      const each = (
        periods: ReadonlyArray<Period>,
        sums: ReadonlyArray<Counted & { readonly period: number }>
      ): ReadonlyArray<Counted> => {
        const found = new Map(sums.map((sum) => [sum.period, sum]))
        return periods.map((_, at) => found.get(at + 1) ?? none)
      }

      const count = Effect.fn("Views.count")(function* (slug: Slug, periods: ReadonlyArray<Period>) {
        const game = yield* games.find(slug)
        const { end, starts } = quartersOf(periods)
        return {
          periods: each(periods, yield* retry(repo.inPeriods(game.id, starts, end))),
          origins: yield* retry(repo.byOrigin(game.id, starts[0] ?? 0, end))
        }
      })

      const countAll = Effect.fn("Views.countAll")(function* (periods: ReadonlyArray<Period>) {
        const { end, starts } = quartersOf(periods)
        return each(periods, yield* retry(repo.ofAllInPeriods(starts, end)))
      })

      // The server has closed by then, so that nothing is seen any more.
      yield* Effect.addFinalizer(() => Effect.ignore(store))
      return Views.of({ note, store, count, countAll })
    })
  )
}
