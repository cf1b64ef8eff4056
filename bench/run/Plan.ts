import type { Options } from "./Options.ts"

/** The lengths and numbers of the measurements. */
export interface Plan {
  readonly rounds: number
  readonly measureMs: number
  readonly warmUpMs: number
  /**
   * The warm-up of every service before the first round. Afterwards, the code is compiled and the statements are prepared.
   */
  readonly firstWarmUpMs: number
  readonly connections: ReadonlyArray<number>
  readonly directConnections: ReadonlyArray<number>
  readonly openMs: number
  readonly growth: ReadonlyArray<number>
  /** How many plays the service has recorded when its memory is read again; 0: any number. */
  readonly memoryPlays: number
}

export const planFor = (size: Options["size"]): Plan => {
  const usual: Plan = {
    rounds: 3,
    measureMs: 3000,
    warmUpMs: 500,
    firstWarmUpMs: 4000,
    connections: [1, 32, 256],
    directConnections: [1, 2, 4, 8, 16, 32, 64],
    openMs: 5000,
    growth: [10_000, 1_000_000],
    memoryPlays: 0
  }
  switch (size) {
    case "default":
      return usual
    case "full":
      return {
        ...usual,
        growth: [10_000, 1_000_000, 5_000_000],
        memoryPlays: 1_000_000
      }
    case "quick":
      return {
        ...usual,
        rounds: 1,
        measureMs: 400,
        warmUpMs: 100,
        firstWarmUpMs: 500,
        directConnections: [1, 8],
        openMs: 600,
        growth: [10_000, 50_000]
      }
  }
}
