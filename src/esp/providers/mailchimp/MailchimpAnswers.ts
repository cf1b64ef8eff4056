import { Duration, Effect, Option, Schema } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, isOf, rateLimited, unexpected } from "../EspAnswer.ts"
import { type EspContact, type EspError, EspMisconfigured, EspRejected, EspUnavailable } from "../../EspClient.ts"

// Marketing API reference, "List Members": https://mailchimp.com/developer/marketing/api/list-members/
const Member = Schema.Struct({ status: Schema.String })
const Created = Schema.Struct({ ...Member.fields, email_address: Schema.String })

/** RFC 9457 as Mailchimp writes it: `title` is one of a glossary, `detail` is prose. Docs: "API concepts", "Errors". */
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

export const problemOf = ({ json }: EspAnswer): Problem | undefined => Option.getOrUndefined(decodeProblem(json))

/** The status of the contact's member that a 200 shows it has created; undefined where it shows none, or another's. */
export const createdStatusOf = ({ json, status }: EspAnswer, contact: EspContact): string | undefined => {
  const member = status === 200 ? Option.getOrUndefined(decodeCreated(json)) : undefined
  return member !== undefined && isOf(contact, member.email_address) ? member.status : undefined
}

/** The status of the member that an answer shows. */
export const statusOf = ({ json }: EspAnswer): string | undefined => Option.getOrUndefined(decodeMember(json))?.status

/**
 * Docs: "Audiences", "Contacts". `cleaned` has bounced for good; `transactional` never had the marketing permission;
 * `archived` was taken out of the audience by the brand.
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
 * What a 400 says of a contact that is there already, and undefined where it says something else.
 *
 * `Member Exists` is said of archived ones too. `Member In Compliance State` is somebody who unsubscribed, bounced or is
 * under review; which of them, only the member itself tells.
 */
export const conflictOf = (answer: EspAnswer): Mailability | undefined => {
  const title = answer.status === 400 ? problemOf(answer)?.title : undefined
  if (title === "Member Exists") return "unknown"
  return title === "Member In Compliance State" ? "suppressed" : undefined
}

const fieldOf = (field: string | undefined): string => (field ?? "").replace(/^\/?merge_fields[./]/, "").toUpperCase()

/** Those of the merge fields sent that a 400 names as wrong; none where anything else is wrong too. */
export const wrongFields = (answer: EspAnswer, sent: ReadonlyArray<string>): ReadonlyArray<string> => {
  const problem = problemOf(answer)
  if (answer.status !== 400 || problem?.title !== "Invalid Resource") return []
  const named = new Set((problem.errors ?? []).map(({ field }) => fieldOf(field)))
  const wrong = sent.filter((field) => named.has(field.toUpperCase()))
  return wrong.length === named.size ? wrong : []
}

/** An address that signs up everywhere has to wait; Mailchimp names no time. */
const throttled = Duration.hours(1)

/** So many calls that the edge turned one away without a word; it names no time. */
const overloaded = Duration.seconds(10)

const isAddressRefused = ({ detail = "", errors = [] }: Problem): boolean =>
  errors.some(({ field }) => field === "email_address") ||
  // Mailchimp has no code for these, and no other language than English.
  /looks fake or invalid|provide a valid email address|portion of the email address is invalid/i.test(detail)

const invalidResource = (problem: Problem, isGames: boolean): EspError | undefined => {
  if (isAddressRefused(problem)) return new EspRejected({ reason: "invalid-address" })
  if (/signed up to a lot of lists very recently/i.test(problem.detail ?? "")) {
    // About this address alone: `rate-limited` would close the whole account.
    return new EspUnavailable({
      reason: "too-many-signups",
      mayHaveActed: false,
      retryAfter: throttled,
      ofContact: true
    })
  }
  const fields = (problem.errors ?? []).map(({ field }) => fieldOf(field)).filter((field) => field !== "")
  // Fields that were not sent, so the audience wants something that nobody has given.
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
 * where Mailchimp has nothing else.
 *
 * `isGames`: the audience is one that a game has named; what is wrong with it is no matter of other games.
 *
 * 403 without JSON is an overload, not a matter of credentials. Docs: "API concepts", "Rate limits and timeouts".
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
