import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { Slugs } from "../games/Slugs.ts"
import { GameArchived, GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import { BodyLimit } from "../platform/contract/BodyLimit.ts"
import { ETag, IfMatch } from "../platform/contract/Edits.ts"
import {
  bodyProblems,
  ChangedMeanwhile,
  DatabaseUnavailable,
  TooManyRequests,
  ValidationFailed
} from "../platform/contract/Problems.ts"
import { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { ManagedPage, PageCopy, PageList, PageView, Preview, SentPage } from "./GamePage.ts"
import { ContrastTooLow, PageNotPublished } from "./GamePageErrors.ts"
import { PublicPage } from "./PublicPage.ts"

/** 256 KiB: a quiz of fifty questions in twenty languages. */
const largest = 262_144

const any = [TooManyRequests, DatabaseUnavailable] as const

const params = { slug: Slug }

const edit = { params, headers: { "if-match": Schema.optionalKey(IfMatch) } }

const edited = [
  GameNotFound,
  GameArchived,
  ChangedMeanwhile,
  ContrastTooLow,
  ValidationFailed,
  SecretsKeyMissing,
  ...bodyProblems,
  ...any
] as const

/** A page whose `ETag` is its version. */
const Answer = ManagedPage.pipe(
  HttpApiSchema.encodeToWithHeaders(
    { body: ManagedPage, headers: { etag: ETag } },
    { decode: ({ body }) => body, encode: (page) => ({ body: page, headers: { etag: page.version } }) }
  )
)

export class PagesApi extends HttpApiGroup.make("pages")
  .add(
    HttpApiEndpoint.get("show", "/:slug/page", {
      params,
      query: {
        // Of any form: it comes from the brand's page, and whatever that says, visitors get the game.
        lang: Schema.optionalKey(
          Schema.String.annotate({
            description:
              "BCP 47 tag of the language. Left out, or no such tag: by `Accept-Language`. What the page lacks is answered in the first language that it has.",
            examples: ["de"]
          })
        ),
        preview: Schema.optionalKey(
          Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200)).annotate({
            description: "The token of a preview link: shows a draft.",
            examples: ["AVm2…"]
          })
        )
      },
      success: PublicPage,
      error: [GameNotFound, PageNotPublished, ValidationFailed, ...any]
    })
      .annotate(OpenApi.Summary, "Show a game's page")
      .annotate(
        OpenApi.Description,
        "What a page needs to show the game: what is played, how it looks, and the texts, in one language. It never says how likely anything is. The answer has an `ETag`: with `If-None-Match` it is 304 as long as nothing has changed. A change is seen within a second. Pages of the game's own origins may call it, and those of `CORS_ORIGINS`."
      ),
    HttpApiEndpoint.post("view", "/:slug/views", {
      params,
      // The second is what `navigator.sendBeacon` sends of a text: the browser asks nobody before (no preflight).
      payload: [
        PageView,
        Schema.String.check(Schema.isMaxLength(1000))
          .annotate({ description: "The same as text.", examples: ['{"step":"view"}'] })
          .pipe(HttpApiSchema.asText())
      ],
      success: HttpApiSchema.NoContent,
      error: [ValidationFailed, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Count a view")
      .annotate(
        OpenApi.Description,
        "Counts that the game was shown, begun, or agreed to, by the origin of the page that it is in. Nothing else is kept, and nobody is told apart from anybody. The body may be sent as `text/plain`, as `navigator.sendBeacon` does. Counts are stored some seconds later; what names no game is dropped then."
      ),
    HttpApiEndpoint.get("settings", "/:slug/page/settings", {
      params,
      success: Answer,
      error: [GameNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show how a game's page is set up")
      .annotate(
        OpenApi.Description,
        "All that is set of the page, with the weights of its segments, and an `ETag` that edits send as `If-Match`. A game whose page was never set up has a plain wheel."
      )
      .pipe(needs("games:read")),
    HttpApiEndpoint.put("change", "/:slug/page/settings", {
      ...edit,
      payload: SentPage,
      success: Answer,
      error: edited
    })
      .annotate(BodyLimit, largest)
      .annotate(OpenApi.Summary, "Set a game's page up")
      .annotate(
        OpenApi.Description,
        "Replaces the whole page: what the body leaves out is as on a page that was never set up. Visitors see it within a second. As soon as a segment has a weight, every play draws one, in the statement that records it, and the answer says which: `prize`. What is drawn hangs on a secret seed of the game, the address and the number of the play, so that nobody can choose it, and a repeated request gives the same. With `If-Match`, it fails if the page has changed since it was read, unless it is as the body wants it already. The body may have 256 KiB."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.post("copy", "/:slug/page/copy", { ...edit, payload: PageCopy, success: Answer, error: edited })
      .annotate(OpenApi.Summary, "Copy a page from another game")
      .annotate(
        OpenApi.Description,
        "Gives the game the page of another one, such as after duplicating that game. What plays draw hangs on a seed of its own."
      )
      .pipe(needs("games:write")),
    HttpApiEndpoint.post("preview", "/:slug/page/preview", {
      params,
      success: Preview,
      error: [GameNotFound, SecretsKeyMissing, ...any]
    })
      .annotate(OpenApi.Summary, "Make a preview link")
      .annotate(
        OpenApi.Description,
        "A link to the page as it is stored, draft or not, for an hour. Whoever has it sees the page; plays count."
      )
      .pipe(needs("games:write"))
  )
  .prefix("/api/v1/games")
  .add(
    HttpApiEndpoint.get("list", "/api/v1/pages", { query: { games: Slugs }, success: PageList, error: any })
      .annotate(OpenApi.Summary, "Show what the pages of several games are")
      .annotate(
        OpenApi.Description,
        "What is played on the pages of these games, and whether they are drafts: what a list of games shows, in one answer. Games whose pages were never set up are among them."
      )
      .pipe(needs("games:read"))
  )
  .annotate(OpenApi.Description, "The pages that games are played on: what visitors get, and how staff set it up.") {}
