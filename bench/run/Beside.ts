import { Effect, type Scope } from "effect"
import { attempt, type BenchError } from "./BenchError.ts"
import type { Cluster } from "./Cluster.ts"
import type { Load } from "./Load.ts"
import * as Pairs from "./Pairs.ts"
import { seed } from "./Seed.ts"
import * as Services from "./Services.ts"

const known = 10_000

/** The service of another checkout, as `before`, and this one's. Each makes its own schema, so that the other may be older. */
export const run = Effect.fnUntraced(function* (
  cluster: Cluster,
  load: Load,
  folder: string,
  plan: Pairs.Plan,
  say: (line: string) => Effect.Effect<void>
): Effect.fn.Return<ReadonlyArray<Pairs.Row>, BenchError, Scope.Scope> {
  const start = Effect.fnUntraced(function* (name: string, cwd?: string) {
    const url = yield* cluster.empty(name)
    // The first one makes the schema.
    yield* Effect.scoped(Services.startOn("fairground", url, {}, cwd))
    yield* attempt(`${known} players`, () => seed(url, known))
    return Services.startOn("fairground", url, {}, cwd)
  })
  return yield* Pairs.run(load, [yield* start("before", folder), yield* start("after")], known, plan, say)
})
