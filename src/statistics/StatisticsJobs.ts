import { Effect, Layer, Metric } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Distinct } from "./Distinct.ts"
import { Folding } from "./Folding.ts"
import { Mending } from "./Mending.ts"
import { Refusals } from "./Refusals.ts"

const differences = Metric.gauge("fairground_statistics_differences", {
  description: "Differences of statistics that were waiting when they were last added up."
})

/**
 * Adds differences up, stores refusals, compares the statistics with the plays, and counts different players. With WORKERS=0 it only
 * stores the refusals of its own process, and says that it runs: other replicas do the rest.
 */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { workers } = yield* Settings
    const refusals = yield* Refusals
    const mending = yield* Mending
    yield* every("5 seconds", "Storing refusals", refusals.store)
    let hasBegun = false
    const begin = Effect.tap(mending.begin, () => {
      hasBegun = true
      return Effect.void
    })
    yield* every(
      "5 seconds",
      "Saying that statistics are kept",
      Effect.suspend(() => (hasBegun ? mending.see : begin))
    )
    if (workers === 0) return

    const folding = yield* Folding
    yield* every(
      "2 seconds",
      "Adding statistics up",
      Effect.tap(folding.fold, ({ waiting }) => Metric.update(differences, waiting)).pipe(
        Effect.map(({ folded }) => folded),
        untilNone
      )
    )
    const distinct = yield* Distinct
    yield* every(
      "1 second",
      "Comparing statistics with plays",
      Effect.gen(function* () {
        // Half of the time is left to plays, however many there are to compare.
        const step = yield* Effect.timed(mending.step)
        const [took, done] = step
        if (done === "mended" || done === "compared") {
          yield* Effect.sleep(took)
          return 1
        }
        return (yield* distinct.countNext) ? 1 : 0
      }).pipe(untilNone)
    )
  })
)
