import { Duration, Effect, Option, Schema } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, isOf, rateLimited, unexpected } from "../EspAnswer.ts"
import { type EspContact, type EspError, EspMisconfigured, EspRejected, EspUnavailable } from "../../EspClient.ts"

// Marketing API reference, "List Members": https://mailchimp.com/developer/marketing/api/list-members/
const Member = Schema.Struct({ status: Schema.String })
const Created = Schema.Struct({ ...Member.fields, email_address: Schema.String })

/** Mailchimp's RFC 9457 problem: `title` is from a fixed glossary, `detail` is prose. Docs: "API concepts", "Errors". */
const Problem = Schema.Struct({
  title: Schema.String,
  status: Schema.Int,
  detail: Schema.optionalKey(Schema.String),
  errors: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ field: Schema.optionalKey(Schema.String), message: Schema.optionalKey(Schema.String) })
    )
  )
})
export type Problem = typeof Problem.Type

const decodeMember = Schema.decodeUnknownOption(Member)
const decodeCreated = Schema.decodeUnknownOption(Created)
const decodeProblem = Schema.decodeUnknownOption(Problem)

const problemOf = ({ json }: EspAnswer): Problem | undefined => Option.getOrUndefined(decodeProblem(json))

/** The status of the contact's new member in a 200; undefined: the answer shows none, or another contact's. */
export const createdStatusOf = ({ json, status }: EspAnswer, contact: EspContact): string | undefined => {
  const member = status === 200 ? Option.getOrUndefined(decodeCreated(json)) : undefined
  return member !== undefined && isOf(contact, member.email_address) ? member.status : undefined
}

/** The status of the member in an answer. */
export const statusOf = ({ json }: EspAnswer): string | undefined => Option.getOrUndefined(decodeMember(json))?.status

/**
 * Docs: "Audiences", "Contacts". `cleaned`: the address bounced permanently; `transactional`: the member never had the
 * marketing permission; `archived`: the brand removed the member from the audience.
 */
export const mailabilityOf = (status: string): Mailability => {
  switch (status) {
    case "subscribed":
      return "subscribed"
    case "pending":
      return "pending"
    case "unsubscribed":
    case "transactional":
    case "archived":
      return "unsubscribed"
    case "cleaned":
      return "suppressed"
    default:
      return "unknown"
  }
}

/**
 * The mailability of a contact that a 400 says exists already; undefined: the 400 is about something else.
 *
 * `Member Exists` includes archived members. `Member In Compliance State` means that the member unsubscribed, bounced or is
 * under review; only the member's own record says which.
 */
export const conflictOf = (answer: EspAnswer): Mailability | undefined => {
  const title = answer.status === 400 ? problemOf(answer)?.title : undefined
  if (title === "Member Exists") return "unknown"
  return title === "Member In Compliance State" ? "suppressed" : undefined
}

const fieldOf = (field: string | undefined): string => (field ?? "").replace(/^\/?merge_fields[./]/, "").toUpperCase()

/** The sent merge fields that a 400 names as wrong; none where something else is wrong too. */
export const wrongFields = (answer: EspAnswer, sent: ReadonlyArray<string>): ReadonlyArray<string> => {
  const problem = problemOf(answer)
  if (answer.status !== 400 || problem?.title !== "Invalid Resource") return []
  const named = new Set((problem.errors ?? []).map(({ field }) => fieldOf(field)))
  const wrong = sent.filter((field) => named.has(field.toUpperCase()))
  return wrong.length === named.size ? wrong : []
}

/** Wait for an address that has signed up to many lists. Mailchimp names no time. */
const throttled = Duration.hours(1)

/** Wait after Mailchimp's edge refused a call without a body, because of too many calls. It names no time. */
const overloaded = Duration.seconds(10)

const isAddressRefused = ({ detail = "", errors = [] }: Problem): boolean =>
  errors.some(({ field }) => field === "email_address") ||
  // Mailchimp has no codes for these, and its messages are always in English.
  /looks fake or invalid|provide a valid email address|portion of the email address is invalid/i.test(detail)

const invalidResource = (problem: Problem, isGames: boolean): EspError | undefined => {
  if (isAddressRefused(problem)) return new EspRejected({ reason: "invalid-address" })
  if (/signed up to a lot of lists very recently/i.test(problem.detail ?? "")) {
    // This concerns one address: `rate-limited` would close the whole account.
    return new EspUnavailable({
      reason: "too-many-signups",
      mayHaveActed: false,
      retryAfter: throttled,
      ofContact: true
    })
  }
  const fields = (problem.errors ?? []).map(({ field }) => fieldOf(field)).filter((field) => field !== "")
  // These fields were not sent, so the audience requires values that the play does not have.
  return fields.length > 0
    ? new EspMisconfigured({
        reason: `the audience does not take contacts without: ${fields.join(", ")}`,
        ofContact: isGames
      })
    : undefined
}

const ruleOf = (answer: EspAnswer, list: string, isGames: boolean): EspError | undefined => {
  const problem = problemOf(answer)
  switch (answer.status) {
    case 400:
      if (problem?.title === "Forgotten Email Not Subscribed") return new EspRejected({ reason: "forgotten" })
      return problem?.title === "Invalid Resource" ? invalidResource(problem, isGames) : undefined
    case 404:
      return problem?.title === "Resource Not Found"
        ? new EspMisconfigured({ reason: `there is no audience ${JSON.stringify(list)} (404)`, ofContact: isGames })
        : undefined
    case 426:
      return new EspMisconfigured({ reason: "base must be an https: URL (426)" })
    default:
      return undefined
  }
}

/**
 * The error of an answer that is neither a member nor a conflict, by status and `title`, and by stable fragments of `detail`
 * where Mailchimp offers nothing else.
 *
 * `isGames`: a game named the audience, so an error about it concerns that game alone.
 *
 * 403 without JSON means an overload, not wrong credentials. Docs: "API concepts", "Rate limits and timeouts".
 */
export const failureOf = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string },
  list: string,
  isGames = false
): Effect.Effect<never, EspError> => {
  if (answer.status === 403 && answer.json === undefined) {
    const { operation, status } = answer
    return Effect.andThen(
      Effect.logWarning("Mailchimp turned a call away without saying why: taken for too many calls", {
        operation,
        status
      }),
      Effect.fail(rateLimited(overloaded))
    )
  }
  const rule = ruleOf(answer, list, isGames)
  return rule === undefined ? unexpected(answer, client) : Effect.fail(rule)
}
