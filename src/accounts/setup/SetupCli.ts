import { Effect, Schema } from "effect"
import { Command } from "effect/cli"
import * as Terminal from "../../platform/cli/Terminal.ts"
import { withAccounts } from "../CommandAccounts.ts"
import { Setup } from "./Setup.ts"

class SetupIsDone extends Schema.TaggedError<SetupIsDone>()("SetupIsDone", {}) {
  override get message(): string {
    return "There is an owner already. `fairground account reset <email>` prints a link for a new password."
  }
}

export const setup = Command.make(
  "setup",
  {},
  Effect.fnUntraced(function* () {
    const link = yield* (yield* Setup).link
    if (link === undefined) return yield* new SetupIsDone()
    yield* Terminal.print(link)
  }, withAccounts)
).pipe(Command.withDescription("Print a link that makes the first owner: it works once, for 24 hours."))
