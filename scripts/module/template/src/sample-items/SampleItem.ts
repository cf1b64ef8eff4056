import { Schema } from "effect"
import { Model } from "effect/schema"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { plainText } from "../platform/contract/PlainText.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const SampleItemId = uuidV7("sample item", example).pipe(Schema.brand("SampleItemId"))
export type SampleItemId = typeof SampleItemId.Type

/** The list is ordered by id, newest first. */
export const SampleItemCursor = Paging.cursor("sample-items", SampleItemId, SampleItemId.make(example))

const Name = plainText(200, {
  description: "The sample item's name, which is unique. One line of at most 200 characters.",
  examples: ["Autumn"]
})

const Note = plainText(1000, {
  description: "A note about the sample item. One line of at most 1000 characters.",
  examples: ["For returning players."]
})

/** A row of the table. */
export class SampleItem extends Model.Class<SampleItem>("SampleItem")({
  id: Model.UuidV7Insert(SampleItemId),
  name: Name,
  note: Schema.NullOr(Note),
  version: Schema.Int,
  createdAt: Model.DateTimeInsertFromDate,
  updatedAt: Model.DateTimeUpdateFromDate
}) {}

/** The body of a creation. */
export const NewSampleItem = Schema.Struct({
  name: Name,
  note: Schema.optionalKey(Schema.NullOr(Note).annotate({ description: "A note; null or left out: none." }))
}).annotate({ identifier: "NewSampleItem", description: "A sample item to create." })
export type NewSampleItem = typeof NewSampleItem.Type

/** The body of an update. */
export const SampleItemChange = Schema.Struct({
  name: Schema.optionalKey(Name),
  note: Schema.optionalKey(Schema.NullOr(Note).annotate({ description: "A note; null removes it." }))
}).annotate({
  identifier: "SampleItemChange",
  description: "The fields to change. Fields that are left out keep their values."
})
export type SampleItemChange = typeof SampleItemChange.Type

/** The answer. */
export const SampleItemFacts = Schema.Struct({
  id: SampleItemId,
  name: Name,
  note: Schema.NullOr(Note).annotate({ description: "A note; null: none." }),
  version: Schema.Int.annotate({
    description: "Starts at 1 and is incremented by each change. The `ETag` holds it too.",
    examples: [1]
  }),
  createdAt: Moment.toClient("The time of creation, in UTC.", "2026-11-20T10:00:00.000Z"),
  updatedAt: Moment.toClient("The time of the last change, in UTC.", "2026-11-20T10:00:00.000Z")
}).annotate({ identifier: "SampleItem", description: "A sample item." })
