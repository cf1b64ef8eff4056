/** What is known of an attempt to hand in a mail that failed. */
export interface SmtpFailure {
  /** The command that was answered, such as `RCPT TO`; `CONN` where no command was: the connection could not be used. */
  readonly command: string
  /** The answer's code, such as 550; undefined: there was no answer. */
  readonly code: number | undefined
  /** The whole answer, for the enhanced code in it (RFC 3463), such as 5.1.1. */
  readonly response: string
  /** Whether a part of the mail was sent: the server may have taken it, although its answer is missing. */
  readonly hasBegun: boolean
  /** The local part is not ASCII, which needs a server that knows SMTPUTF8 (RFC 6531). */
  readonly isInternationalised: boolean
}

/**
 * What follows from a failure.
 *
 * - `server`: the mail server cannot be used, or not with these settings. It says nothing about the mail, which waits.
 * - `passing`: the mail may be taken later.
 * - `refused`: it never will be. `isAddress`: because the address takes no mail at all.
 */
export type SmtpVerdict =
  | { readonly _tag: "server" }
  | { readonly _tag: "passing" }
  | { readonly _tag: "refused"; readonly isAddress: boolean }

const server: SmtpVerdict = { _tag: "server" }
const passing: SmtpVerdict = { _tag: "passing" }
const refused = (isAddress: boolean): SmtpVerdict => ({ _tag: "refused", isAddress })

/** Answers that mean this client or its account rather than the mail: syntax, order, missing or refused authentication. */
const ofClient = new Set([500, 501, 502, 503, 504, 530, 534, 535, 538])

/** RFC 3463: subject and detail of a permanent answer; undefined: the server gives none. */
const enhancedOf = (response: string): string | undefined => /^5\d\d[ -]5\.(\d{1,3}\.\d{1,3})\b/.exec(response)?.[1]

// RFC 3463 sections 3.2 and 3.3, and the codes that RFC 7504 and the registry of IANA add: no such mailbox, no such domain, a
// mailbox that is disabled, a domain that takes no mail. A full mailbox (2.2) and a mail that is too large (2.3) are not among them.
const deadAddress = new Set(["1.0", "1.1", "1.2", "1.3", "1.6", "1.10", "2.0", "2.1"])
/** Of servers without enhanced codes, in answer to RCPT: no such mailbox, not local, name not allowed, no mail here. */
const deadCodes = new Set([550, 551, 553, 556])

export const verdictOf = ({ code, command, hasBegun, isInternationalised, response }: SmtpFailure): SmtpVerdict => {
  if (command !== "MAIL FROM" && command !== "RCPT TO" && command !== "DATA") return hasBegun ? passing : server
  if (code === undefined || code < 500) return command === "MAIL FROM" || code === 421 ? trouble(hasBegun) : passing
  const enhanced = enhancedOf(response)
  if (isInternationalised && command !== "DATA") {
    return refused(command === "RCPT TO" && enhanced !== undefined && deadAddress.has(enhanced))
  }
  // The sender is not allowed, or the account may not send: all mails would fail alike. Too large is the mail's own fault.
  if (command === "MAIL FROM") return code === 552 ? refused(false) : server
  if (ofClient.has(code)) return trouble(hasBegun)
  if (command === "DATA") return refused(enhanced !== undefined && deadAddress.has(enhanced))
  // Policy, which is mostly a server that does not relay for this client: somebody will correct the settings.
  if (enhanced?.startsWith("7.") === true) return passing
  return refused(enhanced === undefined ? deadCodes.has(code) : deadAddress.has(enhanced))
}

const trouble = (hasBegun: boolean): SmtpVerdict => (hasBegun ? passing : server)
