import { DateTime, Schema } from "effect"
import { Model } from "effect/schema"
import { GameId, Slug } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const NoteId = uuidV7("note", example).pipe(Schema.brand("NoteId"))
export type NoteId = typeof NoteId.Type

/** A place in the list, which is ordered by the moment and the id, the latest first. */
export const NotePlace = Schema.Struct({ at: Moment.Millis, id: NoteId })
export type NotePlace = typeof NotePlace.Type

export const NoteCursor = Paging.cursor("statistics-notes", NotePlace, { at: 0, id: NoteId.make(example) })

/** In PostgreSQL a character is a code point, here a UTF-16 unit: what fits here fits there. */
const Text = plainText(200, {
  description: "What happened, for people. One line of at most 200 characters.",
  examples: ["Mailing sent"]
})

const aboutAt = "The moment that the note is about."

/** A row of the table. */
export class Note extends Model.Class<Note>("Note")({
  id: Model.UuidV7Insert(NoteId),
  gameId: Schema.NullOr(GameId),
  at: Schema.DateTimeUtcFromDate,
  text: Text,
  version: Schema.Int,
  createdAt: Model.DateTimeInsertFromDate,
  updatedAt: Model.DateTimeUpdateFromDate
}) {}

/** A stored note with the slug of its game. */
export const ShownNote = Schema.Struct({
  id: NoteId,
  game: Schema.NullOr(Slug),
  at: Schema.DateTimeUtcFromDate,
  text: Schema.String,
  version: Schema.Int,
  createdAt: Schema.DateTimeUtcFromDate,
  updatedAt: Schema.DateTimeUtcFromDate
})
export type ShownNote = typeof ShownNote.Type

export const placeOf = ({ at, id }: ShownNote): NotePlace => ({ at: DateTime.toEpochMillis(at), id })

/** The body of a creation. */
export const NewNote = Schema.Struct({
  game: Schema.optionalKey(
    Schema.NullOr(Slug).annotate({
      description: "The game that the note is about; null or left out: all games.",
      examples: ["wheel" as never]
    })
  ),
  at: Schema.optionalKey(Moment.fromClient(`${aboutAt} Left out: now.`, "2026-11-20T09:00:00.000Z")),
  text: Text
}).annotate({ identifier: "NewNote", description: "A note to add." })
export type NewNote = typeof NewNote.Type

/** The body of an update. */
export const NoteChange = Schema.Struct({
  at: Schema.optionalKey(Moment.fromClient(aboutAt, "2026-11-20T09:00:00.000Z")),
  text: Schema.optionalKey(Text)
}).annotate({
  identifier: "NoteChange",
  description: "The fields to change. Fields that are left out keep their values."
})
export type NoteChange = typeof NoteChange.Type

/** The answer. */
export const NoteFacts = Schema.Struct({
  id: NoteId,
  game: Schema.NullOr(Slug).annotate({
    description: "The game that the note is about; null: all games.",
    examples: ["wheel" as never]
  }),
  at: Moment.toClient(`${aboutAt} In UTC.`, "2026-11-20T09:00:00.000Z"),
  text: Schema.String.annotate({ description: "What happened, for people.", examples: ["Mailing sent"] }),
  version: Schema.Int.annotate({
    description: "Starts at 1 and is incremented by each change. The `ETag` holds it too.",
    examples: [1]
  }),
  createdAt: Moment.toClient("The time of creation, in UTC.", "2026-11-20T10:00:00.000Z"),
  updatedAt: Moment.toClient("The time of the last change, in UTC.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "Note", description: "A note on the charts of statistics." })
