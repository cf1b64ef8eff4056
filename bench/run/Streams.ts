import { Effect, type Scope } from "effect"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Order, Reply, Report } from "../load/Followers.ts"
import { attempt, type BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"
import type { Cluster } from "./Cluster.ts"
import * as Cpu from "./Cpu.ts"
import type { Load, Measured } from "./Load.ts"
import * as People from "./People.ts"
import * as Services from "./Services.ts"
import { median, type Summary, summarise } from "./Statistics.ts"

export interface Plan {
  readonly rounds: number
  readonly streams: number
  /** Plays a second. */
  readonly rate: number
  readonly warmUpMs: number
  readonly firstWarmUpMs: number
  readonly measureMs: number
}

export const planFor = (size: "quick" | "default" | "full"): Plan =>
  size === "quick"
    ? { rounds: 1, streams: 100, rate: 200, warmUpMs: 500, firstWarmUpMs: 500, measureMs: 1500 }
    : {
        rounds: size === "full" ? 11 : 7,
        streams: 2000,
        rate: 1000,
        warmUpMs: 2000,
        firstWarmUpMs: 6000,
        measureMs: 6000
      }

export interface Result {
  readonly without: Summary
  readonly with: Summary
  /** p99 of the plays with the streams to without: the median over the pairs of neighbours. */
  readonly p99: number
  /** Resident memory of the service in MB: warm and before the first stream, with all of them open, and after the plays. */
  readonly memory: { readonly before: number; readonly open: number; readonly after: number }
  /** What one stream got in a second. */
  readonly events: number
  readonly bytes: number
  /** Milliseconds from a play to when it was read. */
  readonly delay: { readonly p50: number; readonly p99: number }
  /** How many of the plays each stream was told of: 1 is all. */
  readonly told: number
  readonly refreshes: number
}

const program = fileURLToPath(new URL("../load/Followers.ts", import.meta.url))
const known = 10_000
const path = "/api/v1/events?topics=plays,tasks,contacts,games"

const ask = (child: ChildProcess, order: Order) =>
  attempt(
    "Following",
    () =>
      new Promise<Reply>((resolve, reject) => {
        child.once("message", (reply: Reply) =>
          reply.type === "failed" ? reject(new Error(reply.message)) : resolve(reply)
        )
        child.send(order)
      })
  )

const at = (values: ReadonlyArray<number>, part: number) =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(part * values.length))] ?? Number.NaN

/** Plays at a fixed rate, without and with people who follow them, in turns. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const url = yield* cluster.database("streams", known)
  const tokens = yield* People.add(cluster, url, plan.streams)
  const service = yield* Services.startOn("fairground", url)
  const child = yield* Child.start([program], { ipc: true })
  let seeds = 20_000
  const play = (warmUpMs: number) =>
    load.measure(service, {
      type: "open",
      port: service.port,
      players: { kind: "returning", known },
      connections: 256,
      rate: plan.rate,
      seed: ++seeds,
      warmUpMs,
      measureMs: plan.measureMs
    })
  const memory = () => Cpu.memoryOf(service.pid).now
  const open = ask(child, { type: "open", port: service.port, path, tokens })
  const report = Effect.map(ask(child, { type: "report" }), (reply) =>
    reply.type === "report" ? reply.report : undefined
  )

  yield* say("Streams: warming up")
  yield* play(plan.firstWarmUpMs)
  const before = memory()
  yield* open
  const opened = memory()
  yield* play(plan.firstWarmUpMs / 2)
  yield* ask(child, { type: "close" })
  yield* play(plan.firstWarmUpMs / 2)

  const rounds: Record<"without" | "with", Array<Measured>> = { without: [], with: [] }
  const reports: Array<Report & { readonly answered: number; readonly seconds: number }> = []
  const memories: Array<number> = []
  for (let round = 1; round <= plan.rounds; round++) {
    yield* say(`Plays with and without ${plan.streams} streams, round ${round} of ${plan.rounds}`)
    // Whoever comes first finds the machine a little slower.
    for (const side of round % 2 === 0 ? (["with", "without"] as const) : (["without", "with"] as const)) {
      if (side === "without") {
        rounds.without.push(yield* play(plan.warmUpMs))
        continue
      }
      yield* open
      yield* report
      const since = performance.now()
      const measured = yield* play(plan.warmUpMs)
      // The last plays are told a moment later.
      yield* Effect.sleep("2 seconds")
      const found = yield* report
      if (found !== undefined) {
        reports.push({ ...found, answered: measured.answered, seconds: (performance.now() - since) / 1000 })
      }
      memories.push(memory())
      rounds.with.push(measured)
      yield* ask(child, { type: "close" })
    }
  }
  const of = (pick: (one: (typeof reports)[number]) => number) => median(reports.map(pick))
  const delays = reports.flatMap((one) => one.delays)
  return {
    without: summarise(rounds.without),
    with: summarise(rounds.with),
    p99: median(rounds.with.map(({ p99 }, round) => p99 / rounds.without[round]!.p99)),
    memory: { before, open: opened, after: median(memories) },
    events: of((one) => one.events / plan.streams / one.seconds),
    bytes: of((one) => one.bytes / plan.streams / one.seconds),
    delay: { p50: at(delays, 0.5), p99: at(delays, 0.99) },
    told: of((one) => one.plays / one.answered),
    refreshes: reports.reduce((sum, one) => sum + one.refreshes, 0)
  }
})
