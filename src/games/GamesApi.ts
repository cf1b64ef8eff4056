import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { needs, widens } from "../platform/contract/Access.ts"
import { ETag, IfMatch } from "../platform/contract/Edits.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import {
  bodyProblems,
  ChangedMeanwhile,
  DatabaseUnavailable,
  TooManyRequests,
  ValidationFailed
} from "../platform/contract/Problems.ts"
import { GameFacts, GameState, Slug } from "./Game.ts"
import { GameArchived, GameNotFound, SlugTaken } from "./GameErrors.ts"
import { GameChange, GameCopy, GameCursor, GamePage, GameSort, GameToAdd, ManagedGame } from "./ManagedGame.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const

const params = { slug: Slug }

/** Of operations without a body. */
const edit = { params, headers: { "if-match": Schema.optionalKey(IfMatch) } }

const edited = [GameNotFound, GameArchived, ChangedMeanwhile, ...any] as const

/** A game whose `ETag` is its version. */
const Answer = ManagedGame.pipe(
  HttpApiSchema.encodeToWithHeaders(
    { body: ManagedGame, headers: { etag: ETag } },
    { decode: ({ body }) => body, encode: (game) => ({ body: game, headers: { etag: game.version } }) }
  )
)

/** All facts with an `ETag`, or the public ones. */
const Shown = Schema.Union([ManagedGame, GameFacts]).annotate({
  description: "All facts of the game for callers with `games:read`, and the public ones for everybody else."
})
const ShownAnswer = Shown.pipe(
  HttpApiSchema.encodeToWithHeaders(
    { body: Shown, headers: { etag: Schema.optionalKey(ETag) } },
    {
      decode: ({ body }) => body,
      encode: (game) => ({ body: game, headers: "version" in game ? { etag: game.version } : {} })
    }
  )
)

const location = Schema.String.annotate({ description: "The path of the game.", examples: ["/api/v1/games/wheel"] })

/** A game that was added. */
const Added = ManagedGame.pipe(
  HttpApiSchema.encodeToWithHeaders(
    { body: ManagedGame.pipe(HttpApiSchema.status(201)), headers: { etag: ETag, location } },
    {
      decode: ({ body }) => body,
      encode: (game) => ({
        body: game,
        headers: { etag: game.version, location: `/api/v1/games/${game.slug}` }
      })
    }
  )
)

export class GamesApi extends HttpApiGroup.make("games")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Paging.query(GameCursor),
        sort: Schema.optionalKey(GameSort),
        state: Schema.optionalKey(GameState),
        q: Schema.optionalKey(
          plainText(200, {
            description: "Only games whose slug or title begins with this text, in capitals or not.",
            examples: ["whe"]
          })
        ),
        esp: Schema.optionalKey(
          plainText(200, { description: "Only games of this ESP connection.", examples: ["sandbox"] })
        )
      },
      success: GamePage,
      error: [ValidationFailed, ...any]
    })
      .annotate(OpenApi.Summary, "List games")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(
        OpenApi.Description,
        "All games in pages, archived ones too, in the order of `sort`. A cursor belongs to its order: with another `sort` it is refused."
      )
      .pipe(needs("games:read")),
    HttpApiEndpoint.post("create", "/", {
      payload: GameToAdd,
      success: Added,
      error: [SlugTaken, ValidationFailed, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Add a game")
      .annotate(
        OpenApi.Description,
        "Adds a game. Unless its opening time lies ahead, it takes plays at once. The slug stands in URLs and never changes. Of requests with the same slug, one succeeds."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.get("get", "/:slug", {
      params,
      success: ShownAnswer,
      error: [GameNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show a game")
      .annotate(
        OpenApi.Description,
        "What anyone may know of a game: title, times, limits, and whether it takes plays at this moment. Callers with `games:read` get all facts, with an `ETag` that edits send as `If-Match`."
      )
      .pipe(widens("games:read")),
    HttpApiEndpoint.patch("update", "/:slug", {
      ...edit,
      payload: GameChange,
      success: Answer,
      error: [ValidationFailed, ...edited, ...bodyProblems]
    })
      .annotate(OpenApi.Summary, "Change a game")
      .annotate(
        OpenApi.Description,
        "Changes the fields in the body, and no others. The slug cannot change, because pages have it in their URLs: duplicate the game under another one. Another `esp` moves the game to that connection: verdicts of the one before stay, and players are registered at the new one when they play again, or by `fairground esp sync`. With `If-Match`, it fails if the game has changed since it was read, unless it is as the body wants it already."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.post("open", "/:slug/open", { ...edit, success: Answer, error: edited })
      .annotate(OpenApi.Summary, "Open a game")
      .annotate(
        OpenApi.Description,
        "Opens the game now: an opening time that lies ahead comes forward, and a closing time that has passed is lifted. An open game stays as it is."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.post("close", "/:slug/close", { ...edit, success: Answer, error: edited })
      .annotate(OpenApi.Summary, "Close a game")
      .annotate(
        OpenApi.Description,
        "Closes the game now: it takes no further plays, and one that has not opened yet never will. What was played stays. A closed game stays as it is."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.post("duplicate", "/:slug/duplicate", {
      params,
      payload: GameCopy,
      success: Added,
      error: [GameNotFound, SlugTaken, ValidationFailed, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Duplicate a game")
      .annotate(
        OpenApi.Description,
        "Adds a game that is set up like this one (title, times, limit, ESP connection, list and tags), without its plays. An archived game can be duplicated too."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.delete("delete", "/:slug", {
      ...edit,
      // In this order: everything fits an answer without content.
      success: [Answer, HttpApiSchema.NoContent],
      error: [GameNotFound, ChangedMeanwhile, ...any]
    })
      .annotate(OpenApi.Summary, "Delete or archive a game")
      .annotate(
        OpenApi.Description,
        "Deletes a game that nobody has ever played: 204. A game with plays is archived instead: 200 with the game, which is closed for good, takes no changes, and keeps its slug and its plays. So is a game of which it cannot be told in time, because there were millions of plays since it was added."
      )
      .pipe(needs("games:write"))
  )
  .prefix("/api/v1/games")
  .annotate(OpenApi.Description, "Promotional games: whether they take plays, and their management.") {}
