import { Context, Effect, Layer, Metric, type Scope } from "effect"
import { Overloaded, TooManyRequests } from "../../platform/contract/Problems.ts"
import { TasksSettings } from "../TasksSettings.ts"

/** The client whose waiting requests are counted together: an account, or what is known of whoever is anonymous, the address. */
export interface Waiter {
  readonly by: "address" | "account"
  readonly name: string
}

/** Seconds until a refused client should retry. When a place becomes free is not known; this is soon enough for a person. */
const retryAfterSeconds = 5

const waitersNow = Metric.gauge("fairground_task_waiters", {
  description: "Requests that wait for a task: each has its place for as long as it is answered."
})

/**
 * Limits the requests that wait for tasks: TASK_WAITERS in this process, and a smaller number per client. A waiting request or
 * stream is cheap but holds a connection, and one client must not hold them all.
 */
export class TaskWaiters extends Context.Service<
  TaskWaiters,
  {
    /** Holds a place until the scope closes. */
    readonly enter: (waiter: Waiter) => Effect.Effect<void, Overloaded | TooManyRequests, Scope.Scope>
  }
>()("fairground/tasks/TaskWaiters") {
  static readonly layer = Layer.effect(
    TaskWaiters,
    Effect.gen(function* () {
      const settings = yield* TasksSettings
      const context = yield* Effect.context()
      const shares: Record<Waiter["by"], number> = {
        address: settings.taskWaitersAddress,
        account: settings.taskWaitersAccount
      }
      const held = new Map<string, number>()
      let all = 0
      waitersNow.updateUnsafe(0, context)

      const change = (key: string, by: 1 | -1) => {
        const count = (held.get(key) ?? 0) + by
        if (count === 0) held.delete(key)
        else held.set(key, count)
        all += by
        waitersNow.updateUnsafe(all, context)
      }

      const enter = ({ by, name }: Waiter) => {
        const key = `${by} ${name}`
        return Effect.acquireRelease(
          Effect.suspend((): Effect.Effect<void, Overloaded | TooManyRequests> => {
            if ((held.get(key) ?? 0) >= shares[by]) {
              return Effect.fail(
                new TooManyRequests({
                  retryAfterSeconds,
                  detail: `As many requests of this ${by} wait for tasks as may: ${shares[by]}.`
                })
              )
            }
            if (all >= settings.taskWaiters) {
              return Effect.fail(new Overloaded({ detail: "As many requests wait for tasks as may." }))
            }
            change(key, 1)
            return Effect.void
          }),
          () => Effect.sync(() => change(key, -1))
        )
      }

      return TaskWaiters.of({ enter })
    })
  )
}
