import { Effect, type Scope } from "effect"
import type { BenchError } from "./BenchError.ts"
import * as Closed from "./Closed.ts"
import type { Cluster } from "./Cluster.ts"
import type { Load, Measured } from "./Load.ts"
import type { Plan } from "./Plan.ts"
import * as Services from "./Services.ts"
import { type Summary, summarise } from "./Statistics.ts"

export interface Row {
  readonly kind: Services.Kind
  readonly rate: number
  readonly summary: Summary
}

const connections = 256

/** Loads each service with half of its maximum, and the peer also with half of Fairground's. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  closed: Closed.Result | undefined,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<ReadonlyArray<Row>, BenchError, Scope.Scope> {
  const players = { kind: "returning", known: Closed.known } as const
  const fairground = yield* Services.start(cluster, "fairground", Closed.known, "open_fairground")
  const ordinary = yield* Services.start(cluster, "ordinary", Closed.known, "open_ordinary")
  let seed = 1000

  // Also serves as the warm-up. If the closed scenario ran, its result is used.
  const maximum = Effect.fnUntraced(function* (service: Services.Service) {
    let most = 0
    for (const at of [32, 256]) {
      const { perSecond } = yield* load.measure(service, {
        type: "closed",
        port: service.port,
        players,
        connections: at,
        seed: ++seed,
        warmUpMs: plan.firstWarmUpMs,
        measureMs: plan.measureMs / 2
      })
      const found =
        closed === undefined ? perSecond : (Closed.find(closed, service.kind, "returning", at)?.perSecond ?? perSecond)
      most = Math.max(most, found)
    }
    return most
  })
  yield* say("Open loop: warming up")
  const half = Math.round((yield* maximum(fairground)) / 2)
  const ownHalf = Math.round((yield* maximum(ordinary)) / 2)
  const slots = [
    { service: fairground, rate: half, rounds: [] as Array<Measured> },
    { service: ordinary, rate: half, rounds: [] as Array<Measured> },
    { service: ordinary, rate: ownHalf, rounds: [] as Array<Measured> },
    { service: fairground, rate: ownHalf, rounds: [] as Array<Measured> }
  ]
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Open loop, round ${round} of ${plan.rounds}`)
    for (const { rate, rounds, service } of slots) {
      rounds.push(
        yield* load.measure(service, {
          type: "open",
          port: service.port,
          players,
          connections,
          rate,
          seed: ++seed,
          warmUpMs: plan.warmUpMs,
          measureMs: plan.openMs
        })
      )
    }
  }
  return slots.map(({ rate, rounds, service }) => ({ kind: service.kind, rate, summary: summarise(rounds) }))
})
