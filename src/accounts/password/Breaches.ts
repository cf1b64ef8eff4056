import { Context, Effect, Layer, Redacted } from "effect"
import { hash } from "node:crypto"
import { withoutEndSlash } from "../../platform/outbound/BaseUrl.ts"
import { Outbound } from "../../platform/outbound/Outbound.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { normalised } from "./PasswordPolicy.ts"

/** An answer has about 1,000 lines of 40 bytes. */
const maxBytes = 1_000_000
const patience = "2 seconds"

/**
 * Whether a password is known from leaks, by `PASSWORD_BREACH_URL`. The service there learns only the first five of 40 digits of the
 * password's SHA-1, which it shares with hundreds of others (k-anonymity, as Have I Been Pwned has it).
 */
export class Breaches extends Context.Service<
  Breaches,
  {
    /** False also where no service is set, and where it does not answer in time: people must be able to change passwords. */
    readonly has: (password: Redacted.Redacted<string>) => Effect.Effect<boolean>
  }
>()("fairground/accounts/password/Breaches") {
  static readonly layerNoDeps = Layer.effect(
    Breaches,
    Effect.gen(function* () {
      const outbound = yield* Outbound
      const { passwordBreachUrl } = yield* AccountsSettings
      if (passwordBreachUrl === undefined) return Breaches.of({ has: () => Effect.succeed(false) })
      const base = withoutEndSlash(passwordBreachUrl)
      return Breaches.of({
        has: Effect.fn("Breaches.has")(function* (password) {
          const digest = hash("sha1", normalised(Redacted.value(password)), "hex").toUpperCase()
          const [prefix, rest] = [digest.slice(0, 5), digest.slice(5)]
          return yield* outbound
            .send({
              method: "GET",
              url: `${base}/${prefix}`,
              // Answers of all prefixes get the same length, so that their length tells nobody on the way which it was.
              headers: { accept: "text/plain", "add-padding": "true", "user-agent": "fairground" },
              maxBytes,
              // The operator names the service, and it may be one of their own.
              allowPrivate: true,
              span: { name: "Breaches.range", attributes: {} }
            })
            .pipe(
              Effect.timeoutOrElse({
                duration: patience,
                orElse: () => Effect.fail({ reason: "timeout" } as const)
              }),
              Effect.flatMap(({ status, text }) =>
                status === 200 ? Effect.succeed(text) : Effect.fail({ reason: `status ${status}` } as const)
              ),
              Effect.map((text) =>
                text.split("\n").some((line) => {
                  const [suffix, count] = line.trim().split(":")
                  // The lines that only pad have the count 0.
                  return suffix?.toUpperCase() === rest && Number(count) > 0
                })
              ),
              Effect.catch(({ reason }) =>
                Effect.as(
                  Effect.logWarning("The service of breached passwords did not answer: a password was taken unseen", {
                    reason
                  }),
                  false
                )
              )
            )
        })
      })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Outbound.layer))
}
