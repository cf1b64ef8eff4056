import { Schema } from "effect"
import { Model } from "effect/schema"
import * as Paging from "../platform/Paging.ts"
import { plainText } from "../platform/PlainText.ts"

const example = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

export const SampleItemId = Schema.String.check(Schema.isUUID(7))
  .pipe(Schema.brand("SampleItemId"))
  .annotate({ title: "Sample item id", description: "UUID v7 of a sample item.", examples: [example as never] })
export type SampleItemId = typeof SampleItemId.Type

/** A place in the list, which is ordered by id: the newest first. */
export const SampleItemCursor = Paging.cursor("sample-items", SampleItemId, SampleItemId.make(example))

const Name = plainText(200, {
  description: "The sample item's name for people, which no other has. One line of at most 200 characters.",
  examples: ["Autumn"]
})

const Note = plainText(1000, {
  description: "What else is to be known of the sample item. One line of at most 1000 characters.",
  examples: ["For those who have played before."]
})

/** One sample item, as it is stored. */
export class SampleItem extends Model.Class<SampleItem>("SampleItem")({
  id: Model.UuidV7Insert(SampleItemId),
  name: Name,
  note: Schema.NullOr(Note),
  version: Schema.Int,
  createdAt: Model.DateTimeInsertFromDate,
  updatedAt: Model.DateTimeUpdateFromDate
}) {}

/** A sample item to be made. */
export const NewSampleItem = Schema.Struct({
  name: Name,
  note: Schema.optionalKey(
    Schema.NullOr(Note).annotate({ description: "What else is to be known of it; null or left out: nothing." })
  )
}).annotate({ identifier: "NewSampleItem", description: "A sample item to be made." })
export type NewSampleItem = typeof NewSampleItem.Type

/** What is to become of a sample item. */
export const SampleItemChange = Schema.Struct({
  name: Schema.optionalKey(Name),
  note: Schema.optionalKey(
    Schema.NullOr(Note).annotate({ description: "What else is to be known of it; null: nothing. Left out: as it was." })
  )
}).annotate({
  identifier: "SampleItemChange",
  description: "What is to become of a sample item. What is left out stays as it was."
})
export type SampleItemChange = typeof SampleItemChange.Type

const Moment = (description: string) =>
  Schema.DateTimeUtcFromString.pipe(
    Schema.annotateEncoded({ description, format: "date-time", examples: ["2026-11-20T10:00:00.000Z"] })
  )

/** A sample item, as it is answered. */
export const SampleItemFacts = Schema.Struct({
  id: SampleItemId,
  name: Name,
  note: Schema.NullOr(Note).annotate({ description: "What else is to be known of it; null: nothing." }),
  version: Schema.Int.annotate({ description: "Counts the changes, from 1 on. The `ETag` has it too.", examples: [1] }),
  createdAt: Moment("When it was made, in UTC."),
  updatedAt: Moment("When it was changed last, in UTC.")
}).annotate({ identifier: "SampleItem", description: "A sample item as it stands." })
