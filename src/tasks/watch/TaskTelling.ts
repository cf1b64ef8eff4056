import { Effect, Latch, Layer } from "effect"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Notifier } from "../../platform/notify/Notifier.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import * as TasksRepo from "../TasksRepo.ts"
import { TaskSignals } from "./TaskSignals.ts"

/** How long changes are gathered before they are read. */
const pause = "200 millis"

/** The most tasks that are read at once: the newest of those that have changed. The others only count. */
const most = 20

/** The most changed tasks whose ids are kept. */
const mostKept = 1000

/**
 * Tells those who follow tasks in this process of changes. All processes hear by their signals which tasks have changed, so that nothing
 * is told from one to the other; what has become of the tasks is read once for all who follow, and only if somebody does.
 */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { databaseDeadline } = yield* Settings
    const notifier = yield* Notifier
    const signals = yield* TaskSignals
    const repo = yield* TasksRepo.make
    const retry = retryTransient(databaseDeadline)
    const changed = new Set<string>()
    let more = 0
    const wake = Latch.makeUnsafe(false)

    const note = (ids: ReadonlyArray<string>) => {
      if (!notifier.isWanted("tasks")) return
      for (const id of ids) {
        // Anew, so that it stands among the newest.
        changed.delete(id)
        changed.add(id)
      }
      for (const oldest of changed) {
        if (changed.size <= mostKept) break
        changed.delete(oldest)
        more++
      }
      wake.openUnsafe()
    }

    const tell = Effect.gen(function* () {
      const ids = [...changed]
      const others = more + Math.max(0, ids.length - most)
      changed.clear()
      more = 0
      if (ids.length === 0) return
      const found = yield* retry(repo.states(ids.slice(-most)))
      notifier.tellHere("tasks", () => [
        ...Array.from({ length: others }, () => ({ game: null, item: undefined })),
        ...found.map((item) => ({ game: null, item: { ...item } }))
      ])
    }).pipe(
      Effect.catchCause((cause) => {
        notifier.missHere("tasks")
        return Effect.logDebug("Changed tasks cannot be read", forLog(cause))
      })
    )

    yield* signals.on("changed", note)
    yield* signals.on("connected", () => notifier.missHere("tasks"))
    yield* Effect.gen(function* () {
      yield* wake.await
      yield* Effect.sleep(pause)
      wake.closeUnsafe()
      yield* tell
    }).pipe(Effect.forever, Effect.forkScoped)
  })
)
