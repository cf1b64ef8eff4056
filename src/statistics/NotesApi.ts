import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import { ETag, IfMatch } from "../platform/contract/Edits.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { bodyProblems, ChangedMeanwhile, DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { NewNote, NoteChange, NoteCursor, NoteFacts, NoteId } from "./Note.ts"
import { NoteNotFound } from "./StatisticsErrors.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const params = { id: NoteId }
const headers = { "if-match": Schema.optionalKey(IfMatch) }

const location = Schema.String.annotate({
  description: "The path of the note.",
  examples: ["/api/v1/statistics/notes/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
})

const NotePage = Paging.pageOf(NoteFacts, NoteCursor, {
  identifier: "NotePage",
  description: "A page of notes on the statistics."
})

export class NotesApi extends HttpApiGroup.make("statisticsNotes")
  .add(
    HttpApiEndpoint.get("list", "/", {
      query: {
        ...Paging.query(NoteCursor),
        game: Schema.optionalKey(
          Slug.annotate({
            description: "Only notes about this game, and those about all games. Left out: all notes.",
            examples: ["wheel" as never]
          })
        ),
        from: Schema.optionalKey(
          Moment.fromClient("Only notes about this moment or a later one.", "2026-11-01T00:00:00.000Z")
        ),
        to: Schema.optionalKey(Moment.fromClient("Only notes about an earlier moment.", "2026-12-01T00:00:00.000Z"))
      },
      success: NotePage,
      error: [GameNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "List notes on the statistics")
      .annotate(OpenApi.Transform, Paging.limitIsNumber)
      .annotate(OpenApi.Description, "What people have noted on the charts, the latest moment first, in pages.")
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.get("get", "/:id", {
      params,
      success: HttpApiSchema.WithHeaders(NoteFacts, { etag: ETag }),
      error: [NoteNotFound, ...any]
    })
      .annotate(OpenApi.Summary, "Show a note on the statistics")
      .annotate(OpenApi.Description, "Returns the note. Edits send its `ETag` as `If-Match`.")
      .pipe(needs("statistics:read")),
    HttpApiEndpoint.post("create", "/", {
      payload: NewNote,
      success: HttpApiSchema.WithHeaders(NoteFacts.pipe(HttpApiSchema.status(201)), { etag: ETag, location }),
      error: [GameNotFound, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Note something on the statistics")
      .annotate(
        OpenApi.Description,
        "Adds a note to the charts of a game, or to those of all games: a mailing that was sent, a post that was shared. It explains a peak to whoever looks later, and changes no count."
      )
      .pipe(needs("statistics:write")),
    HttpApiEndpoint.patch("update", "/:id", {
      params,
      headers,
      payload: NoteChange,
      success: HttpApiSchema.WithHeaders(NoteFacts, { etag: ETag }),
      error: [NoteNotFound, ChangedMeanwhile, ...bodyProblems, ...any]
    })
      .annotate(OpenApi.Summary, "Change a note on the statistics")
      .annotate(
        OpenApi.Description,
        "Changes the fields in the body, and no others. With `If-Match`, it fails if the note has changed since it was read."
      )
      .pipe(needs("statistics:write")),
    HttpApiEndpoint.delete("delete", "/:id", {
      params,
      headers,
      success: HttpApiSchema.NoContent,
      error: [NoteNotFound, ChangedMeanwhile, ...any]
    })
      .annotate(OpenApi.Summary, "Delete a note on the statistics")
      .annotate(
        OpenApi.Description,
        "Deletes the note for good. With `If-Match`, it fails if the note has changed since it was read."
      )
      .pipe(needs("statistics:write"))
  )
  .prefix("/api/v1/statistics/notes")
  .annotate(OpenApi.Description, "Notes on the charts of statistics.") {}
