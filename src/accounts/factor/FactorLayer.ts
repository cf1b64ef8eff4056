import { Layer } from "effect"
import { BrowserAttempts } from "../attempt/BrowserAttempts.ts"
import { Factors } from "./Factors.ts"
import { Passkeys } from "./Passkeys.ts"
import { PasskeySignIn } from "./PasskeySignIn.ts"
import { RecoveryCodes } from "./RecoveryCodes.ts"
import { SecondFactor } from "./SecondFactor.ts"
import { Totp } from "./Totp.ts"

/** Second factors, on what signing in is made of. */
export const services = Layer.mergeAll(SecondFactor.layer, PasskeySignIn.layer).pipe(
  Layer.provideMerge(Layer.mergeAll(Totp.layer, RecoveryCodes.layer, Passkeys.layer)),
  Layer.provideMerge(Factors.layer),
  Layer.provideMerge(BrowserAttempts.layer)
)
