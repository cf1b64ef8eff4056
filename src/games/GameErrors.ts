import { Schema } from "effect"
import { Problem } from "../platform/contract/Problem.ts"

/** 404: no game has this slug. */
export class GameNotFound extends Problem<GameNotFound>()("GameNotFound", {
  name: "game-not-found",
  status: 404,
  title: "There is no such game",
  explanation: "No game has the slug in the path. `fairground game list` shows the games."
}) {}

export class SlugTaken extends Schema.TaggedError<SlugTaken>()("SlugTaken", { slug: Schema.String }) {
  override get message(): string {
    return `Another game has the slug "${this.slug}".`
  }
}

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
