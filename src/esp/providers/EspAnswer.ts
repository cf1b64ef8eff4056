import { Effect, type Duration, Option } from "effect"
import { waitOf } from "../../platform/outbound/HttpAnswer.ts"
import { normalise } from "../../players/Email.ts"
import { type EspContact, type EspError, EspMisconfigured, EspUnavailable, withActed } from "../EspClient.ts"

/** A provider's response of any status. */
export interface EspAnswer {
  /** The request's operation, for the log. */
  readonly operation: string
  readonly status: number
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** Lower-case, without parameters; undefined where the response has no content type. */
  readonly mediaType: string | undefined
  /** The whole body. It may contain addresses and secrets: pass it through `redact` before logging. */
  readonly text: string
  /** The parsed body; undefined where it is not JSON, whatever the content type says. */
  readonly json: unknown
}

/** Whether an address in a provider's answer is this contact's. Ignores changes that providers make, such as of case. */
export const isOf = ({ emailKey }: Pick<EspContact, "emailKey">, answered: string): boolean =>
  Option.contains(normalise(answered), emailKey)

/** The list is wrong. Where it is the game's own, the error concerns that game alone and the circuit breaker ignores it. */
export const wrongList = ({ list }: Pick<EspContact, "list">, reason: string) =>
  new EspMisconfigured({ reason, ofContact: list !== null })

/** The provider accepts no more calls for now (429, or its own way of saying so), and did nothing. */
export const rateLimited = (retryAfter?: Duration.Duration) => EspUnavailable.notReached("rate-limited", retryAfter)

/**
 * Maps an answer that the adapter has no rule for to an error, by its status alone, and logs the answer's redacted body.
 *
 * 401 ("the credentials are refused"), 403 and 404 become `EspMisconfigured`: an operator has to act. 429 becomes
 * `rate-limited` with its `Retry-After`, and is not logged. All others become `EspUnavailable` with reason `status-NNN`;
 * `mayHaveActed` is true for a provider in trouble (408 and 5xx) and for an answer that makes no sense (below 400).
 */
export const unexpected = (
  answer: EspAnswer,
  client: { readonly redact: (text: string) => string }
): Effect.Effect<never, EspError> =>
  Effect.clockWith((clock) => {
    const { headers, operation, status, text } = answer
    const retryAfter = waitOf(headers["retry-after"], clock.currentTimeMillisUnsafe())
    const error = errorOf(status, retryAfter)
    // A full quota is normal, and would log a line for every call.
    if (status === 429) return Effect.fail(error)
    return Effect.andThen(
      Effect.logWarning("The ESP's answer was not expected", { operation, status, body: client.redact(text) }),
      Effect.fail(error)
    )
  })

/** Statuses by which a healthy provider refuses the content of a request. */
const refusals: ReadonlySet<number> = new Set([400, 409, 413, 422])

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
        ofContact: refusals.has(status),
        retryAfter
      })
  }
}

/**
 * The error with the `mayHaveActed` of the whole registration: true where the contact is created by now, false where it
 * existed before, whatever a later call may have done.
 */
export const settingMayHaveActed =
  (mayHaveActed: boolean) =>
  (error: EspError): EspError =>
    withActed(error, mayHaveActed)
