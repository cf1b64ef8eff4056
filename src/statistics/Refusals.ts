import { Clock, Context, Effect, Layer } from "effect"
import { OnProblem } from "../platform/edge/OnProblem.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { quarterAt } from "./Quarter.ts"
import * as RefusalsRepo from "./RefusalsRepo.ts"

/** How many different counts are kept at once. Whoever tries names that are no game's would fill the memory otherwise. */
const mostCounts = 5000

const recording = /^\/api\/v1\/games\/([a-z0-9-]{1,64})\/plays$/

/**
 * Counts refused plays in the memory of the process, so that a refusal costs nothing, and stores the counts every few seconds. What a
 * process has not stored is lost if it is killed.
 */
export class Refusals extends Context.Service<
  Refusals,
  {
    /** Stores the counts of this process. Returns how many there were. */
    readonly store: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/statistics/Refusals") {
  static readonly layer = Layer.effectContext(
    Effect.gen(function* () {
      const repo = yield* RefusalsRepo.make
      const clock = yield* Clock.Clock
      const retry = retryTransient((yield* Settings).databaseDeadline)
      let counts = new Map<string, RefusalsRepo.Count>()

      const add = (count: RefusalsRepo.Count): void => {
        const key = `${count.quarter} ${count.reason} ${count.slug}`
        const known = counts.get(key)
        if (known !== undefined) known.refusals += count.refusals
        else if (count.slug !== "" && counts.size >= mostCounts) add({ ...count, slug: "" })
        else counts.set(key, count)
      }

      const note = (method: string, path: string, reason: string): void => {
        if (method !== "POST") return
        const slug = recording.exec(path)?.[1]
        if (slug !== undefined) add({ slug, reason, quarter: quarterAt(clock.currentTimeMillisUnsafe()), refusals: 1 })
      }

      const store = Effect.suspend(() => {
        const taken = counts
        if (taken.size === 0) return Effect.succeed(0)
        counts = new Map()
        return repo.add([...taken.values()]).pipe(
          retry,
          // Kept for the next time. If only the answer was lost, they count twice.
          Effect.onError(() => Effect.sync(() => taken.forEach(add))),
          Effect.as(taken.size)
        )
      })

      // The server has closed by then, so that nothing is refused any more.
      yield* Effect.addFinalizer(() => Effect.ignore(store))
      return Context.make(Refusals, Refusals.of({ store })).pipe(Context.add(OnProblem, note))
    })
  )
}
