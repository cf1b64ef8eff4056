import { Duration } from "effect"
import type { Rate } from "../settings/Setting.ts"

/** The window of a rate at a given moment. */
export interface RateWindow {
  readonly lengthMillis: number
  /** The number of the window, counted from the epoch. */
  readonly index: number
  /** Whole seconds until the next window begins, at least 1. */
  readonly waitSeconds: number
}

export const windowAt = (rate: Rate, nowMillis: number): RateWindow => {
  const lengthMillis = Duration.toMillis(rate.window)
  const index = Math.floor(nowMillis / lengthMillis)
  return { lengthMillis, index, waitSeconds: Math.max(1, Math.ceil(((index + 1) * lengthMillis - nowMillis) / 1000)) }
}
