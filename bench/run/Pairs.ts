import { Effect, type Scope } from "effect"
import type { Players } from "../load/Order.ts"
import type { BenchError } from "./BenchError.ts"
import type { Load, Measured } from "./Load.ts"
import type { Service } from "./Services.ts"
import { median, type Summary, summarise } from "./Statistics.ts"

export interface Plan {
  readonly rounds: number
  readonly measureMs: number
  readonly warmUpMs: number
  readonly firstWarmUpMs: number
  readonly connections: ReadonlyArray<number>
}

export const planFor = (size: "quick" | "default" | "full"): Plan =>
  size === "quick"
    ? { rounds: 2, measureMs: 400, warmUpMs: 100, firstWarmUpMs: 500, connections: [32] }
    : {
        rounds: size === "full" ? 21 : 11,
        measureMs: 2000,
        warmUpMs: 500,
        firstWarmUpMs: 3000,
        connections: [1, 32, 256]
      }

export interface Row {
  readonly players: Players["kind"]
  readonly connections: number
  readonly before: Summary
  readonly after: Summary
  /** The ratios of plays a second, and of CPU a play, of the second side to the first: medians over the pairs of neighbours. */
  readonly perSecond: number
  readonly cpu: number
}

const cpuOf = ({ cpu }: Measured) => cpu.service + cpu.database

/** Starts a service, which runs until the scope closes. */
export type Start = Effect.Effect<Service, BenchError, Scope.Scope>

/**
 * Two services that record plays in turns on one machine, each with `known` players: who goes first changes with each round. Each round
 * has processes of its own. The collector of a process settles at its start: two of the same code differ by up to a tenth of the CPU
 * of a play, as long as they live.
 */
export const run = Effect.fnUntraced(function* (
  load: Load,
  starts: readonly [before: Start, after: Start],
  known: number,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<ReadonlyArray<Row>, BenchError> {
  const added = [1, 1]
  let seed = 9000
  const slots = (["returning", "new"] as const).flatMap((players) =>
    plan.connections.map((connections) => ({
      players,
      connections,
      rounds: [[], []] as [Array<Measured>, Array<Measured>]
    }))
  )
  const oneRound = Effect.fnUntraced(function* (round: number): Effect.fn.Return<void, BenchError, Scope.Scope> {
    const services = [yield* starts[0], yield* starts[1]] as const
    const play = Effect.fnUntraced(function* (
      at: 0 | 1,
      kind: Players["kind"],
      connections: number,
      warmUpMs: number,
      measureMs: number
    ) {
      const measured = yield* load.measure(services[at], {
        type: "closed",
        port: services[at].port,
        players: kind === "new" ? { kind, from: added[at]! } : { kind, known },
        connections,
        seed: ++seed,
        warmUpMs,
        measureMs
      })
      if (kind === "new") added[at]! += measured.answered
      return measured
    })
    for (const at of [0, 1] as const) {
      yield* play(at, "returning", 32, plan.firstWarmUpMs, 100)
      yield* play(at, "new", 32, plan.firstWarmUpMs / 2, 100)
    }
    for (const slot of slots) {
      for (const at of round % 2 === 0 ? ([1, 0] as const) : ([0, 1] as const)) {
        slot.rounds[at].push(yield* play(at, slot.players, slot.connections, plan.warmUpMs, plan.measureMs))
      }
    }
  })
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Round ${round} of ${plan.rounds}`)
    yield* Effect.scoped(oneRound(round))
  }
  return slots.map(({ connections, players, rounds: [before, after] }) => {
    const ratio = (pick: (round: Measured) => number) =>
      median(after.map((round, at) => pick(round) / pick(before[at]!)))
    return {
      players,
      connections,
      before: summarise(before),
      after: summarise(after),
      perSecond: ratio(({ perSecond }) => perSecond),
      cpu: ratio(cpuOf)
    }
  })
})
