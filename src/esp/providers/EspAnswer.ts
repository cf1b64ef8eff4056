import { Effect, type Duration, Option } from "effect"
import { secondsOf, waitOf } from "../../platform/outbound/HttpAnswer.ts"
import { normalise } from "../../players/Email.ts"
import { type EspContact, type EspError, EspMisconfigured, EspUnavailable, withActed } from "../EspClient.ts"

/** What a provider answered, whatever its status. */
export interface EspAnswer {
  /** Of the request, for the log. */
  readonly operation: string
  readonly status: number
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** Lower-case, without parameters; undefined where the answer does not say. */
  readonly mediaType: string | undefined
  /** The whole body. It may hold addresses and secrets: only `redact` makes it fit for a log. */
  readonly text: string
  /** The body where it is JSON; undefined where it is not, whatever the content type says. */
  readonly json: unknown
}

export { secondsOf, waitOf }

/** Whether a provider's answer speaks of this contact. What it makes of an address, case for one, makes no difference. */
export const isOf = ({ emailKey }: Pick<EspContact, "emailKey">, answered: string): boolean =>
  Option.contains(normalise(answered), emailKey)

/** A list is wrong: the connection's, or the game's own, which is no matter of other games. */
export const wrongList = ({ list }: Pick<EspContact, "list">, reason: string) =>
  new EspMisconfigured({ reason, ofContact: list !== null })

/** 429, or a provider's own way to say that it takes no more calls for now: it did nothing. */
export const rateLimited = (retryAfter?: Duration.Duration) => EspUnavailable.notReached("rate-limited", retryAfter)

/**
 * The error of an answer that the adapter has no rule for, by its status alone; it is logged with what it said.
 *
 * 401 is `EspMisconfigured` ("the credentials are refused"), 403 and 404 likewise: an operator has to look. 429 is
 * `rate-limited` with its `Retry-After`. The rest is `EspUnavailable` with reason `status-NNN`, which may have been carried
 * out where the provider had trouble (408 and 5xx) or its answer made no sense (2xx), and was not otherwise.
 */
export const unexpected = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string }
): Effect.Effect<never, EspError> =>
  Effect.clockWith((clock) => {
    const { headers, operation, status, text } = answer
    const retryAfter = waitOf(headers["retry-after"], clock.currentTimeMillisUnsafe())
    const error = errorOf(status, retryAfter)
    // A full quota is everyday business, and as many answers as there are calls.
    if (status === 429) return Effect.fail(error)
    return Effect.andThen(
      Effect.logWarning("The ESP's answer was not expected", { operation, status, body: client.redact(text) }),
      Effect.fail(error)
    )
  })

/** The provider is in good order, and says so of what it was sent. */
const ofRequest: ReadonlySet<number> = new Set([400, 409, 413, 422])

const errorOf = (status: number, retryAfter: Duration.Duration | undefined): EspError => {
  switch (status) {
    case 401:
      return new EspMisconfigured({ reason: "the credentials are refused (401)" })
    case 403:
      return new EspMisconfigured({ reason: "the credentials do not permit it (403)" })
    case 404:
      return new EspMisconfigured({ reason: "there is no such thing at the provider (404)" })
    case 429:
      return rateLimited(retryAfter)
    default:
      return new EspUnavailable({
        reason: `status-${status}`,
        mayHaveActed: status < 400 || status === 408 || status >= 500,
        ofContact: ofRequest.has(status),
        retryAfter
      })
  }
}

/**
 * The error with `mayHaveActed` as the whole registration has it: true where the contact is created by now, false where it
 * was there before, whatever a call after that may have done.
 */
export const leaving =
  (mayHaveActed: boolean) =>
  (error: EspError): EspError =>
    withActed(error, mayHaveActed)
