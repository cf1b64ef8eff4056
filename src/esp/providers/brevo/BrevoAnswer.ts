import { Duration, Effect, Option, Schema } from "effect"
import { secondsOf } from "../../../platform/outbound/HttpAnswer.ts"
import { type EspAnswer, rateLimited, unexpected } from "../EspAnswer.ts"
import { type EspError, EspMisconfigured, EspUnavailable } from "../../EspClient.ts"

const Coded = Schema.Struct({ code: Schema.String })
const Duplicated = Schema.Struct({
  metadata: Schema.Struct({ duplicate_identifiers: Schema.Array(Schema.String) })
})

const Created = Schema.Struct({ id: Schema.Int })

const decodeCreated = Schema.decodeUnknownOption(Created)
const decodeCoded = Schema.decodeUnknownOption(Coded)
const decodeDuplicated = Schema.decodeUnknownOption(Duplicated)

/** The `code` of an error. "API response codes", and `ErrorModel` of the official SDK. */
const codeOf = ({ json }: EspAnswer): string | undefined => Option.getOrUndefined(decodeCoded(json))?.code

/**
 * Whether the address is already a contact. Since 2024-10-16 Brevo says so in `metadata`, under a code that has changed since;
 * older answers have only the code. The message has changed twice.
 */
export const isDuplicate = (answer: EspAnswer): boolean =>
  answer.status === 400 &&
  Option.match(decodeDuplicated(answer.json), {
    onSome: ({ metadata }) => metadata.duplicate_identifiers.includes("email"),
    onNone: () => codeOf(answer) === "duplicate_parameter"
  })

/** Whether the address, the list or an attribute is wrong. Brevo has the same codes for all three. */
export const isInvalid = (answer: EspAnswer): boolean =>
  answer.status === 400 && ["invalid_parameter", "missing_parameter", "out_of_range"].includes(codeOf(answer) ?? "")

/** The longest window is an hour. A longer wait would not be in seconds, so it is cut to this. */
const longestWait = Duration.hours(1)

const resetOf = ({ headers }: EspAnswer): Duration.Duration | undefined => {
  const wait = secondsOf(headers["x-sib-ratelimit-reset"] ?? headers["retry-after"])
  return wait === undefined ? undefined : Duration.min(wait, longestWait)
}

/** Whether Brevo created the contact. Its 201 has the contact's number ("Create a contact"); one without is not Brevo's. */
export const isCreated = ({ json, status }: EspAnswer): boolean => status === 201 && Option.isSome(decodeCreated(json))

/** How long the quota is used up after this successful answer; undefined: calls are left. "Rate limit headers". */
export const exhaustedFor = (answer: EspAnswer): Duration.Duration | undefined =>
  answer.status !== 429 && answer.headers["x-sib-ratelimit-remaining"]?.trim() === "0" ? resetOf(answer) : undefined

const misconfigured: ReadonlyMap<string, string> = new Map([
  ["unauthorized", "the credentials are refused (401)"],
  ["permission_denied", "the credentials do not permit it (403)"],
  ["not_enough_credits", "the Brevo account has no credits left (not_enough_credits)"],
  ["account_under_validation", "Brevo has not validated the account yet (account_under_validation)"]
])

/** Codes of temporary refusals: Brevo did nothing, and a retry can succeed. */
const temporary: ReadonlyMap<string, string> = new Map([
  ["account_in_process", "account-in-process"],
  ["duplicate_request", "duplicate-request"]
])

/** The error of an unsuccessful answer that is not about the contact, by status and code, never by the message. */
export const problem = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string }
): Effect.Effect<never, EspError> => {
  const { status } = answer
  if (status === 429) return Effect.fail(rateLimited(resetOf(answer)))
  // Brevo documents 425 (Too Early) for the creation of contacts.
  if (status === 425) return Effect.fail(EspUnavailable.notReached("status-425"))
  if (status >= 400 && status < 500) {
    const code = codeOf(answer) ?? ""
    const wrong = misconfigured.get(code)
    if (wrong !== undefined) return Effect.fail(new EspMisconfigured({ reason: wrong }))
    const reason = temporary.get(code)
    if (reason !== undefined) return Effect.fail(EspUnavailable.notReached(reason))
  }
  return unexpected(answer, client)
}

/** Of `GET /contacts/{identifier}`. */
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
