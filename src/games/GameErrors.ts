import { Schema } from "effect"
import { Problem } from "../platform/contract/Problem.ts"

/** 404: no game has this slug. */
export class GameNotFound extends Problem<GameNotFound>()("GameNotFound", {
  name: "game-not-found",
  status: 404,
  title: "There is no such game",
  explanation: "No game has the slug in the path. `fairground game list` shows the games."
}) {}

/** 409: another game has the slug. */
export class SlugTaken extends Problem<SlugTaken>()(
  "SlugTaken",
  {
    name: "slug-taken",
    status: 409,
    title: "Another game has this slug",
    explanation:
      "Slugs of games are unique, because they stand in URLs, and another game has this one. An archived game keeps its slug. Nothing was stored: choose another slug."
  },
  { slug: Schema.String.annotate({ description: "The slug that is taken.", examples: ["wheel"] }) }
) {
  override get message(): string {
    return `Another game has the slug "${this.slug}".`
  }
}

/** 409: the game is archived, so it takes no changes. */
export class GameArchived extends Problem<GameArchived>()("GameArchived", {
  name: "game-archived",
  status: 409,
  title: "The game is archived",
  explanation:
    "An archived game is closed for good: it takes no plays and no changes, and its plays are kept. To run it again, duplicate it under another slug."
}) {}

/** The game would close before it opens, so it would never be open. */
export class TimesReversed extends Schema.TaggedError<TimesReversed>()("TimesReversed", {}) {
  override get message(): string {
    return "The game would close before it opens."
  }
}

/** PostgreSQL does not know the time zone, so every play of the game would fail. */
export class TimeZoneUnknown extends Schema.TaggedError<TimeZoneUnknown>()("TimeZoneUnknown", { name: Schema.String }) {
  override get message(): string {
    return `PostgreSQL does not know the time zone "${this.name}".`
  }
}
