import { Command } from "effect/cli"
import { resetSecondFactor } from "./factor/FactorCli.ts"
import { reset } from "./password/ResetCli.ts"
import { setup } from "./setup/SetupCli.ts"

/** The commands of the parts of accounts, for whoever has the machine. One line each. */
export const account = Command.make("account").pipe(
  Command.withDescription("Set up the first owner, and help people into their accounts."),
  Command.withSubcommands([setup, reset, resetSecondFactor])
)
