import { Effect } from "effect"
import type { EspError } from "../../../src/esp/EspClient.ts"

/** What a test compares of an error. */
export const failure = (error: EspError) => ({
  tag: error._tag,
  reason: error.reason,
  ...(error._tag === "EspRejected" ? {} : { acted: error.mayHaveActed })
})

/** What a registration fails with. */
export const failing = (registration: Effect.Effect<unknown, EspError>) =>
  Effect.map(Effect.flip(registration), failure)
