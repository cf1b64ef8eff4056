import { Context, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import type { DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import type { SecretsKeyMissing } from "../../platform/Secrets.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId, Method } from "../Account.ts"
import { Throttle } from "../password/Throttle.ts"
import { type Browser, Entry, type Opened } from "../session/Entry.ts"
import { Sessions } from "../session/Sessions.ts"
import { SecondFactorFailed, SignInExpired } from "./FactorErrors.ts"
import { tell } from "./FactorMails.ts"
import * as FactorsRepo from "./FactorsRepo.ts"
import type { AssertionResponse } from "./Passkey.ts"
import { Passkeys } from "./Passkeys.ts"
import { RecoveryCodes } from "./RecoveryCodes.ts"
import { Totp } from "./Totp.ts"
import type { RelyingParty } from "./WebAuthn.ts"

/** How a person proves the second factor. */
export type Proof =
  | { readonly _tag: "Totp"; readonly code: string }
  | { readonly _tag: "RecoveryCode"; readonly code: string }
  | {
      readonly _tag: "Passkey"
      readonly response: AssertionResponse
      /** Of the browser's cookie `attempt`. */
      readonly token: string
      readonly party: RelyingParty
    }

const methods = { Totp: "totp", RecoveryCode: "recovery-code", Passkey: "passkey" } as const satisfies Record<
  Proof["_tag"],
  Method
>

/** The second step of signing in, and of confirming who one is. */
export class SecondFactor extends Context.Service<
  SecondFactor,
  {
    /** Whose step this is, if it is still open. */
    readonly accountOf: (token: string) => Effect.Effect<AccountId, SignInExpired | DatabaseUnavailable>
    /**
     * Uses up one of the step's five tries, and opens the session if the proof is right. Codes of an authenticator app are throttled
     * over all steps of the account too: with the password in hand, one can begin as many as one likes (CVE-2025-64102).
     */
    readonly prove: (
      browser: Browser,
      proof: Proof
    ) => Effect.Effect<
      Opened,
      SecondFactorFailed | SignInExpired | TooManyRequests | SecretsKeyMissing | DatabaseUnavailable
    >
  }
>()("fairground/accounts/factor/SecondFactor") {
  static readonly layer = Layer.effect(
    SecondFactor,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const codes = yield* RecoveryCodes
      const entry = yield* Entry
      const mail = yield* Mail
      const passkeys = yield* Passkeys
      const sessions = yield* Sessions
      const throttle = yield* Throttle
      const totp = yield* Totp
      const repo = yield* FactorsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const accountOf = Effect.fn("SecondFactor.accountOf")(function* (token: string) {
        const step = yield* retry(sessions.findStep(token))
        if (step === undefined) return yield* new SignInExpired({})
        return step.accountId
      })

      type Use = Effect.Effect<boolean, SecretsKeyMissing | SqlError.SqlError>

      /** What is left to do of the proof in the transaction that opens the session: each proof counts once. */
      const useOf = (accountId: AccountId, proof: Proof): Effect.Effect<Use, DatabaseUnavailable> => {
        switch (proof._tag) {
          case "Totp":
            return Effect.succeed(totp.use(accountId, proof.code))
          case "RecoveryCode":
            return Effect.succeed(codes.use(accountId, proof.code))
          case "Passkey":
            return Effect.map(
              passkeys.assert(proof.token, "passkey-sign-in", proof.response, proof.party),
              (asserted): Use =>
                asserted?.passkey.accountId === accountId ? passkeys.use(asserted) : Effect.succeed(false)
            )
        }
      }

      /** A code from paper is used when something is lost, or by somebody who has found the paper. */
      const tellOfCode = Effect.fnUntraced(function* (accountId: AccountId, sessionId: string) {
        const account = yield* repo.state(accountId, null)
        if (account === undefined || account.email === null) return
        const left = yield* codes.count(accountId)
        const reader = { ...account, id: accountId, email: account.email }
        yield* tell(mail, reader, { _tag: "RecoveryCodeUsed", left }, `code ${sessionId}-${left}`)
      })

      return SecondFactor.of({
        accountOf,
        prove: Effect.fn("SecondFactor.prove")(function* (browser, proof) {
          const accountId = yield* accountOf(browser.step)
          const method = methods[proof._tag]
          if (method === "totp") yield* throttle.take(`totp:${accountId}`)
          const step = yield* retry(sessions.tryStep(browser.step))
          if (step === undefined) return yield* new SignInExpired({})
          const use = yield* useOf(accountId, proof)
          return yield* Effect.gen(function* () {
            if (!(yield* use)) return yield* new SecondFactorFailed({ attemptsLeft: step.attemptsLeft })
            const opened = yield* entry.finish(step, browser, method)
            if (opened === undefined) return yield* new SignInExpired({})
            yield* throttle.forgive(`totp:${accountId}`)
            if (method === "recovery-code") yield* tellOfCode(accountId, opened.id)
            return opened
          }).pipe(
            sql.withTransaction,
            inOrder,
            retry,
            Effect.tapErrorTag("SecondFactorFailed", () =>
              retry(
                audit.record({
                  action: step.purpose === "sign-in" ? "session.create" : "session.confirm",
                  outcome: "refused",
                  accountId,
                  target: { kind: "account", id: accountId },
                  details: { method }
                })
              )
            )
          )
        })
      })
    })
  )
}
