import { DateTime, Schema, SchemaTransformation } from "effect"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import { type Game, gameExample, GameFacts, GameId, GameState, LimitPeriod, PlayLimit, Slug, TimeZone } from "./Game.ts"

/** What staff send and see of games. Clients load this file, so it imports no server code. */

export const Title = plainText(200, {
  description: "The game's name for people. One line of at most 200 characters.",
  examples: ["Wheel of fortune"]
})

export const EspList = plainText(200, { description: "A list at the ESP.", examples: ["42"] })

export const EspTag = plainText(200, { description: "A tag at the ESP.", examples: ["autumn"] })

/** One body holds at most some hundred tags of a usual length anyway. */
const mostTags = 100

const EspTags = Schema.Array(EspTag)
  .check(Schema.isMaxLength(mostTags))
  .annotate({
    description: "Tags that the game's contacts get beside those of the connection.",
    examples: [["autumn"]]
  })

const Esp = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({
  description: "Name of the ESP connection that the game's contacts are registered at.",
  examples: ["sandbox"]
})

/** A limit as it is sent: `windowSeconds` belongs to windows, and to nothing else. */
const SentLimit = Schema.Struct({
  plays: PlayLimit.fields.plays,
  period: LimitPeriod.annotate({ ...PlayLimit.fields.period.ast.annotations }),
  windowSeconds: Schema.optionalKey(PlayLimit.fields.windowSeconds)
})
  .annotate({ description: "How often one player may play the game." })
  .check(
    Schema.makeFilter(({ period, windowSeconds = null }) => {
      if ((period === "window") === (windowSeconds !== null)) return undefined
      const issue = period === "window" ? "Required for a window" : "Expected null, unless the period is a window"
      return { path: ["windowSeconds"], issue }
    })
  )
  .pipe(
    Schema.decodeTo(
      Schema.toType(PlayLimit).annotate({ identifier: "NewPlayLimit" }),
      SchemaTransformation.transform({
        decode: ({ windowSeconds = null, ...limit }) => ({ ...limit, windowSeconds }),
        encode: (limit) => limit
      })
    )
  )

const opens = (withNull: string) =>
  Schema.NullOr(Moment.fromClient("Plays are taken from this moment on.", "2026-11-01T08:00:00.000Z")).annotate({
    description: `Plays are taken from this moment on; ${withNull}`
  })

const closes = (withNull: string) =>
  Schema.NullOr(Moment.fromClient("Plays are taken before this moment.", "2026-12-24T12:00:00.000Z")).annotate({
    description: `Plays are taken before this moment; ${withNull}`
  })

const limit = (withNull: string) =>
  Schema.NullOr(SentLimit).annotate({ description: `How often one player may play; ${withNull}` })

const list = (withNull: string) =>
  Schema.NullOr(EspList).annotate({
    description: `List at the ESP that the game's contacts are added to instead of the connection's own; ${withNull}`
  })

/** The body of a creation. */
export const GameToAdd = Schema.Struct({
  slug: Slug,
  title: Title,
  opensAt: Schema.optionalKey(opens("null or left out: from the start.")),
  closesAt: Schema.optionalKey(closes("null or left out: without end.")),
  timeZone: Schema.optionalKey(TimeZone),
  limit: Schema.optionalKey(limit("null or left out: as often as they like.")),
  esp: Schema.optionalKey(Esp),
  espList: Schema.optionalKey(list("null or left out: the connection's.")),
  espTags: Schema.optionalKey(EspTags)
}).annotate({
  identifier: "NewGame",
  description:
    "A game to add. Without a `timeZone` it has UTC's days; without an `esp`, its contacts go to `sandbox`, which is no real ESP."
})
export type GameToAdd = typeof GameToAdd.Type

/** The body of a change. */
export const GameChange = Schema.Struct({
  title: Schema.optionalKey(Title),
  opensAt: Schema.optionalKey(opens("null: from the start.")),
  closesAt: Schema.optionalKey(closes("null: without end.")),
  timeZone: Schema.optionalKey(TimeZone),
  limit: Schema.optionalKey(limit("null: as often as they like.")),
  esp: Schema.optionalKey(Esp),
  espList: Schema.optionalKey(list("null: the connection's.")),
  espTags: Schema.optionalKey(EspTags)
}).annotate({
  identifier: "GameChange",
  description:
    "The fields to change. Fields that are left out keep their values, with one exception: another `esp` empties the list and the tags that the body does not give, because the old ones belong to the old connection."
})
export type GameChange = typeof GameChange.Type

/** The body of a duplication. */
export const GameCopy = Schema.Struct({
  slug: Slug,
  title: Schema.optionalKey(Title)
}).annotate({
  identifier: "GameCopy",
  description: "The slug of the new game, and its title; left out: the same title."
})
export type GameCopy = typeof GameCopy.Type

/** All facts of a game, for staff. */
export const ManagedGame = Schema.Struct({
  id: GameId,
  ...GameFacts.fields,
  state: GameState,
  esp: Esp,
  espList: Schema.NullOr(Schema.String).annotate({
    description: "List at the ESP that the game's contacts are added to; null: the connection's own.",
    examples: ["42"]
  }),
  espTags: Schema.Array(Schema.String).annotate({
    description: "Tags that the game's contacts get beside those of the connection.",
    examples: [["autumn"]]
  }),
  version: Schema.Int.annotate({
    description: "Starts at 1 and is incremented by each change. The `ETag` holds it too.",
    examples: [1]
  }),
  archivedAt: Moment.toClientOrNull(
    "When it was archived, in UTC: it is closed for good and takes no changes; null: it is not archived.",
    "2026-12-31T10:00:00.000Z"
  ).annotate({ examples: [null] }),
  createdAt: Moment.toClient("When it was added, in UTC.", "2026-10-20T10:00:00.000Z"),
  updatedAt: Moment.toClient("When it was changed last, in UTC.", "2026-10-20T10:00:00.000Z")
}).annotate({ identifier: "ManagedGame", description: "All facts of a game, for callers with `games:read`." })
export type ManagedGame = typeof ManagedGame.Type

export const factsOf = (game: Game, now: DateTime.Utc): GameFacts => ({
  slug: game.slug,
  title: game.title,
  opensAt: game.opensAt,
  closesAt: game.closesAt,
  timeZone: game.timeZone,
  limit: game.limit,
  isOpen: game.isOpenAt(now)
})

export const managedOf = (game: Game, now: DateTime.Utc): ManagedGame => ({
  id: game.id,
  ...factsOf(game, now),
  state: game.stateAt(now),
  esp: game.esp,
  espList: game.espList,
  espTags: game.espTags,
  version: game.version,
  archivedAt: game.archivedAt,
  createdAt: game.createdAt,
  updatedAt: game.updatedAt
})

export const GameSort = Schema.Literals(["newest", "slug", "opening"]).annotate({
  description:
    "`newest`: by when they were added, the newest first (the default). `slug`: by their slugs. `opening`: by when they open, or were added where they have no opening time, the latest first.",
  examples: ["slug"]
})
export type GameSort = typeof GameSort.Type

/** A place in the list, in one of its orders. */
export const GamePlace = Schema.Union([
  Schema.Struct({ sort: Schema.Literal("newest"), id: GameId }),
  Schema.Struct({ sort: Schema.Literal("slug"), slug: Slug }),
  Schema.Struct({
    sort: Schema.Literal("opening"),
    at: Moment.Millis,
    id: GameId
  })
])
export type GamePlace = typeof GamePlace.Type

/** The place of a game in the list of this order. */
export const placeOf = (sort: GameSort, { createdAt, id, opensAt, slug }: Game): GamePlace => {
  switch (sort) {
    case "newest":
      return { sort, id }
    case "slug":
      return { sort, slug }
    case "opening":
      return { sort, at: DateTime.toEpochMillis(opensAt ?? createdAt), id }
  }
}

export const GameCursor = Paging.cursor("games", GamePlace, { sort: "newest", id: GameId.make(gameExample) })

export const GamePage = Paging.pageOf(ManagedGame, GameCursor, {
  identifier: "GamePage",
  description: "A page of the games."
})
