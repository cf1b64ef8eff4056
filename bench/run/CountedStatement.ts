import { ConfigProvider, Context, Effect, Layer, type Scope } from "effect"
import { readFileSync } from "node:fs"
import type { Slug } from "../../src/games/Game.ts"
import * as Sql from "../../src/platform/postgres/Sql.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { Shutdown } from "../../src/platform/Shutdown.ts"
import { type PlayPart, PlayParts } from "../../src/plays/PlayPart.ts"
import * as PlaysRepo from "../../src/plays/PlaysRepo.ts"
import { PlaysSettings } from "../../src/plays/PlaysSettings.ts"
import { type Batch, submissionOf } from "../../src/plays/Submission.ts"
import { WriterSql } from "../../src/plays/WriterSql.ts"
import { part } from "../../src/statistics/StatisticsPart.ts"
import { addresses, game, playFields } from "../load/Players.ts"
import { BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"

/**
 * CPU time of the session that runs the statement, in microseconds per play: the least of all rounds, which is what other work on the
 * machine has disturbed least.
 */
export interface Statement {
  readonly size: number
  readonly without: number
  readonly with: number
}

/** Time on the CPU in nanoseconds: `/proc/<pid>/stat` counts in hundredths of a second. NaN where there is no such file. */
const cpuOf = (pid: number): number => {
  try {
    return Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0])
  } catch {
    return Number.NaN
  }
}

const writerOn = (url: string, parts: ReadonlyArray<PlayPart>) =>
  WriterSql.layer.pipe(
    Layer.provideMerge(Sql.layer),
    Layer.provideMerge(Shutdown.layer),
    Layer.provideMerge(Layer.succeed(PlayParts, parts)),
    Layer.provideMerge(
      layerOf(Settings, PlaysSettings).pipe(
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env: { DATABASE_URL: url, PLAY_WRITERS: "1" } })))
      )
    ),
    Layer.fresh
  )

const failed = Effect.mapError((error: { readonly message: string }) => new BenchError({ message: error.message }))

/** The statement on a database, and the process of its session. */
const statementOn = Effect.fnUntraced(function* (url: string, parts: ReadonlyArray<PlayPart>) {
  const context = yield* Layer.build(writerOn(url, parts))
  const sql = Context.get(context, WriterSql)
  const [row] = yield* sql<{ pid: number }>`select pg_backend_pid() as pid`
  return { repo: yield* Effect.provide(PlaysRepo.make, context), pid: row?.pid ?? 0 }
}, failed)

/** The statement alone, for plays of known players: in turns without and with the part of statistics. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  known: number,
  sizes: ReadonlyArray<number>,
  rounds: number
): Effect.fn.Return<ReadonlyArray<Statement>, BenchError, Scope.Scope> {
  const start = Effect.fnUntraced(function* (name: string, parts: ReadonlyArray<PlayPart>) {
    const url = yield* cluster.database(name, known)
    return { url, ...(yield* statementOn(url, parts)) }
  })
  const sides = [yield* start("statement_alone", []), yield* start("statement_counted", [part])]
  const next = addresses({ kind: "returning", known }, 7)
  const batchOf = (size: number): Effect.Effect<Batch> =>
    Effect.all(
      Array.from({ length: size }, () =>
        submissionOf({ slug: game as Slug, key: undefined, play: { email: next(), ...playFields } })
      )
    )

  const found: Array<Statement> = []
  for (const size of sizes) {
    const plays = Math.max(512, size * 24)
    const costs: [Array<number>, Array<number>] = [[], []]
    // The first round prepares the statement, and does not count.
    for (let round = 0; round <= rounds; round++) {
      for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const { pid, repo, url } = sides[at]!
        yield* cluster.query(url, "checkpoint")
        const batches = yield* Effect.all(Array.from({ length: Math.ceil(plays / size) }, () => batchOf(size)))
        const before = cpuOf(pid)
        for (const batch of batches) yield* failed(repo.record(batch, new Date(Date.now() + 33_000), false))
        if (round > 0) costs[at]!.push((cpuOf(pid) - before) / 1000 / (batches.length * size))
      }
    }
    found.push({ size, without: Math.min(...costs[0]), with: Math.min(...costs[1]) })
  }
  return found
})
