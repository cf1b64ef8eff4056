import { Schema } from "effect"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { EmailInput } from "../players/Email.ts"
import { Verdict } from "../esp/Verdict.ts"
import { Slug } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { storable } from "../platform/contract/JsonData.ts"
import { plainText } from "../platform/contract/PlainText.ts"

export const PlayId = uuidV7("play", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52").pipe(Schema.brand("PlayId"))
export type PlayId = typeof PlayId.Type

const Consent = Schema.Struct({
  textVersion: plainText(100, {
    description: "Version of the consent text that the player agreed to.",
    examples: ["2026-10"]
  }),
  // BCP 47: the pattern admits every well-formed tag of usual length; what is registered is not checked.
  language: Schema.String.check(Schema.isPattern(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,4}$/u)).annotate({
    description: "BCP 47 tag of the language of that text.",
    examples: ["en"]
  })
}).annotate({
  identifier: "Consent",
  description:
    "The player's consent to marketing. Left out: the play gives none, and a play by itself never counts as one."
})

/** The largest `data`, in bytes of JSON. */
const dataLimit = 4096

// Annotated before the check: the OpenAPI document omits a check that JSON Schema cannot express, and its annotations.
const Data = Schema.Record(Schema.String, Schema.Unknown)
  .annotate({
    description:
      "Whatever the game wants to keep with the play: a JSON object of at most 4 KiB and 32 levels. Integers are at most 2^53 - 1 either way; a larger one is refused, and is to be sent as text.",
    examples: [{ prize: "coffee" }]
  })
  .check(Schema.makeFilter((data: { readonly [key: string]: unknown }) => storable(data, dataLimit) ?? true))

/** What a page sends to record a play. */
export const RecordPlay = Schema.Struct({
  email: EmailInput,
  name: Schema.optionalKey(plainText(200, { description: "The player's name.", examples: ["Nora"] })),
  score: Schema.optionalKey(Schema.Finite.annotate({ description: "The score that was reached.", examples: [120] })),
  consent: Schema.optionalKey(Consent),
  data: Schema.optionalKey(Data)
}).annotate({ identifier: "RecordPlay", description: "A play to record." })
export type RecordPlay = typeof RecordPlay.Type

/** What a live event says of a play that was recorded: nothing that leads to its player. */
export const PlayNews = Schema.Struct({
  id: PlayId,
  playedAt: Moment.toClient("When the play was recorded, in UTC.", "2026-11-20T10:00:00.000Z"),
  number: Schema.Int.annotate({
    description: "Which of its player's plays of the game it is: 1 is the first.",
    examples: [1]
  }),
  contact: Verdict.pipe(
    Schema.annotateKey({
      description: "The verdict that was known when it was recorded. A later one is told with the contact.",
      examples: ["unknown"]
    })
  )
}).annotate({ identifier: "PlayNews", description: "A play that was recorded." })

/** A field that a module's `PlayPart` adds to the answer. */
export interface PlayField {
  /** The field's name, in camelCase. */
  readonly field: string
  /** Annotated for the OpenAPI document. */
  readonly schema: Schema.Codec<unknown, unknown>
}

const asPlay = { identifier: "Play", description: "A recorded play." }

/** The answer to a play: whether the ESP knew the address, whether it had played before, and how many plays it has now. */
export const PlayReceipt = Schema.Struct({
  id: PlayId,
  game: Slug,
  playedAt: Moment.toClient("When the play was recorded, in UTC.", "2026-11-20T10:00:00.000Z"),
  playedBefore: Schema.Boolean.annotate({
    description: "Whether the address had played this game before.",
    examples: [false]
  }),
  plays: Schema.Int.annotate({
    description: "How many times the address has played this game, this play included.",
    examples: [1]
  }),
  contact: Verdict
}).annotate(asPlay)
export type PlayReceipt = typeof PlayReceipt.Type

/**
 * The answer with the fields of parts. Each field is optional: a play may be older than the module, and some fields are shown
 * only in the answer that records the play.
 */
export const receiptWith = (fields: ReadonlyArray<PlayField>): typeof PlayReceipt => {
  if (fields.length === 0) return PlayReceipt
  const added = Object.fromEntries(fields.map(({ field, schema }) => [field, Schema.optionalKey(schema)]))
  // The added fields are known only at run time: the static type stays that of the plain answer.
  return Schema.Struct({ ...PlayReceipt.fields, ...added }).annotate(asPlay)
}
