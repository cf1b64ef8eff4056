import { Duration, Effect, Option, Schema } from "effect"
import { secondsOf } from "../../../platform/outbound/HttpAnswer.ts"
import { type EspAnswer, isOf, unexpected } from "../EspAnswer.ts"
import { type EspContact, type EspError, EspMisconfigured } from "../../EspClient.ts"
import type { Mailability } from "../../Verdict.ts"

const Failure = Schema.Struct({
  code: Schema.String,
  source: Schema.Struct({ pointer: Schema.String })
})

const decodeErrors = Schema.decodeUnknownOption(Schema.Struct({ errors: Schema.Array(Schema.Unknown) }))
const decodeFailure = Schema.decodeUnknownOption(Failure)

/** The entries of `errors`: each one's code and the place in the request that it points to; null where it lacks either. */
const failuresOf = ({ json }: EspAnswer): ReadonlyArray<typeof Failure.Type | null> =>
  Option.match(decodeErrors(json), {
    onNone: () => [],
    onSome: ({ errors }) => errors.map((error) => Option.getOrNull(decodeFailure(error)))
  })

/** Whether the address is refused: 400 with code `invalid` at the address. Other errors in the same answer do not matter. */
export const isAddressRefused = (answer: EspAnswer): boolean =>
  answer.status === 400 &&
  failuresOf(answer).some((failure) => failure?.code === "invalid" && failure.source.pointer.endsWith("/email"))

const decodeCode = Schema.decodeUnknownOption(Schema.Struct({ code: Schema.String }))

/** Whether the profile exists already (409 with `duplicate_profile`). Other conflicts say nothing about the contact. */
export const isDuplicate = ({ json, status }: EspAnswer): boolean =>
  status === 409 &&
  Option.exists(decodeErrors(json), ({ errors }) =>
    errors.some((error) => Option.exists(decodeCode(error), ({ code }) => code === "duplicate_profile"))
  )

const attribute = /^\/data\/attributes\/(?!email$)[^/]+/

/** Whether attributes alone are refused (400), none of them the address. */
export const areAttributesRefused = (answer: EspAnswer): boolean => {
  const failures = failuresOf(answer)
  return (
    answer.status === 400 &&
    failures.length > 0 &&
    failures.every((failure) => failure !== null && attribute.test(failure.source.pointer))
  )
}

/** The longest window is a minute. A longer wait would be a time of day or another unit, so it is cut to this. */
const longestWait = Duration.minutes(1)

/**
 * How long the quota of this endpoint is used up after this successful answer; undefined: calls are left. A 429 has
 * `Retry-After` instead. "Rate limits, status codes, and errors".
 */
export const exhaustedFor = ({ headers }: EspAnswer): Duration.Duration | undefined => {
  const wait = headers["ratelimit-remaining"]?.trim() === "0" ? secondsOf(headers["ratelimit-reset"]) : undefined
  return wait === undefined ? undefined : Duration.min(wait, longestWait)
}

/** The error of an unsuccessful answer that is not about the contact. */
export const problem = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string }
): Effect.Effect<never, EspError> =>
  answer.status === 410
    ? Effect.fail(new EspMisconfigured({ reason: "Klaviyo has retired the API revision that this version uses (410)" }))
    : unexpected(answer, client)

const Profile = Schema.Struct({
  data: Schema.Struct({
    type: Schema.Literal("profile"),
    id: Schema.String,
    attributes: Schema.optionalKey(Schema.Struct({ email: Schema.optionalKey(Schema.NullOr(Schema.String)) }))
  })
})

const Marketing = Schema.Struct({
  can_receive_email_marketing: Schema.Boolean,
  consent: Schema.String,
  suppression: Schema.optionalKey(Schema.NullOr(Schema.Array(Schema.Struct({ reason: Schema.String }))))
})

const Subscribed = Schema.Struct({
  data: Schema.Struct({
    attributes: Schema.Struct({
      subscriptions: Schema.Struct({ email: Schema.Struct({ marketing: Marketing }) })
    })
  })
})

const decodeProfile = Schema.decodeUnknownOption(Profile)
const decodeSubscribed = Schema.decodeUnknownOption(Subscribed)

/** The id of the profile in an answer; undefined: the answer shows no profile, or another contact's. */
export const idOf = ({ json }: EspAnswer, contact: EspContact): string | undefined => {
  const profile = Option.getOrUndefined(decodeProfile(json))?.data
  const email = profile?.attributes?.email ?? contact.email
  return isOf(contact, email) ? profile?.id : undefined
}

/** A profile's marketing permission at Klaviyo. `never`: it was neither given nor withdrawn. */
export type Permission = "never" | Mailability

export const permissionOf = ({ json }: EspAnswer): Permission => {
  const marketing = Option.getOrUndefined(decodeSubscribed(json))?.data.attributes.subscriptions.email.marketing
  if (marketing === undefined) return "unknown"
  const reasons = (marketing.suppression ?? []).map(({ reason }) => reason)
  if (reasons.length > 0) return reasons.every((reason) => reason === "UNSUBSCRIBE") ? "unsubscribed" : "suppressed"
  if (marketing.consent === "UNSUBSCRIBED") return "unsubscribed"
  if (!marketing.can_receive_email_marketing) return "suppressed"
  if (marketing.consent === "SUBSCRIBED") return "subscribed"
  return marketing.consent === "NEVER_SUBSCRIBED" ? "never" : "unknown"
}

/** Of `GET /api/lists/{id}`. */
export const decodeList = Schema.decodeUnknownOption(
  Schema.Struct({
    data: Schema.Struct({
      attributes: Schema.Struct({ name: Schema.String, opt_in_process: Schema.optionalKey(Schema.String) })
    })
  })
)
