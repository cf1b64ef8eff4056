import { Context, Effect, Layer, Metric, type Scope } from "effect"
import { Overloaded, TooManyRequests } from "../../platform/Problems.ts"
import { TasksSettings } from "../TasksSettings.ts"

/** Whose places are counted together: all that one client address holds, as long as nobody says who they are. */
export interface Waiter {
  readonly by: "address"
  readonly name: string
}

/** Nobody knows when a place is let go of: soon enough for a person, and not at once again. */
const pause = 5

const waitersNow = Metric.gauge("fairground_task_waiters", {
  description: "Requests that wait for a task: each has its place for as long as it is answered."
})

/**
 * The places for requests that wait for tasks, TASK_WAITERS in this process and no more than its share for each waiter: a
 * wait and a stream cost little, but a connection each, and one client must not hold them all.
 */
export class TaskWaiters extends Context.Service<
  TaskWaiters,
  {
    /** Holds a place until the scope closes. */
    readonly enter: (waiter: Waiter) => Effect.Effect<void, Overloaded | TooManyRequests, Scope.Scope>
  }
>()("fairground/tasks/TaskWaiters") {
  /** Needs the settings. */
  static readonly layer = Layer.effect(
    TaskWaiters,
    Effect.gen(function* () {
      const settings = yield* TasksSettings
      const context = yield* Effect.context()
      const shares: Record<Waiter["by"], number> = { address: settings.taskWaitersAddress }
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
                  retryAfterSeconds: pause,
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
