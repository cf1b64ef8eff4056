import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { type Browser, Entry, type Opened } from "../session/Entry.ts"
import { SignInFailed } from "../session/SessionErrors.ts"
import type { Person } from "../session/SignIn.ts"
import type { AssertionResponse } from "./Passkey.ts"
import { type Asserted, Passkeys } from "./Passkeys.ts"
import type { RelyingParty } from "./WebAuthn.ts"

/** Signing in, and confirming who one is, with a passkey alone: the device has verified its owner, so it is two factors in one. */
export class PasskeySignIn extends Context.Service<
  PasskeySignIn,
  {
    /** `token` is of the browser's cookie `attempt`. Whatever is wrong is answered alike. */
    readonly signIn: (
      browser: Browser,
      token: string,
      response: AssertionResponse,
      party: RelyingParty
    ) => Effect.Effect<Opened, SignInFailed | DatabaseUnavailable>
    /** The session gets a new token and a new time of its proof. */
    readonly confirm: (
      person: Person,
      browser: Browser,
      token: string,
      response: AssertionResponse,
      party: RelyingParty
    ) => Effect.Effect<Opened, SignInFailed | DatabaseUnavailable>
  }
>()("fairground/accounts/factor/PasskeySignIn") {
  static readonly layer = Layer.effect(
    PasskeySignIn,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const entry = yield* Entry
      const passkeys = yield* Passkeys
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const open = Effect.fnUntraced(function* (asserted: Asserted | undefined, browser: Browser, renew?: string) {
        const accountId = asserted?.passkey.accountId
        return yield* Effect.gen(function* () {
          if (asserted === undefined || !(yield* passkeys.use(asserted))) return yield* new SignInFailed({})
          const entered = yield* entry.enter(asserted.passkey.accountId, ["passkey"], browser, renew)
          return entered._tag === "Session"
            ? entered
            : yield* Effect.die(new Error("whoever proved a passkey owes no second factor"))
        }).pipe(
          sql.withTransaction,
          inOrder,
          retry,
          Effect.tapErrorTag("SignInFailed", () =>
            retry(
              audit.record({
                action: renew === undefined ? "session.create" : "session.confirm",
                outcome: "refused",
                ...(accountId === undefined ? {} : { accountId, target: { kind: "account", id: accountId } }),
                details: { method: "passkey" }
              })
            )
          )
        )
      })

      return PasskeySignIn.of({
        signIn: Effect.fn("PasskeySignIn.signIn")(function* (browser, token, response, party) {
          return yield* open(yield* passkeys.assert(token, "passkey-sign-in", response, party), browser)
        }),
        confirm: Effect.fn("PasskeySignIn.confirm")(function* (person, browser, token, response, party) {
          const { accountId, sessionId } = person
          const asserted = yield* passkeys.assert(token, "passkey-confirmation", response, party)
          const isOwn = asserted?.attempt.accountId === accountId && asserted.attempt.sessionId === sessionId
          return yield* open(isOwn ? asserted : undefined, browser, sessionId)
        })
      })
    })
  )
}
