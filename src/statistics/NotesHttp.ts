import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import * as Handlers from "../platform/edge/Handlers.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import type { ShownNote } from "./Note.ts"
import { Notes } from "./Notes.ts"
import { NotesApi } from "./NotesApi.ts"

const withETag = (body: ShownNote) => HttpApiSchema.withHeaders({ body, headers: { etag: body.version } })

export const layer = Handlers.group(
  contractOf(NotesApi),
  "statisticsNotes",
  Effect.fnUntraced(function* (handlers) {
    const notes = yield* Notes
    return handlers.handleAll({
      list: ({ query: { cursor, ...query } }) =>
        notes.list({ ...query, ...(cursor === undefined ? {} : { after: cursor }) }),
      get: ({ params }) => Effect.map(notes.find(params.id), withETag),
      create: ({ payload }) =>
        Effect.map(notes.add(payload), (body) =>
          HttpApiSchema.withHeaders({
            body,
            headers: { etag: body.version, location: `/api/v1/statistics/notes/${body.id}` }
          })
        ),
      update: ({ headers, params, payload }) =>
        Effect.map(notes.change(params.id, payload, headers["if-match"] ?? null), withETag),
      delete: ({ headers, params }) => notes.remove(params.id, headers["if-match"] ?? null)
    })
  })
)
