import { Duration, Effect } from "effect"
import { created, type EspContact, EspRejected, EspUnavailable, existed, type Register } from "../EspClient.ts"
import { EspSandboxRepo } from "./EspSandboxRepo.ts"

/** The name of the sandbox connection, as a game's `esp`. */
export const sandboxName = "sandbox"

/**
 * The addresses that force an outcome, like a payment provider's test cards. A `+` suffix in the local part is ignored, so
 * `down+17@sandbox.example` behaves like `down@sandbox.example`. All other addresses are ordinary contacts.
 */
export const sandboxAddresses = [
  { address: "existed@sandbox.example", does: "is a contact already, every time" },
  { address: "created@sandbox.example", does: "is a new contact, every time" },
  { address: "rejected@sandbox.example", does: "is rejected as an invalid address" },
  { address: "slow@sandbox.example", does: "is registered at once and answered after 5 seconds" },
  { address: "down@sandbox.example", does: "finds the ESP down" },
  { address: "limited@sandbox.example", does: "is turned away by a rate limit, with a wait of 2 seconds" }
] as const

type SandboxAddress = (typeof sandboxAddresses)[number]["address"]

/** The sandbox's `register`. It needs no account and stores its contacts in the database. */
export const make = Effect.gen(function* () {
  const repo = yield* EspSandboxRepo

  const ordinary: Register = (contact) =>
    repo.add(contact.emailKey, contact.name).pipe(
      Effect.map((added) => (added ? created() : existed())),
      // A database error is like a network error of a real ESP: the commit may have happened before it.
      Effect.mapError(() => new EspUnavailable({ reason: "unreachable", mayHaveActed: true, retryAfter: undefined }))
    )

  const forced = new Map<string, Register>(
    Object.entries({
      "existed@sandbox.example": () => Effect.succeed(existed()),
      "created@sandbox.example": () => Effect.succeed(created()),
      "rejected@sandbox.example": () => Effect.fail(new EspRejected({ reason: "invalid-address" })),
      // The write comes first, so a caller that times out has created the contact: the worst case of a timeout.
      "slow@sandbox.example": (contact) => Effect.tap(ordinary(contact), Effect.sleep("5 seconds")),
      "down@sandbox.example": () => Effect.fail(EspUnavailable.notReached("unreachable")),
      "limited@sandbox.example": () => Effect.fail(EspUnavailable.notReached("rate-limited", Duration.seconds(2)))
    } satisfies Record<SandboxAddress, Register>)
  )

  return (contact: EspContact) => (forced.get(contact.emailKey.replace(/^([^+@]*)\+[^@]*/, "$1")) ?? ordinary)(contact)
})
