import { Option, Schema } from "effect"
import { Slug, TimeZone } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { units } from "./Calendar.ts"
import { NoteFacts } from "./Note.ts"

const dayOnly = /^\d{4}-\d\d-\d\d$/u

/** A day's date alone. */
export const isDate = (text: string): boolean => dayOnly.test(text)

const count = (description: string, example: number) => Schema.Int.annotate({ description, examples: [example] })

const ratio = (description: string, example: number) =>
  Schema.NullOr(Schema.Finite).annotate({ description, examples: [example] })

const moment = (description: string, example: string) =>
  Schema.optionalKey(
    Schema.String.check(
      Schema.isPattern(/^\d{4}-\d\d-\d\d(?:[Tt]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)?)?$/u, {
        expected: `a date such as 2026-12-01, or ${Moment.allowedIn}`
      }).abort()
    )
      // Before the check that JSON Schema cannot express: annotations after it are missing from the document.
      .annotate({ description, examples: [example] })
      .check(
        Schema.makeFilter(
          (text: string) =>
            Option.isSome(Moment.parseIn(isDate(text) ? `${text}T00:00` : text, "UTC")) ||
            "Expected a moment that there is"
        )
      )
  )

/** What each operation takes: which game, and which time. */
export const rangeQuery = {
  game: Schema.optionalKey(
    Slug.annotate({ description: "The game. Left out: all games together.", examples: ["wheel" as never] })
  ),
  from: moment(
    "From when on: a date in the time zone, such as `2026-11-01`, or a moment. The period that holds it is the first.",
    "2026-11-01"
  ),
  to: moment(
    "Until when, this moment itself not included: a date or a moment as in `from`. Left out: now.",
    "2026-12-01"
  ),
  zone: Schema.optionalKey(
    TimeZone.annotate({
      description:
        "IANA time zone of hours, days and weeks, and of dates without one. Left out: the game's zone, for all games UTC.",
      examples: ["Europe/Prague"]
    })
  )
}

/** By what it is shown. */
export const byQuery = {
  ...rangeQuery,
  by: Schema.optionalKey(
    Schema.Literals(units).annotate({
      description: "By what it is shown: hours, calendar days, or ISO weeks, which begin on Monday. Left out: `day`.",
      examples: ["day"]
    })
  )
}

export const Contacts = Schema.Struct({
  asked: count("Contacts that the plays of this time asked for: of players who had none at the game's ESP.", 80),
  existed: count("Those that the ESP knew already.", 30),
  created: count("Those that were new to it.", 45),
  rejected: count("Those that it rejected.", 2),
  unknown: count("Those without a verdict: it is still settled, or was given up.", 3)
}).annotate({
  identifier: "ContactCounts",
  description:
    "What became of the contacts that the plays of this time asked for. A verdict counts at the time of its play, whenever it comes."
})

const ofPlays = {
  plays: count("Plays recorded.", 120),
  newPlayers: count("Plays that were the first of their player in the game.", 80),
  returningPlays: count("The other plays.", 40)
}

const period = {
  name: Schema.String.annotate({
    description: "What people call it: the date, the ISO week, or the hour on the clocks of the zone.",
    examples: ["2026-11-20"]
  }),
  from: Moment.toClient("When it begins, in UTC.", "2026-11-19T23:00:00.000Z"),
  to: Moment.toClient("When it ends, in UTC: the next one begins then.", "2026-11-20T23:00:00.000Z")
}

const isComplete = Schema.Boolean.annotate({
  description:
    "Whether all plays of this time are counted. False while the statistics are made again from the plays, such as after the module was off.",
  examples: [true]
})

const shown = {
  game: Schema.NullOr(Slug).annotate({
    description: "The game; null: all games together.",
    examples: ["wheel" as never]
  }),
  timeZone: Schema.String.annotate({ description: "The time zone of the periods.", examples: ["Europe/Prague"] }),
  by: Schema.Literals(units).annotate({ description: "What a period is.", examples: ["day"] }),
  from: Moment.toClient("When the first period begins, in UTC.", "2026-10-31T23:00:00.000Z"),
  to: Moment.toClient("When the last period ends, in UTC.", "2026-11-30T23:00:00.000Z")
}

export const PlaysPeriod = Schema.Struct({
  ...period,
  ...ofPlays,
  players: Schema.NullOr(Schema.Int).annotate({
    description:
      "Different players of this period. In periods of the game's own time zone it is exact at once. In other zones and of all games it is counted in the background: null until then, so ask again.",
    examples: [95]
  }),
  playersAsOf: Moment.toClientOrNull(
    "When `players` was counted, if there have been plays since; null: it is exact, or not known yet.",
    "2026-11-20T10:00:00.000Z"
  ),
  playsPerPlayer: ratio("Plays for each different player of this period; null: nobody played, or not known yet.", 1.26),
  contacts: Contacts
}).annotate({ identifier: "PlaysPeriod", description: "The plays of an hour, a day or a week." })

export const PlaysStatistics = Schema.Struct({
  ...shown,
  isComplete,
  total: Schema.Struct({ ...ofPlays, contacts: Contacts }).annotate({
    identifier: "PlaysSum",
    description: "The sums of the periods. Different players cannot be added up."
  }),
  periods: Schema.Array(PlaysPeriod).annotate({
    description: "All hours, days or weeks of this time, the oldest first, also those without plays."
  })
}).annotate({ identifier: "PlaysStatistics", description: "Plays, players and verdicts by time." })
export type PlaysStatistics = typeof PlaysStatistics.Type

const within = (part: string, example: number) =>
  ratio(`Within so many seconds ${part} of the verdicts came, estimated; null: there are none.`, example)

const ofTime = {
  ...ofPlays,
  newShare: ratio("Plays of new players for each play; null: nobody played.", 0.67),
  players: Schema.NullOr(Schema.Int).annotate({
    description:
      "Different players of the time, counted in the background; null: not counted yet, so ask again. Of the time before it is null while this time is not over.",
    examples: [95]
  }),
  playersAsOf: Moment.toClientOrNull(
    "When `players` was counted, if there have been plays since; null: it is exact, or not known.",
    "2026-11-20T10:00:00.000Z"
  ),
  contacts: Contacts,
  verdictSeconds: Schema.Struct({ p50: within("half", 0.18), p95: within("95 %", 0.9) }).annotate({
    identifier: "VerdictSeconds",
    description: "The time from play to verdict, of the contacts that the plays of this time asked for."
  })
}

export const Overview = Schema.Struct({
  ...shown,
  isComplete,
  total: Schema.Struct(ofTime).annotate({ identifier: "OverviewSum", description: "The whole time." }),
  before: Schema.Struct({ from: shown.from, to: shown.to, ...ofTime }).annotate({
    identifier: "OverviewBefore",
    description:
      "As many hours, days or weeks before. While the time that is shown is not over, only as much of it, so that a day is not compared with half of one."
  }),
  periods: Schema.Array(PlaysPeriod).annotate({
    description: "All hours, days or weeks of this time, the oldest first, also those without plays."
  }),
  games: Schema.Array(
    Schema.Struct({
      game: Slug,
      title: Schema.String.annotate({ description: "Its title.", examples: ["Wheel of fortune"] }),
      ...ofPlays,
      contacts: Contacts
    }).annotate({ identifier: "PlayedGame", description: "What was played of a game." })
  ).annotate({ description: "The ten games with the most plays of this time. Of one game: none." }),
  notes: Schema.Array(NoteFacts).annotate({
    description: "The latest hundred notes on this time: of the game, and of all games."
  })
}).annotate({ identifier: "Overview", description: "A time at a glance, beside the time before." })
export type Overview = typeof Overview.Type

export const GameTotals = Schema.Struct({
  game: shown.game,
  plays: count("Plays recorded.", 1200),
  players: count("Players of the game. For all games: their sum, so that a player of two games counts twice.", 800),
  returningPlays: count("Plays that were not the first of their player in the game.", 400),
  playsPerPlayer: ratio("Plays for each player; null: nobody has played.", 1.5),
  reached: Schema.Array(
    Schema.Struct({
      plays: count("A number of plays.", 2),
      players: count("Players who have reached it.", 250)
    }).annotate({ identifier: "ReachedPlays", description: "How many players have played so often, or oftener." })
  ).annotate({ description: "How many players have reached 1, 2, 3, 5, 10, 20, 50 and 100 plays." }),
  contacts: Contacts,
  isComplete
}).annotate({ identifier: "GameTotals", description: "Plays, players and verdicts of all time." })
export type GameTotals = typeof GameTotals.Type

export const RecentPlays = Schema.Struct({
  items: Schema.Array(
    Schema.Struct({
      game: Slug.annotate({ description: "The game.", examples: ["wheel" as never] }),
      timeZone: Schema.String.annotate({ description: "The time zone of its days.", examples: ["Europe/Prague"] }),
      plays: count("Plays of all time.", 1200),
      days: Schema.Array(
        Schema.Struct({ name: period.name, plays: count("Plays of this day.", 120) }).annotate({
          identifier: "RecentDay",
          description: "The plays of a day."
        })
      ).annotate({ description: "The last 14 days with today, the oldest first, also those without plays." })
    }).annotate({ identifier: "RecentGame", description: "How a game goes." })
  ).annotate({ description: "The games, by slug." })
}).annotate({ identifier: "RecentPlays", description: "Plays of several games: of all time, and of the last days." })
export type RecentPlays = typeof RecentPlays.Type

export const VerdictTimes = Schema.Struct({
  game: shown.game,
  from: Moment.toClientOrNull("From when on plays count; null: from the first.", "2026-10-31T23:00:00.000Z"),
  to: Moment.toClientOrNull("Until when plays count; null: to the last.", "2026-11-30T23:00:00.000Z"),
  asked: count("Contacts that the plays of this time asked for.", 80),
  settled: count("Those with a verdict.", 77),
  times: Schema.Array(
    Schema.Struct({
      upToSeconds: Schema.NullOr(Schema.Finite).annotate({
        description: "The longest wait, in seconds, behind that of the one before; null: any longer one.",
        examples: [0.5]
      }),
      contacts: count("Contacts that waited so long for their verdict.", 60)
    }).annotate({ identifier: "VerdictTime", description: "Contacts whose verdict came within a time." })
  ).annotate({ description: "Contacts with a verdict by how long they waited for it, the shortest first." }),
  isComplete
}).annotate({
  identifier: "VerdictTimes",
  description:
    "How long contacts waited for the ESP's verdict: from the play that asked for them, or from `contacts retry` or `esp sync`."
})
export type VerdictTimes = typeof VerdictTimes.Type

const reasons = Schema.Array(
  Schema.Struct({
    reason: Schema.String.annotate({
      description: "The name of the problem that was answered, such as `game-not-open` or `too-many-requests`.",
      examples: ["play-limit-reached"]
    }),
    refusals: count("How many plays were refused for it.", 12)
  }).annotate({ identifier: "RefusalReason", description: "Plays that were refused for one reason." })
).annotate({ description: "By reason, the most frequent first." })

export const RefusalsStatistics = Schema.Struct({
  ...shown,
  refusals: count("Plays that were refused.", 12),
  reasons,
  periods: Schema.Array(
    Schema.Struct({ ...period, refusals: count("Plays that were refused.", 12), reasons }).annotate({
      identifier: "RefusalsPeriod",
      description: "The refused plays of an hour, a day or a week."
    })
  ).annotate({ description: "All hours, days or weeks of this time, the oldest first, also those without refusals." })
}).annotate({
  identifier: "RefusalsStatistics",
  description:
    "Plays that were refused, by reason and time. They are some seconds late, and what a process had not stored when it was killed is missing."
})
export type RefusalsStatistics = typeof RefusalsStatistics.Type
