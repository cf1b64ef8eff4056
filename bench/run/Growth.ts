import { Effect, type Scope } from "effect"
import type { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import type { Load, Measured } from "./Load.ts"
import type { Plan } from "./Plan.ts"
import * as Services from "./Services.ts"
import { type Summary, summarise } from "./Statistics.ts"

export interface Row {
  readonly players: number
  readonly summary: Summary
}

const connections = 32

/** Measures Fairground with growing numbers of stored players, each with a database and a process of its own. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<ReadonlyArray<Row>, BenchError, Scope.Scope> {
  let seed = 2000
  const slots: Array<{ service: Services.Service; players: number; rounds: Array<Measured> }> = []
  const play = (service: Services.Service, known: number, warmUpMs: number) =>
    load.measure(service, {
      type: "closed",
      port: service.port,
      players: { kind: "returning", known },
      connections,
      seed: ++seed,
      warmUpMs,
      measureMs: plan.measureMs
    })
  for (const players of plan.growth) {
    yield* say(`Growth: ${players} players are made`)
    const service = yield* Services.start(cluster, "fairground", players, `growth_${players}`)
    yield* play(service, players, plan.firstWarmUpMs)
    slots.push({ service, players, rounds: [] })
  }
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Growth, round ${round} of ${plan.rounds}`)
    for (const { players, rounds, service } of slots) rounds.push(yield* play(service, players, plan.warmUpMs))
  }
  return slots.map(({ players, rounds }) => ({ players, summary: summarise(rounds) }))
})
