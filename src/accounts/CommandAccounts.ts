import { Effect, Layer } from "effect"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { Audit } from "../audit/Audit.ts"
import { Mail } from "../mail/Mail.ts"
import { MailSettings } from "../mail/MailSettings.ts"
import * as AccountsLayer from "./AccountsLayer.ts"
import { AccountsSettings } from "./AccountsSettings.ts"

/** The services of accounts next to a running service, for commands. Built when the command runs. */
export const withAccounts = Effect.provide(
  AccountsLayer.services.pipe(
    Layer.provideMerge(Mail.layer),
    Layer.provideMerge(Audit.layer),
    Layer.provideMerge(RateLimits.layerMemory),
    Layer.provideMerge(commandDatabase(AccountsSettings, MailSettings))
  )
)
