import { Layer } from "effect"
import * as FactorLayer from "./factor/FactorLayer.ts"
import { Links } from "./Links.ts"
import { EmailChanges } from "./own/EmailChanges.ts"
import { OwnAccounts } from "./own/OwnAccounts.ts"
import { Devices } from "./password/Devices.ts"
import { PasswordResets } from "./password/PasswordResets.ts"
import { Passwords } from "./password/Passwords.ts"
import { Throttle } from "./password/Throttle.ts"
import { Entry } from "./session/Entry.ts"
import { OwnSessions } from "./session/OwnSessions.ts"
import { Sessions } from "./session/Sessions.ts"
import { SignIn } from "./session/SignIn.ts"
import { Standing } from "./session/Standing.ts"
import { Setup } from "./setup/Setup.ts"

/** What the others are made of. */
const ground = Layer.mergeAll(Links.layer, Sessions.layer, Passwords.layer, Throttle.layer, Devices.layer)

/** Getting in with a password: setup, signing in, sessions, resets and one's own account. */
export const services = Layer.mergeAll(EmailChanges.layer, OwnAccounts.layer, PasswordResets.layer, Setup.layer).pipe(
  Layer.provideMerge(FactorLayer.services),
  Layer.provideMerge(Layer.mergeAll(SignIn.layer, OwnSessions.layer, Standing.layer)),
  Layer.provideMerge(Entry.layer),
  Layer.provideMerge(ground)
)
