import type { Measured } from "./Load.ts"

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The summary of several rounds. */
export interface Summary {
  readonly perSecond: number
  /** The slowest and the fastest round. */
  readonly range: readonly [number, number]
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly service: number
  readonly database: number
  readonly generator: number
  readonly cores: number
  /** How many answers had no verdict yet. */
  readonly unknown: number
  /** How many planned plays of an open loop were unanswered at the end. */
  readonly late: number
}

export const summarise = (rounds: ReadonlyArray<Measured>): Summary => {
  const of = (pick: (round: Measured) => number) => median(rounds.map(pick))
  const rates = rounds.map((round) => round.perSecond)
  return {
    perSecond: median(rates),
    range: [Math.min(...rates), Math.max(...rates)],
    p50: of((round) => round.p50),
    p99: of((round) => round.p99),
    p999: of((round) => round.p999),
    service: of((round) => round.cpu.service),
    database: of((round) => round.cpu.database),
    generator: of((round) => round.cpu.generator),
    cores: of((round) => round.cpu.cores),
    unknown: of((round) => round.unknown / Math.max(1, round.answered)),
    late: of((round) => round.late / Math.max(1, round.late + round.plays))
  }
}
