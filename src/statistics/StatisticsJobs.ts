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
 * Does a piece of work, and rests for as long as it took: half of the time is left to plays, however much there is to do. False: there
 * was nothing to do.
 */
export const resting = <E, R>(piece: Effect.Effect<boolean, E, R>): Effect.Effect<boolean, E, R> =>
  Effect.flatMap(Effect.timed(piece), ([took, isDone]) =>
    isDone ? Effect.as(Effect.sleep(took), true) : Effect.succeed(false)
  )

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
        const step = Effect.map(mending.step, (done) => done === "mended" || done === "compared")
        return (yield* resting(step)) || (yield* resting(distinct.countNext)) ? 1 : 0
      }).pipe(untilNone)
    )
  })
)
