import { Effect, type Scope } from "effect"
import type { Players } from "../load/Order.ts"
import type { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import * as Cpu from "./Cpu.ts"
import type { Load, Measured } from "./Load.ts"
import type { Plan } from "./Plan.ts"
import * as Services from "./Services.ts"
import { type Summary, summarise } from "./Statistics.ts"

export const known = 10_000

const kinds: ReadonlyArray<Services.Kind> = ["fairground", "ordinary", "prepared", "statement"]

export interface Row {
  readonly who: Services.Kind | "direct"
  readonly players: Players["kind"]
  readonly connections: number
  readonly summary: Summary
}

export interface Memory {
  readonly kind: Services.Kind
  readonly plays: number
  /** Memory in MB: before the first play, after the last one, and the peak. */
  readonly before: number
  readonly after: number
  readonly peak: number
}

export interface Result {
  readonly rows: ReadonlyArray<Row>
  /** Throughput with one commit per play, by number of connections. The best one is in `rows`. */
  readonly search: ReadonlyArray<{ readonly connections: number; readonly perSecond: number }>
  readonly memory: ReadonlyArray<Memory>
}

/** Runs every contender in turn, round after round, so that a temporary disturbance of the machine affects all of them. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const services: Array<Services.Service> = []
  for (const kind of kinds) services.push(yield* Services.start(cluster, kind, known))
  const memoryBefore = services.map(({ pid }) => Cpu.memoryOf(pid).now)
  const directUrl = yield* cluster.database("direct", known)
  const answered = new Map<Services.Kind, number>()
  const added = new Map<Services.Kind, number>()
  let seed = 0

  const play = Effect.fnUntraced(function* (
    service: Services.Service,
    kind: Players["kind"],
    connections: number,
    warmUpMs: number,
    measureMs: number
  ) {
    const from = added.get(service.kind) ?? 1
    const measured = yield* load.measure(service, {
      type: "closed",
      port: service.port,
      players: kind === "new" ? { kind, from } : { kind, known },
      connections,
      seed: ++seed,
      warmUpMs,
      measureMs
    })
    answered.set(service.kind, (answered.get(service.kind) ?? 0) + measured.answered)
    if (kind === "new") added.set(service.kind, from + measured.answered)
    return measured
  })

  const direct = (connections: number, measureMs: number) =>
    load.measure(
      { url: directUrl },
      {
        type: "direct",
        url: directUrl,
        players: { kind: "returning", known },
        connections,
        seed: ++seed,
        warmUpMs: plan.warmUpMs,
        measureMs
      }
    )

  yield* say("Warming up")
  for (const service of services) {
    yield* play(service, "returning", 32, plan.firstWarmUpMs, 100)
    yield* play(service, "new", 32, plan.firstWarmUpMs / 2, 100)
  }

  yield* say("One statement a play without a service: looking for the best number of connections")
  const search: Array<{ readonly connections: number; readonly perSecond: number }> = []
  for (const connections of plan.directConnections) {
    search.push({ connections, perSecond: (yield* direct(connections, plan.measureMs / 2)).perSecond })
  }
  const best = search.reduce((a, b) => (b.perSecond > a.perSecond ? b : a)).connections

  const slots = (["returning", "new"] as const).flatMap((players) =>
    plan.connections.flatMap((connections) => [
      ...services.map((service) => ({
        who: service.kind,
        players,
        connections,
        measure: play(service, players, connections, plan.warmUpMs, plan.measureMs),
        rounds: [] as Array<Measured>
      })),
      ...(players === "returning" && connections === 32
        ? [
            {
              who: "direct" as const,
              players,
              connections: best,
              measure: direct(best, plan.measureMs),
              rounds: [] as Array<Measured>
            }
          ]
        : [])
    ])
  )
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Closed loop, round ${round} of ${plan.rounds}`)
    // The order rotates, so that no contender always follows the same one.
    const order = slots.map((_, at) => slots[(at * (round % 2 === 0 ? slots.length - 1 : 1)) % slots.length]!)
    for (const slot of order) slot.rounds.push(yield* slot.measure)
  }

  const first = services[0]!
  while ((answered.get(first.kind) ?? 0) < plan.memoryPlays) {
    yield* say(`Memory: ${answered.get(first.kind)} plays so far`)
    yield* play(first, "returning", 32, 0, 15_000)
  }
  return {
    rows: slots.map(({ connections, players, rounds, who }) => ({
      who,
      players,
      connections,
      summary: summarise(rounds)
    })),
    search,
    memory: services.map(({ kind, pid }, at) => {
      const { now, peak } = Cpu.memoryOf(pid)
      return { kind, plays: answered.get(kind) ?? 0, before: memoryBefore[at]!, after: now, peak }
    })
  }
})

/** Finds the summary of one row. */
export const find = (
  result: Result,
  who: Row["who"],
  players: Players["kind"],
  connections?: number
): Summary | undefined =>
  result.rows.find(
    (row) =>
      row.who === who && row.players === players && (connections === undefined || row.connections === connections)
  )?.summary
