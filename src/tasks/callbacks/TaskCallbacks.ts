import { Clock, Context, Duration, Effect, Latch, Layer, Metric } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import { withoutEndSlash } from "../../platform/outbound/BaseUrl.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { SettingsError } from "../../platform/settings/SettingsGroup.ts"
import { sign, verify } from "./CallbackToken.ts"
import * as Multimap from "../watch/Multimap.ts"
import type { TaskCallback } from "./TaskCallback.ts"
import { CallbackExpired, CallbackForged, CallbackNotFound, CallbackUsed } from "./TaskCallbackErrors.ts"
import * as TaskCallbacksRepo from "./TaskCallbacksRepo.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"

const receivedTotal = Metric.counter("fairground_task_callbacks_total", {
  description: "Callbacks of integrations, by outcome",
  incremental: true
})

/** Longer than any attempt and its retries, so that slow integrations are not refused. */
const lifetime = Duration.hours(24)

/** A callback that has arrived. `nonce` identifies its address, for `spend`. */
export interface Arrival {
  readonly nonce: string
  readonly outcome: TaskCallback
}

/** An attempt that waits for a callback. */
export interface Awaited {
  readonly taskId: string
  readonly attempt: number
}

const counted =
  (outcome: string) =>
  <E>(error: E) =>
    Effect.andThen(Metric.update(Metric.withAttributes(receivedTotal, { outcome }), 1), Effect.fail(error))

/** Callback addresses for integrations, each for one task and one call, and the callbacks that arrived. */
export class TaskCallbacks extends Context.Service<
  TaskCallbacks,
  {
    /** A new callback address for an attempt, valid for a day. Fails if PUBLIC_URL is not set. */
    readonly open: (awaited: Awaited) => Effect.Effect<string, DatabaseUnavailable | SettingsError>
    /** Stores a callback. When it succeeds, the callback is on disk. */
    readonly receive: (
      taskId: string,
      token: string,
      outcome: TaskCallback
    ) => Effect.Effect<void, CallbackForged | CallbackExpired | CallbackNotFound | CallbackUsed | DatabaseUnavailable>
    /**
     * The first callback for the task that counts, at any of its addresses. Content and final failures count even if they
     * were meant for an earlier attempt; a failure that may be retried counts for its own attempt only.
     */
    readonly find: (awaited: Awaited) => Effect.Effect<Arrival | undefined, DatabaseUnavailable>
    /**
     * Waits until `find` has a callback, and also through database outages. A callback that another replica received
     * arrives within milliseconds, or within seconds if its notification is lost.
     */
    readonly arrival: (awaited: Awaited) => Effect.Effect<Arrival>
    /** Marks a callback so that `find` ignores it, because the task has failed on it. */
    readonly spend: (taskId: string, nonce: string) => Effect.Effect<void, DatabaseUnavailable>
    /** Removes a limited number of addresses that expired at least a day ago. Returns how many. */
    readonly sweep: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/tasks/callbacks/TaskCallbacks") {
  /** `poll`: how often a waiting attempt queries the database, in case a notification is lost. */
  static readonly layerPolling = (poll: Duration.Input) =>
    Layer.effect(
      TaskCallbacks,
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const { databaseDeadline, publicUrl } = yield* Settings
        const signals = yield* TaskSignals
        const repo = TaskCallbacksRepo.make(sql)
        const retrying = <A>(effect: Effect.Effect<A, SqlError.SqlError>) => retryTransient(databaseDeadline)(effect)

        // Read when first needed, because most installations have no callbacks.
        let known: Uint8Array | undefined
        const secret = Effect.suspend(() =>
          known === undefined
            ? Effect.tap(retrying(repo.secret), (read) =>
                Effect.sync(() => {
                  known = read
                })
              )
            : Effect.succeed(known)
        )

        const waiting = Multimap.make<Latch.Latch>()
        const wake = (taskId: string) => {
          for (const latch of waiting.of(taskId)) latch.openUnsafe()
        }
        yield* signals.on("brought", (taskIds) => taskIds.forEach(wake))
        // Notifications sent while the connection was lost are gone, so every waiting attempt looks again.
        yield* signals.on("connected", () => waiting.keys().forEach(wake))

        const find = Effect.fn("TaskCallbacks.find")(function* ({ attempt, taskId }: Awaited) {
          const all = yield* retrying(repo.brought(taskId))
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
          yield* retrying(repo.open(address, attempt))
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
          const { isKnown, isStored } = yield* retrying(repo.receive(address, outcome))
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
                  // Closed before the query, so that a notification during the query is not lost.
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
          spend: (taskId, nonce) => retrying(repo.spend(taskId, nonce)),
          sweep: Effect.flatMap(Clock.currentTimeMillis, (now) =>
            retrying(repo.sweep(new Date(now - Duration.toMillis(lifetime)), 5000))
          )
        })
      })
    )

  static readonly layer = TaskCallbacks.layerPolling("5 seconds").pipe(Layer.provide(TaskSignals.layer))
}
