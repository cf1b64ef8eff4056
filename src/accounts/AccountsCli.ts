import { Command } from "effect/cli"
import { resetSecondFactor } from "./factor/FactorCli.ts"
import { invite } from "./invitation/InvitationsCli.ts"
import { key } from "./key/ApiKeysCli.ts"
import { disable, enable, list } from "./ManageCli.ts"
import { reset } from "./password/ResetCli.ts"
import { setup } from "./setup/SetupCli.ts"

/** The commands of the parts of accounts, for whoever has the machine. One line each. */
export const account = Command.make("account").pipe(
  Command.withDescription("Set up the first owner, manage accounts and keys, and help people into their accounts."),
  Command.withSubcommands([setup, invite, list, disable, enable, reset, resetSecondFactor, key])
)
