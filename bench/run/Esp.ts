import { Effect, type Scope } from "effect"
import type { Behaviour } from "../peers/esp.ts"
import { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import * as Cpu from "./Cpu.ts"
import * as EspPeer from "./EspPeer.ts"
import type { Load, Measured } from "./Load.ts"
import * as Services from "./Services.ts"
import { median, type Summary, summarise } from "./Statistics.ts"

/** The lengths and numbers of the measurements. */
export interface Plan {
  readonly rounds: number
  readonly warmUpMs: number
  readonly firstWarmUpMs: number
  readonly measureMs: number
  /** How many contacts wait for a hanging ESP before they are settled. */
  readonly backlog: number
}

export const planFor = (size: "quick" | "default" | "full"): Plan =>
  size === "quick"
    ? { rounds: 1, warmUpMs: 200, firstWarmUpMs: 1000, measureMs: 1000, backlog: 4000 }
    : { rounds: size === "full" ? 7 : 3, warmUpMs: 1000, firstWarmUpMs: 4000, measureMs: 4000, backlog: 100_000 }

const known = 10_000

/** The behaviours of the ESP. The others are compared with the first. */
export const behaviours = ["healthy", "hanging", "refusing"] as const satisfies ReadonlyArray<Behaviour>

/** How many calls per second the backlog's ESP accepts. The background uses four fifths of them (GovernorPolicy.ts). */
export const limit = 1000
export const backgroundRate = limit * 0.8

export interface Row {
  readonly behaviour: Behaviour
  /** Planned plays of returning players per second; undefined: as many as are answered. */
  readonly planned: number | undefined
  readonly newPerSecond: number
  readonly summary: Summary
  /** For the new players: how many were answered with `unknown`, and their p99 in milliseconds. */
  readonly newUnknown: number
  readonly newP99: number
}

export interface Backlog {
  readonly contacts: number
  /** Memory in MB: before the first play, when all contacts wait, and the peak until then. */
  readonly before: number
  readonly waiting: number
  readonly peak: number
  /** Contacts settled per second, from the first twentieth to the last. */
  readonly perSecond: number
  /** Calls to the ESP per contact while the backlog was settled. 1 means no superfluous calls. */
  readonly callsEach: number
}

export interface Result {
  readonly rows: ReadonlyArray<Row>
  readonly backlog: Backlog
}

const connection = "peer"

const envFor = (peer: EspPeer.EspPeer, callsPerSecond: number, more: Readonly<Record<string, string>> = {}) => ({
  ESP_CONNECTIONS: JSON.stringify({
    [connection]: {
      provider: "listmonk",
      base: peer.url,
      user: "bench",
      token: { env: "BENCH_ESP_TOKEN" },
      list: 1,
      // Every call goes through the governor, as in production.
      limits: { calls: [`${callsPerSecond}/1s`], atOnce: 10_000 }
    }
  }),
  BENCH_ESP_TOKEN: "bench",
  // The default. The other scenarios raise it.
  ESP_CONCURRENCY: "256",
  ...more
})

/** Moves the seeded game and its contacts from the sandbox to the connection. */
const moveSql = ["game", "contact", "play"].map((table) => `update ${table} set esp = '${connection}'`).join("; ")

interface Contender {
  readonly behaviour: Behaviour
  readonly service: Services.Service
  newFrom: number
}

const sleep = (ms: number) => Effect.sleep(ms)

export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  let seed = 5000
  const contenders: Array<Contender> = []
  const start = Effect.fnUntraced(function* (name: string, env: Readonly<Record<string, string>>) {
    const url = yield* cluster.database(name, known)
    yield* cluster.query(url, moveSql)
    return yield* Services.startOn("fairground", url, env)
  })

  const play = Effect.fnUntraced(function* (
    contender: Contender,
    rate: number | undefined,
    newPerSecond: number,
    warmUpMs: number,
    measureMs: number
  ) {
    const { service } = contender
    const measured = yield* load.measure(service, {
      type: "mixed",
      port: service.port,
      known,
      connections: 32,
      ...(rate === undefined ? {} : { rate }),
      newFrom: contender.newFrom,
      newPerSecond,
      newConnections: 512,
      seed: ++seed,
      warmUpMs,
      measureMs
    })
    contender.newFrom += measured.others?.answered ?? 0
    return measured
  })

  // Each behaviour has its own ESP, service and database, because a circuit takes time to open and to close.
  const plays = Effect.gen(function* () {
    for (const behaviour of behaviours) {
      const peer = yield* EspPeer.start(50)
      yield* peer.behave(behaviour)
      contenders.push({ behaviour, service: yield* start(`esp_${behaviour}`, envFor(peer, 100_000)), newFrom: 1 })
    }
    yield* say("ESP: warming up")
    const found: Array<number> = []
    for (const contender of contenders) {
      found.push((yield* play(contender, undefined, 100, plan.firstWarmUpMs, plan.measureMs / 2)).perSecond)
    }
    // New players make a fifth of all plays, a quarter of those of returning players. Measured at half the maximum and at the
    // maximum, with the same number of new players in each.
    const most = median(found)
    const half = Math.round(most * 0.4)
    const slots = [half, undefined].flatMap((planned) =>
      contenders.map((contender) => ({
        contender,
        planned,
        newPerSecond: Math.round((planned ?? most * 0.5) / 4),
        rounds: [] as Array<Measured>
      }))
    )
    for (const { contender, newPerSecond, planned } of slots) {
      // The circuit opens before the first round, because the detection of a broken ESP is not measured.
      yield* play(contender, planned, newPerSecond, plan.firstWarmUpMs, 100)
    }
    for (let round = 1; round <= plan.rounds; round++) {
      yield* say(`ESP healthy, hanging and refusing, round ${round} of ${plan.rounds}`)
      const order = round % 2 === 0 ? [...slots].reverse() : slots
      for (const { contender, newPerSecond, planned, rounds } of order) {
        rounds.push(yield* play(contender, planned, newPerSecond, plan.warmUpMs, plan.measureMs))
      }
    }
    return slots.map(({ contender, newPerSecond, planned, rounds }) => ({
      behaviour: contender.behaviour,
      planned,
      newPerSecond,
      summary: summarise(rounds),
      newUnknown: median(rounds.map(({ others }) => (others?.unknown ?? 0) / Math.max(1, others?.answered ?? 0))),
      newP99: median(rounds.map(({ others }) => others?.p99 ?? Number.NaN))
    }))
  })
  const rows = yield* Effect.scoped(plays)

  const backlog = Effect.gen(function* () {
    const peer = yield* EspPeer.start(10)
    yield* peer.behave("hanging")
    const env = envFor(peer, limit, { WORKERS: "64" })
    const waiting = yield* Effect.scoped(
      Effect.gen(function* () {
        const service = yield* start("esp_backlog", env)
        const before = Cpu.memoryOf(service.pid).now
        let made = 0
        while (made < plan.backlog) {
          yield* say(`Backlog: ${made} contacts wait`)
          const { answered } = yield* load.measure(service, {
            type: "closed",
            port: service.port,
            players: { kind: "new", from: made + 1 },
            connections: 32,
            seed: ++seed,
            warmUpMs: 0,
            measureMs: Math.min(15_000, plan.backlog / 4)
          })
          made += answered
        }
        const { now, peak } = Cpu.memoryOf(service.pid)
        return { url: service.url, before, now, peak }
      })
    )
    const count = () =>
      Effect.map(
        cluster.query<{ left: number }>(
          waiting.url,
          "select count(*)::float8 as left from contact where verdict = 'unknown'"
        ),
        ([row]) => row?.left ?? 0
      )
    const contacts = yield* count()
    // Another process settles what the stopped one has left.
    yield* peer.behave("healthy")
    const { asked } = yield* peer.count
    yield* Services.startOn("fairground", waiting.url, env)
    const marks: Array<{ readonly at: number; readonly created: number }> = []
    let told = 0
    // Long enough at a tenth of the rate.
    const until = performance.now() + (contacts * 10_000) / backgroundRate + 60_000
    while (true) {
      const { created } = yield* peer.count
      if (performance.now() > until) {
        return yield* new BenchError({ message: `Only ${created} of ${contacts} contacts were settled in time.` })
      }
      marks.push({ at: performance.now(), created })
      if (created >= contacts) break
      if (created - told > contacts / 8) {
        told = created
        yield* say(`Backlog: ${created} of ${contacts} contacts are settled`)
      }
      yield* sleep(100)
    }
    const first = marks.find(({ created }) => created >= contacts * 0.05)
    const last = marks.find(({ created }) => created >= contacts * 0.95)
    return {
      contacts,
      before: waiting.before,
      waiting: waiting.now,
      peak: waiting.peak,
      perSecond:
        first === undefined || last === undefined
          ? Number.NaN
          : ((last.created - first.created) * 1000) / (last.at - first.at),
      callsEach: ((yield* peer.count).asked - asked) / contacts
    }
  })
  return { rows, backlog: yield* Effect.scoped(backlog) }
})
