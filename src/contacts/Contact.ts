import { Schema } from "effect"
import { Mailability, Verdict } from "../esp/Verdict.ts"
import { Slug } from "../games/Game.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { queryBoolean } from "../platform/contract/QueryBoolean.ts"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { emailOrNull, playerExample, PlayerId } from "../players/Player.ts"

/** The name of an ESP connection in a request, also of one that the settings no longer have. */
export const EspName = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)).annotate({
  description: "Name of an ESP connection.",
  examples: ["sandbox"]
})

/** A place in the list of contacts. `dueAt`: in milliseconds since 1970, where the list is ordered by due time; else null. */
export const ContactListPlace = Schema.Struct({
  playerId: Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u)),
  esp: Schema.String.check(Schema.isMaxLength(100)),
  dueAt: Schema.NullOr(Moment.Millis)
})
export type ContactListPlace = typeof ContactListPlace.Type

export const ContactCursor = Paging.cursor("contacts", ContactListPlace, {
  playerId: playerExample,
  esp: "sandbox",
  dueAt: null
})

export const VerdictQuery = Schema.Literals(["existed", "created", "rejected", "unknown"]).annotate({
  description: "Only contacts with this verdict. `unknown` ones wait for an attempt, or are stuck.",
  examples: ["rejected"]
})

export const StuckQuery = queryBoolean(
  "`true`: only contacts that were given up without a verdict. `false`: only those that wait for their next attempt; a list has them by when it is due.",
  "true"
)

/** Contacts without further attempts: given up without a verdict, or rejected by the ESP. */
export const EndedAs = Schema.Literals(["stuck", "rejected"]).annotate({
  description: "`stuck`: given up without a verdict. `rejected`: the ESP will not take the address.",
  examples: ["stuck"]
})

/** A contact in an answer. */
export const ContactFacts = Schema.Struct({
  playerId: PlayerId,
  email: emailOrNull,
  esp: Schema.String.annotate({
    description: "Name of the ESP connection, which the settings may no longer have.",
    examples: ["sandbox"]
  }),
  verdict: Verdict,
  mailability: Schema.NullOr(Mailability).annotate({
    description:
      "Whether mail may be sent to it, as the ESP's answer tells: `subscribed`, `pending` (asked to confirm), `unsubscribed`, `suppressed` (blocked after a bounce, a complaint or by hand), `unknown` (the answer does not say); null: there was no answer.",
    examples: ["subscribed"]
  }),
  reason: Schema.NullOr(Schema.String).annotate({
    description: "Why the ESP rejected it, or why the last attempt failed; null: nothing failed.",
    examples: [null]
  }),
  attempts: Schema.Int.annotate({ description: "Attempts at the ESP that were begun.", examples: [1] }),
  game: Slug,
  playId: uuidV7("play", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52").annotate({
    description: "The play that asked for the contact: its name and consent are sent along."
  }),
  createdAt: Moment.toClient("When that play was recorded, in UTC.", "2026-11-20T10:00:00.000Z"),
  settledAt: Moment.toClientOrNull(
    "When the verdict came, in UTC; null: there is none yet.",
    "2026-11-20T10:00:00.412Z"
  ),
  dueAt: Moment.toClientOrNull(
    "When the next attempt may begin, in UTC; of an attempt that runs, when it is taken to have failed. Null: none will. With the verdict `unknown` the contact is stuck then.",
    "2026-11-20T10:05:00.000Z"
  )
}).annotate({ identifier: "Contact", description: "A player's record at an ESP." })
export type ContactFacts = typeof ContactFacts.Type

/** What a live event says of a contact. Its player is named by an id alone. */
export const ContactNews = Schema.Struct({
  playerId: PlayerId,
  esp: Schema.String.annotate({ description: "Name of the ESP connection.", examples: ["sandbox"] }),
  verdict: Verdict.pipe(
    Schema.annotateKey({
      description: "The verdict that has come; `unknown`: the contact was given up without one.",
      examples: ["created"]
    })
  )
}).annotate({ identifier: "ContactNews", description: "A contact that got its verdict or was given up." })

/** What a client sends to have contacts attempted again. */
export const RetryContacts = Schema.Struct({
  as: EndedAs,
  esp: Schema.optionalKey(EspName.annotate({ description: "Only those at this ESP connection.", examples: ["shop"] })),
  game: Schema.optionalKey(Slug.annotate({ description: "Only those that plays of this game have asked for." })),
  since: Schema.optionalKey(
    Moment.fromClient("Only those that were given up or rejected from then on.", "2026-11-20T10:00:00.000Z")
  ),
  cursor: Schema.optionalKey(ContactCursor)
}).annotate({ identifier: "RetryContacts", description: "Which contacts are attempted again." })

export const RetriedContacts = Schema.Struct({
  started: Schema.Int.annotate({ description: "How many contacts this request has made due.", examples: [17] }),
  nextCursor: Schema.NullOr(ContactCursor).annotate({
    description: "Send the request again with it as `cursor`, to go on; null: all are done.",
    examples: [null]
  })
}).annotate({ identifier: "RetriedContacts", description: "How far the request has come." })
