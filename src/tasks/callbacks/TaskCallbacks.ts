import { Clock, Context, Duration, Effect, Latch, Layer, Metric } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import { withoutEndSlash } from "../../platform/outbound/BaseUrl.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../../platform/Problems.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { SettingsError } from "../../platform/settings/SettingsGroup.ts"
import { sign, verify } from "./CallbackToken.ts"
import * as Groups from "../watch/Groups.ts"
import type { TaskCallback } from "./TaskCallback.ts"
import { CallbackExpired, CallbackForged, CallbackNotFound, CallbackUsed } from "./TaskCallbackErrors.ts"
import * as TaskCallbacksRepo from "./TaskCallbacksRepo.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"

const receivedTotal = Metric.counter("fairground_task_callbacks_total", {
  description: "Callbacks of integrations, by outcome",
  incremental: true
})

/** Outlives every attempt and its retries: an integration that takes long is not refused for it. */
const lifetime = Duration.hours(24)

/** What an integration brought for a task, and where it came in, for `spend`. */
export interface Arrival {
  readonly nonce: string
  readonly outcome: TaskCallback
}

/** An attempt that is called back. */
export interface Awaited {
  readonly taskId: string
  readonly attempt: number
}

const counted =
  (outcome: string) =>
  <E>(error: E) =>
    Effect.andThen(Metric.update(Metric.withAttributes(receivedTotal, { outcome }), 1), Effect.fail(error))

/** Addresses at which integrations call back, each for one task and one call, and what they bring. */
export class TaskCallbacks extends Context.Service<
  TaskCallbacks,
  {
    /** A new address for an attempt; it holds for a day. Fails where PUBLIC_URL is not set. */
    readonly open: (awaited: Awaited) => Effect.Effect<string, DatabaseUnavailable | SettingsError>
    /** Takes what an integration brings to an address. When it succeeds, what was brought is on disk. */
    readonly receive: (
      taskId: string,
      token: string,
      outcome: TaskCallback
    ) => Effect.Effect<void, CallbackForged | CallbackExpired | CallbackNotFound | CallbackUsed | DatabaseUnavailable>
    /**
     * What has been brought for the task so far, by whichever address: content that an earlier attempt did not live to
     * see counts, and so does a failure that is final. One that may pass counts for its own attempt only.
     */
    readonly find: (awaited: Awaited) => Effect.Effect<Arrival | undefined, DatabaseUnavailable>
    /**
     * Waits for the same, and for a database that does not answer. Brought to another replica, it is here within
     * milliseconds, or seconds where notices are lost.
     */
    readonly arrival: (awaited: Awaited) => Effect.Effect<Arrival>
    /** Not to be found again, as the task was failed for it. */
    readonly spend: (taskId: string, nonce: string) => Effect.Effect<void, DatabaseUnavailable>
    /** Removes addresses that expired a day ago, a bounded number: how many. */
    readonly sweep: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/tasks/callbacks/TaskCallbacks") {
  /**
   * `poll`: how often a waiting attempt looks for itself, should a notice be lost. Needs the database, the signals and
   * the settings.
   */
  static readonly layerPolling = (poll: Duration.Input) =>
    Layer.effect(
      TaskCallbacks,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { databaseDeadline, publicUrl } = yield* Settings
        const signals = yield* TaskSignals
        const repo = TaskCallbacksRepo.make(sql)
        const lasting = <A>(effect: Effect.Effect<A, SqlError.SqlError>) => retryTransient(databaseDeadline)(effect)

        // Read when it is first needed: most installations have nobody who calls back.
        let known: Uint8Array | undefined
        const secret = Effect.suspend(() =>
          known === undefined
            ? Effect.tap(lasting(repo.secret), (read) =>
                Effect.sync(() => {
                  known = read
                })
              )
            : Effect.succeed(known)
        )

        const waiting = Groups.make<Latch.Latch>()
        const wake = (taskId: string) => {
          for (const latch of waiting.of(taskId)) latch.openUnsafe()
        }
        yield* signals.on("brought", (taskIds) => taskIds.forEach(wake))
        // What was said while nobody listened is looked for.
        yield* signals.on("connected", () => waiting.keys().forEach(wake))

        const find = Effect.fn("TaskCallbacks.find")(function* ({ attempt, taskId }: Awaited) {
          const all = yield* lasting(repo.brought(taskId))
          return all.find(
            ({ attempt: by, outcome }) => "content" in outcome || !outcome.failure.retry || by === attempt
          )
        })

        const open = Effect.fn("TaskCallbacks.open")(function* ({ attempt, taskId }: Awaited) {
          if (publicUrl === undefined) {
            return yield* new SettingsError({ message: "PUBLIC_URL is not set: no integration can call back." })
          }
          const now = yield* Clock.currentTimeMillis
          const address = {
            taskId,
            nonce: randomBytes(16).toString("base64url"),
            expiresAt: Math.ceil((now + Duration.toMillis(lifetime)) / 1000) * 1000
          }
          const key = yield* secret
          yield* lasting(repo.open(address, attempt))
          return `${withoutEndSlash(publicUrl)}/api/v1/tasks/${taskId}/callback?token=${sign(key, address)}`
        })

        const receive = Effect.fn("TaskCallbacks.receive")(function* (
          taskId: string,
          token: string,
          outcome: TaskCallback
        ) {
          const address = verify(yield* secret, taskId, token)
          if (address === undefined) return yield* counted("forged")(new CallbackForged())
          if (address.expiresAt <= (yield* Clock.currentTimeMillis))
            return yield* counted("expired")(new CallbackExpired())
          const { isKnown, isStored } = yield* lasting(repo.receive(address, outcome))
          if (!isKnown) return yield* counted("not-found")(new CallbackNotFound())
          if (!isStored) return yield* counted("used")(new CallbackUsed())
          yield* Metric.update(Metric.withAttributes(receivedTotal, { outcome: "received" }), 1)
        })

        const arrival = Effect.fn("TaskCallbacks.arrival")((awaited: Awaited) => {
          const { taskId } = awaited
          return Effect.acquireUseRelease(
            Effect.tap(Latch.make(false), (latch) => Effect.sync(() => waiting.add(taskId, latch))),
            (latch) =>
              Effect.gen(function* () {
                for (;;) {
                  // Closed before the look, so that a notice during it is not lost.
                  yield* latch.close
                  const found = yield* Effect.orElseSucceed(find(awaited), () => undefined)
                  if (found !== undefined) return found
                  yield* Effect.timeoutOption(latch.await, poll)
                }
              }),
            (latch) => Effect.sync(() => waiting.remove(taskId, latch))
          )
        })

        return TaskCallbacks.of({
          open,
          receive,
          find,
          arrival,
          spend: (taskId, nonce) => lasting(repo.spend(taskId, nonce)),
          sweep: Effect.flatMap(Clock.currentTimeMillis, (now) =>
            lasting(repo.sweep(new Date(now - Duration.toMillis(lifetime)), 5000))
          )
        })
      })
    )

  /** Hears what the queue hears. Needs the database and the settings. */
  static readonly layer = TaskCallbacks.layerPolling("5 seconds").pipe(Layer.provide(TaskSignals.layer))
}
