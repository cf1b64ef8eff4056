import { DateTime, Schema } from "effect"
import { Model } from "effect/schema"
import * as Moment from "../platform/contract/Moment.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"

export const gameExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const GameId = uuidV7("game", gameExample).pipe(Schema.brand("GameId"))
export type GameId = typeof GameId.Type

/** A game's name in URLs: 1 to 64 lower-case letters and digits, with single hyphens between them. */
export const Slug = Schema.String.check(
  Schema.isPattern(/^[a-z0-9](?:-?[a-z0-9])*$/u, { message: "Expected lower-case letters, digits and single hyphens" }),
  Schema.isMaxLength(64)
)
  .pipe(Schema.brand("Slug"))
  .annotate({
    title: "Slug",
    description: "The game's name in URLs: lower-case letters, digits and single hyphens, at most 64 characters.",
    examples: ["wheel" as never]
  })
export type Slug = typeof Slug.Type

/** An IANA time zone such as `Europe/Prague`. Offsets are refused: PostgreSQL reads `+03:00` with the opposite sign. */
export const TimeZone = Schema.String.check(Schema.isMaxLength(64))
  // Before the check that JSON Schema cannot express: annotations after it are missing from the document.
  .annotate({
    description: "IANA time zone in which a day begins for a limit per day.",
    examples: ["Europe/Prague"]
  })
  .check(
    Schema.makeFilter(
      (name: string) =>
        (/^[A-Za-z]/.test(name) && DateTime.zoneFromString(name)._tag === "Some") ||
        "Expected an IANA time zone such as Europe/Prague"
    )
  )

/** What a game is at a moment. */
export const GameState = Schema.Literals(["scheduled", "open", "closed", "archived"]).annotate({
  description:
    "`scheduled`: its opening time lies ahead. `open`: it takes plays. `closed`: its closing time has passed. `archived`: closed for good.",
  examples: ["open"]
})
export type GameState = typeof GameState.Type

const Plays = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1), Schema.isLessThanOrEqualTo(1_000_000))

/** Ten years, in seconds. */
const longestWindow = 315_360_000

export const LimitPeriod = Schema.Literals(["ever", "day", "window"])

/** How often one player may play a game. */
export const PlayLimit = Schema.Struct({
  plays: Plays.annotate({ description: "Plays that one player has in the period.", examples: [3] }),
  period: LimitPeriod.annotate({
    description:
      "`ever`: for the life of the game. `day`: a calendar day in the game's time zone. `window`: `windowSeconds` from the player's first play in it.",
    examples: ["day"]
  }),
  windowSeconds: Schema.NullOr(
    Schema.Int.check(Schema.isGreaterThanOrEqualTo(1), Schema.isLessThanOrEqualTo(longestWindow))
  ).annotate({
    description: "Length of the window in seconds; null for the other periods.",
    examples: [null]
  })
}).annotate({ identifier: "PlayLimit", description: "How often one player may play the game." })
export type PlayLimit = typeof PlayLimit.Type

/** The limit in the columns of a game; null: there is none. */
export const limitOf = (columns: {
  readonly limitPlays: number | null
  readonly limitPeriod: PlayLimit["period"] | null
  readonly limitWindowSeconds: number | null
}): PlayLimit | null =>
  columns.limitPlays === null || columns.limitPeriod === null
    ? null
    : { plays: columns.limitPlays, period: columns.limitPeriod, windowSeconds: columns.limitWindowSeconds }

/** One promotional game, as stored. */
export class Game extends Model.Class<Game>("Game")({
  id: Model.UuidV7Insert(GameId),
  slug: Slug,
  title: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)),
  opensAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  closesAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  timeZone: TimeZone,
  limitPlays: Schema.NullOr(Plays),
  limitPeriod: Schema.NullOr(LimitPeriod),
  limitWindowSeconds: Schema.NullOr(Schema.Int),
  esp: Schema.String,
  espList: Schema.NullOr(Schema.String),
  espTags: Schema.Array(Schema.String),
  version: Schema.Int,
  archivedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  createdAt: Model.DateTimeInsertFromDate,
  updatedAt: Model.DateTimeUpdateFromDate
}) {
  get limit(): PlayLimit | null {
    return limitOf(this)
  }

  isOpenAt(now: DateTime.Utc): boolean {
    return (
      (this.opensAt === null || DateTime.isLessThanOrEqualTo(this.opensAt, now)) &&
      (this.closesAt === null || DateTime.isLessThan(now, this.closesAt))
    )
  }

  stateAt(now: DateTime.Utc): GameState {
    if (this.archivedAt !== null) return "archived"
    if (this.isOpenAt(now)) return "open"
    return this.opensAt !== null && DateTime.isGreaterThan(this.opensAt, now) ? "scheduled" : "closed"
  }
}

/** The public facts of a game. */
export const GameFacts = Schema.Struct({
  slug: Slug,
  title: Schema.String.annotate({ description: "The game's name for people.", examples: ["Wheel of fortune"] }),
  opensAt: Moment.toClientOrNull(
    "Plays are taken from this moment on; null: from the start.",
    "2026-11-01T08:00:00.000Z"
  ),
  closesAt: Moment.toClientOrNull("Plays are taken before this moment; null: without end.", "2026-12-24T12:00:00.000Z"),
  timeZone: Schema.String.annotate({
    description: "IANA time zone in which a day begins for a limit per day.",
    examples: ["Europe/Prague"]
  }),
  limit: Schema.NullOr(PlayLimit).annotate({
    description: "How often one player may play; null: as often as they like."
  }),
  isOpen: Schema.Boolean.annotate({ description: "Whether the game takes plays at this moment.", examples: [true] })
}).annotate({ identifier: "Game", description: "The public facts of a game." })
export type GameFacts = typeof GameFacts.Type

/** What a live event says of a game. */
export const GameNews = Schema.Struct({
  slug: Slug,
  version: Schema.NullOr(Schema.Int).annotate({
    description: "Its version from now on, which a change of its page leaves as it is; null: it was deleted.",
    examples: [3]
  })
}).annotate({ identifier: "GameNews", description: "A game that was added, changed or deleted." })
