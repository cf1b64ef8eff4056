import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import * as Terminal from "../../platform/cli/Terminal.ts"
import { Mail } from "../../mail/Mail.ts"
import { withAccounts } from "../CommandAccounts.ts"
import { Factors } from "./Factors.ts"

class NobodyHasAddress extends Schema.TaggedError<NobodyHasAddress>()("NobodyHasAddress", {}) {
  override get message(): string {
    return "No account has this address."
  }
}

const email = Argument.String("email").pipe(Argument.withDescription("The address of the account."))

export const resetSecondFactor = Command.make(
  "reset-second-factor",
  { email },
  Effect.fnUntraced(function* ({ email }) {
    const factors = yield* Factors
    const accountId = yield* factors.accountOf(email)
    const removed = accountId === undefined ? undefined : yield* factors.resetAll(accountId)
    if (removed === undefined) return yield* new NobodyHasAddress()
    const { isSetUp } = yield* Mail
    const told = isSetUp ? "The person is told by mail." : "No mail server is set (SMTP_URL): tell the person."
    yield* Terminal.print(
      removed === 0
        ? "The account had no second factor. Its sessions were ended."
        : `Authenticator app, passkeys and recovery codes were removed, and all sessions ended. ${told}`
    )
  }, withAccounts)
).pipe(
  Command.withDescription(
    "Remove the second factors of a person who has lost them, and end their sessions. The password stays as it is."
  )
)
