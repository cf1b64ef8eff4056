import { Effect } from "effect"
import type { EspError } from "../../../src/esp/EspClient.ts"

/** The parts of an error that tests compare. */
export const failure = (error: EspError) => ({
  tag: error._tag,
  reason: error.reason,
  ...(error._tag === "EspRejected" ? {} : { acted: error.mayHaveActed })
})

/** The error of a registration. */
export const failing = (registration: Effect.Effect<unknown, EspError>) =>
  Effect.map(Effect.flip(registration), failure)
