import { Effect, type Scope } from "effect"
import { hashOf, makeToken } from "../../src/accounts/Tokens.ts"
import { counts, ofContacts } from "../../src/statistics/Counts.ts"
import { attempt, type BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import * as CountedStatement from "./CountedStatement.ts"
import type { Load } from "./Load.ts"
import * as Pairs from "./Pairs.ts"
import * as Services from "./Services.ts"
import { median } from "./Statistics.ts"

export interface Plan extends Pairs.Plan {
  readonly statementRounds: number
  /** Games with a year of statistics, one of which has 100 million plays. */
  readonly games: number
  readonly reads: number
}

export const planFor = (size: "quick" | "default" | "full"): Plan => ({
  ...Pairs.planFor(size),
  ...(size === "quick" ? { statementRounds: 3, games: 2, reads: 5 } : { statementRounds: 25, games: 20, reads: 30 })
})

const known = 10_000

export interface Read {
  readonly path: string
  readonly periods: number
  /** Median and worst time of a request, in milliseconds. */
  readonly median: number
  readonly worst: number
}

export interface Result {
  readonly rows: ReadonlyArray<Pairs.Row>
  readonly statements: ReadonlyArray<CountedStatement.Statement>
  readonly reads: ReadonlyArray<Read>
}

/** A year of statistics of games, as rows of the tables: the first game has 100 million plays. In the order in which they would come. */
const yearSql = (games: number) => {
  const first = "(extract(epoch from timestamptz '2025-01-01Z') / 900)::int"
  const names = counts.filter((name) => name !== "plays" && name !== "players")
  const zeros = names.map(() => "0").join(", ")
  const hourly = ["timed_plays", "day_players", "week_players", "plays", "players", ...ofContacts]
  const nil = "00000000-0000-0000-0000-000000000000"
  return [
    `insert into game (id, slug, title, time_zone, created_at, updated_at)
     select uuidv7(), 'year-' || n, 'A year', 'Europe/Prague', now(), now() from generate_series(1, ${games}) n`,
    `insert into statistics_quarter (game_id, quarter, time_zone, timed_plays, hour_players, day_players, week_players, plays, players, ${names.join(", ")})
     select game.id, quarter, 'Europe/Prague', plays, plays / 2, plays / 3, plays / 4, plays, plays / 5, ${zeros}
     from generate_series(${first}, ${first} + 35039) quarter
     cross join lateral (
       select id, case slug when 'year-1' then 2854 else 40 end as plays from game where slug like 'year-%'
     ) game
     order by quarter`,
    `insert into statistics_quarter (game_id, quarter, timed_plays, hour_players, day_players, week_players, plays, players, ${names.join(", ")})
     select '${nil}', quarter, 0, 0, 0, 0, sum(plays), sum(players), ${zeros} from statistics_quarter group by quarter`,
    `insert into statistics_hour (game_id, hour, time_zone, ${hourly.join(", ")})
     select game_id, quarter >> 2 as hour, max(time_zone), ${hourly.map((name) => `sum(${name})`).join(", ")}
     from statistics_quarter group by game_id, hour order by hour, game_id`,
    `insert into statistics_total (game_id, ${counts.join(", ")})
     select game_id, ${counts.map((name) => `sum(${name})`).join(", ")} from statistics_quarter group by game_id`,
    // As if all of it had been compared with its plays.
    `insert into statistics_state (checked_until, complete_from, seen_at)
     select quarter, quarter, now() from (select (extract(epoch from now()) / 900)::int as quarter) now`,
    "vacuum analyze statistics_quarter, statistics_hour"
  ]
}

const year = "from=2025-01-01&to=2026-01-01"

const paths: ReadonlyArray<string> = [
  `plays?game=year-1&by=day&${year}`,
  `plays?game=year-1&by=week&${year}`,
  "plays?game=year-1&by=hour&from=2025-06-01&to=2025-07-11",
  `plays?by=day&${year}`,
  "plays?game=year-1&by=day&from=2025-06-01&to=2025-07-01",
  "games/year-1",
  "games",
  `verdict-times?game=year-1&${year}`
]

const read = Effect.fnUntraced(function* (cluster: Cluster, plan: Plan) {
  const url = yield* cluster.database("year", 0)
  for (const statement of yearSql(plan.games)) yield* cluster.query(url, statement)
  const token = makeToken("key")
  const id = "'019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52'"
  yield* cluster.query(
    url,
    `insert into account (id, kind, name, role, created_at, updated_at) values (${id}, 'machine', 'Bench', 'viewer', now(), now())`
  )
  yield* cluster.query(
    url,
    `insert into api_key (id, account_id, name, hint, token_hash, scopes, created_by, created_at)
     values (${id}, ${id}, 'Bench', 'none', '\\x${Buffer.from(hashOf(token)).toString("hex")}', '{statistics:read}', ${id}, now())`
  )
  const service = yield* Services.startOn("fairground", url)
  const reads: Array<Read> = []
  for (const path of paths) {
    const times: Array<number> = []
    let periods = 0
    for (let count = 0; count < plan.reads; count++) {
      const since = performance.now()
      const body = yield* attempt(path, async () => {
        const answer = await fetch(`http://127.0.0.1:${service.port}/api/v1/statistics/${path}`, {
          headers: { authorization: `Bearer ${token}` }
        })
        if (!answer.ok) throw new Error(`status ${answer.status}: ${await answer.text()}`)
        return (await answer.json()) as { readonly periods?: ReadonlyArray<unknown> }
      })
      times.push(performance.now() - since)
      periods = body.periods?.length ?? 0
    }
    reads.push({ path, periods, median: median(times), worst: Math.max(...times) })
  }
  return reads
})

/** The service with the module statistics and without it, in turns on one machine: who goes first changes with each round. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  plan: Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Result, BenchError, Scope.Scope> {
  yield* say("Reading a year")
  const reads = yield* Effect.scoped(read(cluster, plan))
  yield* say("The statement alone")
  const statements = yield* Effect.scoped(CountedStatement.run(cluster, known, [1, 16, 64, 256], plan.statementRounds))

  const start = (name: string, modules: string) =>
    Effect.map(cluster.database(name, known), (url) => Services.startOn("fairground", url, { MODULES: modules }))
  const starts = [yield* start("uncounted", "none"), yield* start("counted", "statistics")] as const
  return { rows: yield* Pairs.run(load, starts, known, plan, say), statements, reads }
})
