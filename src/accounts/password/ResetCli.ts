import { Effect, Schema } from "effect"
import { Argument, Command } from "effect/cli"
import * as Terminal from "../../platform/cli/Terminal.ts"
import { withAccounts } from "../CommandAccounts.ts"
import { PasswordResets } from "./PasswordResets.ts"

class NobodyHasAddress extends Schema.TaggedError<NobodyHasAddress>()("NobodyHasAddress", {}) {
  override get message(): string {
    return "No person who may sign in has this address."
  }
}

const email = Argument.String("email").pipe(Argument.withDescription("The address of the account."))

export const reset = Command.make(
  "reset",
  { email },
  Effect.fnUntraced(function* ({ email }) {
    const link = yield* (yield* PasswordResets).print(email)
    if (link === undefined) return yield* new NobodyHasAddress()
    yield* Terminal.print(link)
  }, withAccounts)
).pipe(
  Command.withDescription(
    "Print a link for a new password: it works once, for half an hour. A second factor stays as it is."
  )
)
