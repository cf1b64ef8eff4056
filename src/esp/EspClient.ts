import { Context, type Duration, Effect, Schema } from "effect"
import type { EmailKey } from "../players/Email.ts"

/** What an ESP said of a contact that it holds: `existed` before the call, or `created` by it. */
export type Registration = "existed" | "created"

/** What an ESP is given of a contact. A play is proof of play, never an opt-in by itself. */
export interface EspContact {
  /** Name of the ESP connection that the game uses. */
  readonly esp: string
  /** The address as typed; what mail is sent to. */
  readonly email: string
  /** The normalised address; the contact's key. */
  readonly emailKey: EmailKey
  readonly name: string | null
  readonly game: string
}

/** The ESP will never take this contact. `reason` is a stable code such as `invalid-address`. */
export class EspRejected extends Schema.TaggedError<EspRejected>()("EspRejected", { reason: Schema.String }) {}

/**
 * The ESP did not answer, or answered that it cannot now. Another call may succeed, after `retryAfter` where the ESP named
 * a wait. `reason` is a stable code such as `timeout`.
 *
 * `mayHaveActed` is true where the call may have reached the ESP and been carried out (a timeout, a cut connection, an
 * answer that makes no sense), false where it certainly was not (refused connection, rate limit).
 */
export class EspUnavailable extends Schema.TaggedError<EspUnavailable>()("EspUnavailable", {
  reason: Schema.String,
  mayHaveActed: Schema.Boolean,
  retryAfter: Schema.UndefinedOr(Schema.Duration)
}) {
  static readonly notReached = (reason: string, retryAfter?: Duration.Duration) =>
    new EspUnavailable({ reason, mayHaveActed: false, retryAfter })
}

/**
 * The connection's settings are wrong (credentials, list): no call can succeed until the operator mends them. `reason` says
 * what is wrong, for the operator. The call itself did nothing; `mayHaveActed` is true where one before it may have.
 */
export class EspMisconfigured extends Schema.TaggedError<EspMisconfigured>()("EspMisconfigured", {
  reason: Schema.String,
  mayHaveActed: Schema.Boolean.pipe(Schema.withConstructorDefault(Effect.succeed(false)))
}) {}

/** No error carries an email address: they are logged and stored. */
export type EspError = EspRejected | EspUnavailable | EspMisconfigured

/** One call that registers a contact, create-first, with no retries and no timeout of its own. */
export type Register = (contact: EspContact) => Effect.Effect<Registration, EspError>

/** Registers contacts with the ESP connection that `contact.esp` names. An unknown name is `EspMisconfigured`. */
export class EspClient extends Context.Service<
  EspClient,
  {
    readonly register: Register
  }
>()("fairground/esp/EspClient") {
  /** The client of the connections, by name. */
  static readonly dispatch = (connections: ReadonlyMap<string, Register>) =>
    EspClient.of({
      register: (contact) =>
        connections.get(contact.esp)?.(contact) ??
        Effect.fail(new EspMisconfigured({ reason: `no ESP connection is named ${JSON.stringify(contact.esp)}` }))
    })
}
