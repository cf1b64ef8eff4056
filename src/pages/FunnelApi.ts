import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { byQuery } from "../statistics/Statistic.ts"
import { RangeNotAllowed } from "../statistics/StatisticsErrors.ts"

const count = (description: string, example: number) => Schema.Int.annotate({ description, examples: [example] })

const told = {
  views: count("How often the game was shown.", 900),
  starts: count("How often somebody began to play.", 300),
  consents: count("How often somebody ticked the box of the consent.", 180)
}

const counted = { ...told, plays: count("Plays recorded.", 280) }

const { game: _, ...query } = byQuery

const ofPeriods = {
  timeZone: Schema.String.annotate({ description: "The time zone of the periods.", examples: ["Europe/Prague"] }),
  from: Moment.toClient("When the first period begins, in UTC.", "2026-10-31T23:00:00.000Z"),
  to: Moment.toClient("When the last period ends, in UTC.", "2026-11-30T23:00:00.000Z"),
  total: Schema.Struct(counted).annotate({ identifier: "FunnelSum", description: "The sums of the periods." }),
  periods: Schema.Array(
    Schema.Struct({
      name: Schema.String.annotate({
        description: "What people call it: the date, the ISO week, or the hour on the clocks of the zone.",
        examples: ["2026-11-20"]
      }),
      from: Moment.toClient("When it begins, in UTC.", "2026-11-19T23:00:00.000Z"),
      to: Moment.toClient("When it ends, in UTC.", "2026-11-20T23:00:00.000Z"),
      ...counted
    }).annotate({ identifier: "FunnelPeriod", description: "The funnel of an hour, a day or a week." })
  ).annotate({ description: "All hours, days or weeks of this time, the oldest first, also those without views." })
}

const about =
  "Views, starts and consents are what browsers tell: some seconds late, missing from browsers that tell nothing, and what a process had not stored when it was killed is lost. Plays are exact."

export const Funnel = Schema.Struct({
  game: Slug,
  ...ofPeriods,
  origins: Schema.Array(
    Schema.Struct({
      origin: Schema.String.annotate({
        description:
          "The origin of the page that the game was in; empty: none was named. `other`: all beyond the first hundred of the game.",
        examples: ["https://shop.example"]
      }),
      ...told
    }).annotate({ identifier: "FunnelOrigin", description: "What pages of one origin told." })
  ).annotate({ description: "By the origin of the page that the game was in, the most views first." })
}).annotate({
  identifier: "Funnel",
  description: `From seeing the game to playing it. ${about}`
})
export type Funnel = typeof Funnel.Type

export const FunnelOfAll = Schema.Struct(ofPeriods).annotate({
  identifier: "FunnelOfAll",
  description: `From seeing games to playing them. ${about}`
})

export class FunnelApi extends HttpApiGroup.make("funnel")
  .add(
    HttpApiEndpoint.get("show", "/games/:slug/funnel", {
      params: { slug: Slug },
      query,
      success: Funnel,
      error: [GameNotFound, RangeNotAllowed, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Show a game's funnel")
      .annotate(
        OpenApi.Description,
        "How many saw the game, began, played and agreed, by hour, day or week, and from which pages they came. It needs the module `statistics`."
      )
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("all", "/funnel", {
      query,
      success: FunnelOfAll,
      error: [RangeNotAllowed, TooManyRequests, DatabaseUnavailable]
    })
      .annotate(OpenApi.Summary, "Show the funnel of all games")
      .annotate(
        OpenApi.Description,
        "How many saw a game, began, played and agreed, in all games together, by hour, day or week. It needs the module `statistics`."
      )
      .pipe(needs("statistics:read"))
  )
  .prefix("/api/v1")
  .annotate(OpenApi.Description, "From seeing a game to playing it.") {}
