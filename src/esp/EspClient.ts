import { Context, type Duration, Effect, Schema } from "effect"
import type { Mailability } from "./Verdict.ts"
import { type EspContact, nothingAdded, type Outline } from "./EspContact.ts"
import { type GovernorPolicy, unlimited } from "./governor/GovernorPolicy.ts"

export type { EspContact } from "./EspContact.ts"

/** The ESP's answer for a contact that it holds: `existed` before the call or `created` by it, and whether it may be mailed. */
export interface Registration {
  readonly verdict: "existed" | "created"
  readonly mailability: Mailability
}

export const existed = (mailability: Mailability = "unknown"): Registration => ({ verdict: "existed", mailability })
export const created = (mailability: Mailability = "unknown"): Registration => ({ verdict: "created", mailability })

/**
 * True: the failure concerns only this contact or its game, so the circuit breaker ignores it. If it counted, a stranger with a
 * few bad addresses, or one game with a wrong list, would open the circuit and cost everybody the verdict.
 */
const ofContact = Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))

/** The ESP will never take this contact. `reason` is a stable code such as `invalid-address`. */
export class EspRejected extends Schema.TaggedError<EspRejected>()("EspRejected", { reason: Schema.String }) {}

/**
 * The ESP did not answer, or answered that it cannot register the contact now. A later call may succeed, after `retryAfter`
 * where the ESP named a wait. `reason` is a stable code such as `timeout`.
 *
 * `mayHaveActed` is true where the ESP may have carried out the call (a timeout, a cut connection, an answer that makes no
 * sense), false where it certainly did not (refused connection, rate limit).
 */
export class EspUnavailable extends Schema.TaggedError<EspUnavailable>()("EspUnavailable", {
  reason: Schema.String,
  mayHaveActed: Schema.Boolean,
  retryAfter: Schema.UndefinedOr(Schema.Duration),
  ofContact
}) {
  static readonly notReached = (reason: string, retryAfter?: Duration.Duration) =>
    new EspUnavailable({ reason, mayHaveActed: false, retryAfter })
}

/**
 * The connection's settings are wrong (credentials, list): no call can succeed until the operator corrects them. `reason`
 * tells the operator what is wrong. The call itself did nothing; `mayHaveActed` is true where an earlier call may have acted.
 */
export class EspMisconfigured extends Schema.TaggedError<EspMisconfigured>()("EspMisconfigured", {
  reason: Schema.String,
  mayHaveActed: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false))),
  ofContact
}) {}

/** No error carries an email address, because errors are logged and stored. */
export type EspError = EspRejected | EspUnavailable | EspMisconfigured

/** The error with the `mayHaveActed` of the whole registration. A rejection is final and has none. */
export const withActed = (error: EspError, mayHaveActed: boolean): EspError => {
  switch (error._tag) {
    case "EspRejected":
      return error
    case "EspMisconfigured":
      return new EspMisconfigured({ reason: error.reason, ofContact: error.ofContact, mayHaveActed })
    case "EspUnavailable": {
      const { ofContact, reason, retryAfter } = error
      return new EspUnavailable({ reason, ofContact, retryAfter, mayHaveActed })
    }
  }
}

/** One call that registers a contact. It creates first instead of looking up, and has no retries and no timeout. */
export type Register = (contact: EspContact) => Effect.Effect<Registration, EspError>

/** One finding of a connection's check, in plain words for the operator, without secrets. */
export interface Finding {
  readonly level: "ok" | "warning" | "error"
  readonly what: string
}

/** A provider's implementation of one connection. */
export interface EspAdapter {
  readonly register: Register
  /** Checks credentials, list, attributes and permissions at the provider, and changes nothing there. */
  readonly check: Effect.Effect<ReadonlyArray<Finding>, EspError>
  /** How many calls the provider allows. The guard takes a slot before each `register`. */
  readonly governor: GovernorPolicy
}

/** An open connection: its adapter, and what its settings add to each contact. */
export interface EspConnection extends EspAdapter, Outline {
  readonly provider: string
}

/** A connection without limits or settings and with nothing to check, such as the sandbox. */
export const plain = (register: Register): EspConnection => ({
  provider: "sandbox",
  register,
  check: Effect.succeed([{ level: "ok", what: "needs no account" }]),
  governor: unlimited,
  ...nothingAdded
})

/** Registers contacts with the ESP connection that `contact.esp` names. An unknown name is `EspMisconfigured`. */
export class EspClient extends Context.Service<
  EspClient,
  {
    readonly register: Register
    /** By name. */
    readonly connections: ReadonlyMap<string, EspConnection>
  }
>()("fairground/esp/EspClient") {
  /** A client that passes each contact to the connection that it names. */
  static readonly dispatch = (connections: ReadonlyMap<string, EspConnection>) =>
    EspClient.of({
      connections,
      register: (contact) =>
        connections.get(contact.esp)?.register(contact) ??
        Effect.fail(new EspMisconfigured({ reason: `no ESP connection is named ${JSON.stringify(contact.esp)}` }))
    })
}
