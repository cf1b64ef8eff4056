import { Duration, Effect } from "effect"
import * as EspClient from "../../../src/esp/EspClient.ts"
import { EspMisconfigured, EspRejected, EspUnavailable } from "../../../src/esp/EspClient.ts"
import type { Behaviour } from "./EspMemory.ts"

export const existed: Behaviour = () => Effect.succeed(EspClient.existed())
export const created: Behaviour = () => Effect.succeed(EspClient.created())
export const rejected: Behaviour = () => Effect.fail(new EspRejected({ reason: "invalid-address" }))
export const misconfigured: Behaviour = () => Effect.fail(new EspMisconfigured({ reason: "the key is refused" }))
export const notReached: Behaviour = () => Effect.fail(EspUnavailable.notReached("unreachable"))
export const limited =
  (wait: Duration.Input): Behaviour =>
  () =>
    Effect.fail(EspUnavailable.notReached("rate-limited", Duration.fromInputUnsafe(wait)))
/** Carries out the call but answers with nonsense. */
export const garbage: Behaviour = (register) =>
  Effect.andThen(
    register,
    Effect.fail(new EspUnavailable({ reason: "garbage", mayHaveActed: true, retryAfter: undefined }))
  )
export const hangs: Behaviour = () => Effect.never
export const dies: Behaviour = () => Effect.die(new Error("a mistake in the adapter"))
