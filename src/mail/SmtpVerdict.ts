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

/** Answers about this client or its account: commands out of order, authentication that is missing or refused. */
const ofClient = new Set([503, 530, 534, 535, 538])

/** RFC 3463: subject and detail of a permanent answer; empty: the server gives none. qmail has it at the end: `(#5.7.1)`. */
const enhancedOf = (response: string): string =>
  (/^5\d\d[ -]5\.(\d{1,3}\.\d{1,3})\b/.exec(response) ?? /\(#5\.(\d{1,3}\.\d{1,3})\)/.exec(response))?.[1] ?? ""

/** No such mailbox, a domain that takes no mail (RFC 7505), a mailbox that is disabled. */
const deadMailbox = new Set(["1.1", "1.10", "2.1"])
/**
 * These, a domain or an address that cannot be, and answers that say no more than that (RFC 3463 sections 3.2 and 3.3). A full
 * mailbox (2.2) and a mail that is too large (2.3) are not among them.
 */
const deadAddress = new Set([...deadMailbox, "1.0", "1.2", "1.3", "1.6", "2.0"])
/** Of servers without enhanced codes, in answer to RCPT: no such mailbox, not local, name not allowed, no mail here. */
const deadCodes = new Set([550, 551, 553, 556])

/**
 * Words of servers that give no enhanced code, such as Exim with `550 relay not permitted`: about this client, and not about the
 * address. Taken for an answer about the address, it would block every address that a mail is sent to until the settings are right.
 */
const ofPolicy =
  /\brelay|rcpthosts|\bspam|\bblack ?list|\bblock ?list|\bblocked\b|\bdenied\b|\bprohibit|\bpolicy\b|\bauthenticat|\breputation|\bnot permitted\b/i

/** Policy is, in answer to RCPT, mostly a server that does not relay for this client: somebody will correct the settings. */
const isPolicy = (response: string): boolean => {
  const enhanced = enhancedOf(response)
  return enhanced === "" ? ofPolicy.test(response) : enhanced.startsWith("7.")
}

const isDead = ({ code = 0, command, isInternationalised, response }: SmtpFailure): boolean => {
  const enhanced = enhancedOf(response)
  // A server that knows no such local parts takes them for wrong addresses.
  if (isInternationalised) return deadMailbox.has(enhanced)
  return enhanced === "" ? command === "RCPT TO" && deadCodes.has(code) : deadAddress.has(enhanced)
}

export const verdictOf = (failure: SmtpFailure): SmtpVerdict => {
  const { code, command, hasBegun, response } = failure
  const trouble = hasBegun ? passing : server
  if (command !== "MAIL FROM" && command !== "RCPT TO" && command !== "DATA") return trouble
  // The sender is not allowed, or the account may not send: all mails would fail alike. Too large is the mail's own fault.
  if (command === "MAIL FROM") return code === 552 ? refused(false) : server
  if (code === undefined || code < 500) return code === 421 ? trouble : passing
  if (ofClient.has(code)) return trouble
  if (command === "RCPT TO" && isPolicy(response)) return passing
  return refused(isDead(failure))
}
