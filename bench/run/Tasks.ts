import { Effect, Fiber, type Scope } from "effect"
import { clock } from "../tasks/Wire.ts"
import { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import * as Cpu from "./Cpu.ts"
import type { Options } from "./Options.ts"
import { median } from "./Statistics.ts"
import { type Kind, kinds, type Replica, start } from "./TaskContender.ts"

export interface Plan {
  readonly rounds: number
  /** How many tasks a throughput round has. */
  readonly flood: number
  /** How many tasks a round of start times has, and how many per second. */
  readonly paced: number
  readonly perSecond: number
  readonly idleSeconds: number
  readonly recoveries: number
}

export const planFor = (size: Options["size"]): Plan =>
  size === "quick"
    ? { rounds: 1, flood: 500, paced: 40, perSecond: 40, idleSeconds: 3, recoveries: 1 }
    : size === "full"
      ? { rounds: 9, flood: 10_000, paced: 300, perSecond: 50, idleSeconds: 60, recoveries: 5 }
      : { rounds: 3, flood: 8000, paced: 150, perSecond: 50, idleSeconds: 15, recoveries: 2 }

/** Loads the statement statistics, and makes room for the connections of all replicas. */
export const serverSettings = { shared_preload_libraries: "pg_stat_statements", max_connections: "400" }

export interface Throughput {
  readonly kind: Kind
  readonly processes: number
  readonly perSecond: number
  readonly range: readonly [number, number]
  /** Statements per task; `all` includes BEGIN and COMMIT. */
  readonly statements: number
  readonly all: number
  /** CPU milliseconds per task. */
  readonly service: number
  readonly database: number
}

export interface Start {
  readonly kind: Kind
  readonly where: "same" | "other"
  readonly p50: number
  readonly p99: number
}

export interface Idle {
  readonly kind: Kind
  /** Per second and replica. */
  readonly statements: number
  /** CPU use as a share of one core, of a replica and of the database per replica. */
  readonly service: number
  readonly database: number
  /** Connections of a replica, and its memory in MB. */
  readonly connections: number
  readonly memory: number
}

export interface Recovery {
  readonly kind: Kind
  readonly tasks: number
  readonly unfinished: number
  readonly repeats: number
  readonly seconds: number
  readonly range: readonly [number, number]
}

export interface Result {
  readonly throughput: ReadonlyArray<Throughput>
  readonly starts: ReadonlyArray<Start>
  readonly idle: ReadonlyArray<Idle>
  readonly recovery: ReadonlyArray<Recovery>
}

/** Marks the bench's own statements, which are not counted. */
const own = "/* bench */"

const counted = `${own} select
  coalesce(sum(calls) filter (where query !~* '^(begin|commit|rollback)'), 0)::float8 as statements,
  coalesce(sum(calls), 0)::float8 as all
  from pg_stat_statements where dbid = (select oid from pg_database where datname = current_database())
  and query not like '%' || '/* be' || 'nch */%'`

const quantile = (values: ReadonlyArray<number>, share: number) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

const rangeOf = (values: ReadonlyArray<number>) => [Math.min(...values), Math.max(...values)] as const

interface Ground {
  readonly kind: Kind
  readonly url: string
  readonly replicas: ReadonlyArray<Replica>
}

export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  const ground = Effect.fnUntraced(function* (kind: Kind, name: string, has: ReadonlyArray<"workers" | "api">) {
    const url = yield* cluster.database(`tasks_${kind}_${name}`, 10)
    yield* cluster.query(url, `${own} create extension pg_stat_statements`)
    const replicas: Array<Replica> = []
    for (const one of has) replicas.push(yield* start(kind, url, one))
    return { kind, url, replicas }
  })

  const ask = (url: string, text: string) =>
    Effect.map(cluster.query<Record<string, number>>(url, `${own} ${text}`), ([row]) => row ?? {})

  /** Waits until no task is left. Returns when the last one ended. */
  const over = Effect.fnUntraced(function* (url: string, seconds = 120) {
    const until = clock() + seconds * 1000
    while (clock() < until) {
      const { ended, left } = yield* ask(
        url,
        "select count(*) filter (where finished_at is null)::int as left, extract(epoch from max(finished_at))::float8 * 1000 as ended from task"
      )
      if (left === 0) return ended ?? Number.NaN
      yield* Effect.sleep("100 millis")
    }
    return Number.NaN
  })

  const flood = (replicas: ReadonlyArray<Replica>, count: number, millis = 0) =>
    Effect.forEach(
      replicas,
      ({ ask: tell }) => tell({ type: "flood", count: Math.ceil(count / replicas.length), atOnce: 64, millis }),
      { concurrency: "unbounded" }
    )

  /** Measures the statements and the CPU time of some work. */
  const metered = Effect.fnUntraced(function* <A, E>({ replicas, url }: Ground, work: Effect.Effect<A, E>) {
    yield* cluster.query(url, `${own} checkpoint`)
    yield* cluster.query(url, `${own} select pg_stat_statements_reset()`)
    const cpu = () => ({
      service: replicas.reduce((sum, { pid }) => sum + Cpu.ofProcess(pid), 0),
      database: Cpu.ofFamily(cluster.pid)
    })
    const before = cpu()
    const value = yield* work
    const after = cpu()
    const [row] = yield* cluster.query<{ statements: number; all: number }>(url, counted)
    return {
      value,
      statements: row?.statements ?? Number.NaN,
      all: row?.all ?? Number.NaN,
      service: after.service - before.service,
      database: after.database - before.database
    }
  })

  const inTurns = <A>(slots: ReadonlyArray<A>, round: number) => (round % 2 === 0 ? [...slots].reverse() : slots)

  const throughput = Effect.gen(function* () {
    const slots: Array<Ground & { readonly rounds: Array<Omit<Throughput, "kind" | "processes" | "range">> }> = []
    for (const processes of [1, 2]) {
      for (const kind of kinds) {
        const has = Array.from({ length: processes }, () => "workers" as const)
        slots.push({ ...(yield* ground(kind, `flood_${processes}`, has)), rounds: [] })
      }
    }
    for (const { replicas, url } of slots) {
      yield* flood(replicas, plan.flood / 2)
      yield* over(url)
    }
    for (let round = 1; round <= plan.rounds; round++) {
      yield* say(`Throughput, round ${round} of ${plan.rounds}`)
      for (const slot of inTurns(slots, round)) {
        const work = Effect.gen(function* () {
          const begun = clock()
          yield* flood(slot.replicas, plan.flood)
          return (yield* over(slot.url)) - begun
        })
        const found = yield* metered(slot, work)
        slot.rounds.push({
          perSecond: (plan.flood * 1000) / found.value,
          statements: found.statements / plan.flood,
          all: found.all / plan.flood,
          service: found.service / plan.flood,
          database: found.database / plan.flood
        })
      }
    }
    return slots.map(({ kind, replicas, rounds }): Throughput => {
      const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick))
      return {
        kind,
        processes: replicas.length,
        perSecond: of((round) => round.perSecond),
        range: rangeOf(rounds.map(({ perSecond }) => perSecond)),
        statements: of((round) => round.statements),
        all: of((round) => round.all),
        service: of((round) => round.service),
        database: of((round) => round.database)
      }
    })
  })

  const starts = Effect.gen(function* () {
    const slots: Array<Ground & { readonly where: Start["where"]; readonly rounds: Array<ReadonlyArray<number>> }> = []
    for (const where of ["same", "other"] as const) {
      for (const kind of kinds) {
        const has = where === "same" ? (["workers"] as const) : (["api", "workers"] as const)
        slots.push({ ...(yield* ground(kind, `start_${where}`, has)), where, rounds: [] })
      }
    }
    for (let round = 0; round <= plan.rounds; round++) {
      if (round > 0) yield* say(`Starts, round ${round} of ${plan.rounds}`)
      for (const { replicas, rounds, url } of inTurns(slots, round)) {
        const [first] = replicas
        const last = replicas.at(-1)
        if (first === undefined || last === undefined) continue
        yield* first.ask({ type: "pace", count: plan.paced, perSecond: plan.perSecond })
        yield* over(url)
        const said = yield* last.ask({ type: "starts" })
        // The round before the first one is the warm-up.
        if (round > 0 && said.type === "started") rounds.push(said.millis)
      }
    }
    return slots.map(({ kind, rounds, where }): Start => ({
      kind,
      where,
      p50: quantile(rounds.flat(), 0.5),
      p99: quantile(rounds.flat(), 0.99)
    }))
  })

  const idle = Effect.fnUntraced(function* (kind: Kind) {
    yield* say(`At rest: ${kind}`)
    const at = yield* ground(kind, "idle", ["workers", "workers"])
    yield* flood(at.replicas, 200)
    yield* over(at.url)
    yield* Effect.sleep("3 seconds")
    const found = yield* metered(at, Effect.sleep(plan.idleSeconds * 1000))
    const connections = yield* ask(
      at.url,
      "select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
    const each = plan.idleSeconds * at.replicas.length
    return {
      kind,
      statements: found.all / each,
      service: found.service / 1000 / each,
      database: found.database / 1000 / each,
      connections: (connections["count"] ?? Number.NaN) / at.replicas.length,
      memory: median(at.replicas.map(({ pid }) => Cpu.memoryOf(pid).now))
    }
  }, Effect.scoped)

  const tasks = 600
  const recovery = Effect.fnUntraced(function* (kind: Kind, round: number) {
    const at = yield* ground(kind, `kill_${round}`, ["workers", "workers"])
    const [first, second] = at.replicas
    if (first === undefined || second === undefined) return yield* new BenchError({ message: "There are no replicas." })
    // Both replicas have worked before one is killed.
    yield* flood(at.replicas, 200)
    yield* over(at.url)
    const all = yield* Effect.forkChild(flood([first], tasks, 400))
    yield* Effect.sleep("1500 millis")
    yield* second.kill
    const killed = clock()
    yield* Fiber.join(all)
    const ended = yield* over(at.url, 90)
    const found = yield* ask(
      at.url,
      "select count(*) filter (where finished_at is null)::int as unfinished, (sum(attempts) - count(*))::int as repeats from task"
    )
    return {
      seconds: (ended - killed) / 1000,
      unfinished: found["unfinished"] ?? Number.NaN,
      repeats: found["repeats"] ?? Number.NaN
    }
  }, Effect.scoped)

  const recoveries = Effect.gen(function* () {
    const rounds: Record<Kind, Array<Effect.Success<ReturnType<typeof recovery>>>> = { fairground: [], pgboss: [] }
    for (let round = 1; round <= plan.recoveries; round++) {
      yield* say(`kill -9, round ${round} of ${plan.recoveries}`)
      for (const kind of inTurns(kinds, round)) rounds[kind].push(yield* recovery(kind, round))
    }
    return kinds.map((kind): Recovery => {
      const seconds = rounds[kind].map((round) => round.seconds)
      return {
        kind,
        tasks,
        unfinished: rounds[kind].reduce((sum, { unfinished }) => sum + unfinished, 0),
        repeats: median(rounds[kind].map(({ repeats }) => repeats)),
        seconds: median(seconds),
        range: rangeOf(seconds)
      }
    })
  })

  return {
    throughput: yield* Effect.scoped(throughput),
    starts: yield* Effect.scoped(starts),
    idle: yield* Effect.forEach(kinds, idle),
    recovery: yield* recoveries
  }
})
