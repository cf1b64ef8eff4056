import { Duration, Effect, Option, Schema } from "effect"
import { type EspAnswer, rateLimited, secondsOf, unexpected } from "../EspAnswer.ts"
import { type EspError, EspMisconfigured, EspUnavailable } from "../../EspClient.ts"

const Coded = Schema.Struct({ code: Schema.String })
const Duplicated = Schema.Struct({
  metadata: Schema.Struct({ duplicate_identifiers: Schema.Array(Schema.String) })
})

const Created = Schema.Struct({ id: Schema.Int })

const decodeCreated = Schema.decodeUnknownOption(Created)
const decodeCoded = Schema.decodeUnknownOption(Coded)
const decodeDuplicated = Schema.decodeUnknownOption(Duplicated)

/** `code` of an error; "API response codes", and `ErrorModel` of the official SDK. */
export const codeOf = ({ json }: EspAnswer): string | undefined => Option.getOrUndefined(decodeCoded(json))?.code

/**
 * The address is a contact already. Brevo says so in `metadata` since 2024-10-16, under a code that has changed since;
 * older answers have only the code. The message has changed twice.
 */
export const isDuplicate = (answer: EspAnswer): boolean =>
  answer.status === 400 &&
  Option.match(decodeDuplicated(answer.json), {
    onSome: ({ metadata }) => metadata.duplicate_identifiers.includes("email"),
    onNone: () => codeOf(answer) === "duplicate_parameter"
  })

/** The address, the list or an attribute is wrong: the code is the same for all of them. */
export const isInvalid = (answer: EspAnswer): boolean =>
  answer.status === 400 && ["invalid_parameter", "missing_parameter", "out_of_range"].includes(codeOf(answer) ?? "")

/** An hour is the longest window; a longer wait would be another unit than seconds. */
const longestWait = Duration.hours(1)

const resetOf = ({ headers }: EspAnswer): Duration.Duration | undefined => {
  const wait = secondsOf(headers["x-sib-ratelimit-reset"] ?? headers["retry-after"])
  return wait === undefined ? undefined : Duration.min(wait, longestWait)
}

/** 201 alone is no word of Brevo's: it has the number of the contact that it has created ("Create a contact"). */
export const isCreated = ({ json, status }: EspAnswer): boolean => status === 201 && Option.isSome(decodeCreated(json))

/** How long the account takes no further call after this good answer; undefined: it does. "Rate limit headers". */
export const exhaustedFor = (answer: EspAnswer): Duration.Duration | undefined =>
  answer.status !== 429 && answer.headers["x-sib-ratelimit-remaining"]?.trim() === "0" ? resetOf(answer) : undefined

const misconfigured: ReadonlyMap<string, string> = new Map([
  ["unauthorized", "the credentials are refused (401)"],
  ["permission_denied", "the credentials do not permit it (403)"],
  ["not_enough_credits", "the Brevo account has no credits left (not_enough_credits)"],
  ["account_under_validation", "Brevo has not validated the account yet (account_under_validation)"]
])

/** Brevo has done nothing, and will when asked again. */
const notNow: ReadonlyMap<string, string> = new Map([
  ["account_in_process", "account-in-process"],
  ["duplicate_request", "duplicate-request"]
])

/** The error of an answer that is no success, where it is not the contact's. By status and code, never by the message. */
export const problem = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string }
): Effect.Effect<never, EspError> => {
  const { status } = answer
  if (status === 429) return Effect.fail(rateLimited(resetOf(answer)))
  // Too Early: declared for the creation of contacts, with the body of an error.
  if (status === 425) return Effect.fail(EspUnavailable.notReached("status-425"))
  if (status >= 400 && status < 500) {
    const code = codeOf(answer) ?? ""
    const wrong = misconfigured.get(code)
    if (wrong !== undefined) return Effect.fail(new EspMisconfigured({ reason: wrong }))
    const wait = notNow.get(code)
    if (wait !== undefined) return Effect.fail(EspUnavailable.notReached(wait))
  }
  return unexpected(answer, client)
}

/** What is read of `GET /contacts/{identifier}`. */
export const Contact = Schema.Struct({
  emailBlacklisted: Schema.Boolean,
  listIds: Schema.Array(Schema.Number)
})
export const decodeContact = Schema.decodeUnknownOption(Contact)

/** Of `GET /contacts/lists/{listId}`. */
export const decodeList = Schema.decodeUnknownOption(Schema.Struct({ name: Schema.String }))

/** Of `GET /contacts/attributes`. */
export const decodeAttributes = Schema.decodeUnknownOption(
  Schema.Struct({
    attributes: Schema.Array(
      Schema.Struct({ name: Schema.String, category: Schema.String, type: Schema.optionalKey(Schema.String) })
    )
  })
)

/** Of `GET /smtp/templates/{templateId}`. */
export const decodeTemplate = Schema.decodeUnknownOption(
  Schema.Struct({ isActive: Schema.Boolean, doiTemplate: Schema.optionalKey(Schema.Boolean) })
)
