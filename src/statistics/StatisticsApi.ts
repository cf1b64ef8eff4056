import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { Slugs } from "../games/Slugs.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import {
  byQuery,
  GameTotals,
  Overview,
  PlaysStatistics,
  rangeQuery,
  RecentPlays,
  RefusalsStatistics,
  VerdictTimes
} from "./Statistic.ts"
import { mostPeriods, RangeNotAllowed } from "./StatisticsErrors.ts"

/** The list is ordered by slug. */
export const GameTotalsCursor = Paging.cursor("statistics-games", Slug, Slug.make("wheel"))

const GameTotalsPage = Paging.pageOf(GameTotals, GameTotalsCursor, {
  identifier: "GameTotalsPage",
  description: "A page of games with what they have counted."
})

const error = [GameNotFound, RangeNotAllowed, TooManyRequests, DatabaseUnavailable] as const

const left = `Left out, it is the last 24 hours, 30 days or 12 weeks. At most ${mostPeriods} periods are answered at once.`

export class StatisticsApi extends HttpApiGroup.make("statistics")
  .add(
    HttpApiEndpoint.get("overview", "/overview", { query: byQuery, success: Overview, error })
      .annotate(OpenApi.Summary, "Show a time at a glance")
      .annotate(
        OpenApi.Description,
        `Plays, players, verdicts and how long they took, by hour, day or week, beside the same of the time before, with the games that were played most and the notes on the charts: all that a screen shows, in one answer. ${left}`
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("plays", "/plays", { query: byQuery, success: PlaysStatistics, error })
      .annotate(OpenApi.Summary, "Show plays by time")
      .annotate(
        OpenApi.Description,
        `Plays, new and returning players, and the verdicts on their contacts, of one game or of all, by hour, day or week in a time zone. Counts are exact and at once: a play is counted when it is answered. ${left}`
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("games", "/games", {
      query: Paging.query(GameTotalsCursor),
      success: GameTotalsPage,
      error: [TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "List games with their totals")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(OpenApi.Description, "Plays, players and verdicts of all time, game by game.")
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("game", "/games/:slug", {
      params: { slug: Slug },
      success: GameTotals,
      error: [GameNotFound, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Show a game's totals")
      .annotate(
        OpenApi.Description,
        "Plays, players, how often players play, and verdicts, of all time. Exact and at once."
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("recent", "/recent", {
      query: { games: Slugs },
      success: RecentPlays,
      error: [TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Show how several games go")
      .annotate(
        OpenApi.Description,
        "Plays of all time, and of the last 14 days in each game's own time zone: what a list of games shows, in one answer. Exact and at once."
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("total", "/total", { success: GameTotals, error: [TooManyRequests, DatabaseUnavailable] })
      .annotate(OpenApi.Summary, "Show the totals of all games")
      .annotate(OpenApi.Description, "The same for all games together.")
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("verdictTimes", "/verdict-times", { query: rangeQuery, success: VerdictTimes, error })
      .annotate(OpenApi.Summary, "Show how long verdicts take")
      .annotate(
        OpenApi.Description,
        "The time from play to verdict, of the contacts that the plays of a time asked for. Without `from` and `to` it is that of all plays."
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("refusals", "/refusals", { query: byQuery, success: RefusalsStatistics, error })
      .annotate(OpenApi.Summary, "Show refused plays")
      .annotate(
        OpenApi.Description,
        `Plays that were refused, by reason and by hour, day or week. ${left} Requests for games that there are not count for all games only.`
      )
      .pipe(needs("statistics:read"))
  )
  .prefix("/api/v1/statistics")
  .annotate(
    OpenApi.Description,
    "What has been played: counts of plays, players, verdicts and refusals. They name no person."
  ) {}
