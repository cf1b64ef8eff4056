import type { Scope } from "effect"
import { Context, Effect, Layer, Semaphore } from "effect"
import { forLog } from "../platform/observe/Redaction.ts"
import { TaskFailure } from "./TaskErrors.ts"
import type { Attempt, Run, TaskKind } from "./TaskKind.ts"
import { type AnyTaskKind, taskKinds } from "./TaskKinds.ts"

/** The services that a kind's runner needs. */
type NeedsOf<Kind> =
  Kind extends TaskKind<infer _Name, infer _Input, infer _Content, infer _Error, infer Needs> ? Needs : never

/** Runs attempts by the runners of their kinds. */
export class TaskRunner extends Context.Service<
  TaskRunner,
  {
    /** Makes one attempt. `attempt.input` and the content that it returns are decoded values. */
    readonly run: (kind: string, attempt: Attempt<unknown>) => Effect.Effect<unknown, TaskFailure>
  }
>()("fairground/tasks/TaskRunner") {
  /**
   * The kinds' own runners. A runner is made for the first attempt of its kind and kept until the layer closes. If making
   * it fails, the next attempt tries again.
   */
  static readonly layerOf = <const Kinds extends ReadonlyArray<AnyTaskKind>>(
    kinds: Kinds
  ): Layer.Layer<TaskRunner, never, Exclude<NeedsOf<Kinds[number]>, Scope.Scope>> =>
    Layer.effect(
      TaskRunner,
      Effect.gen(function* () {
        const context = yield* Effect.context<NeedsOf<Kinds[number]> | Scope.Scope>()
        const runners = new Map(kinds.map((kind) => [kind.name, once(kind, context)]))
        return TaskRunner.of({
          run: (kind, attempt) => {
            const runner = runners.get(kind)
            return runner === undefined
              ? Effect.die(new Error(`no runner for tasks of the kind ${kind}`))
              : Effect.flatMap(runner, (run) => run(attempt))
          }
        })
      })
    ) as Layer.Layer<TaskRunner, never, Exclude<NeedsOf<Kinds[number]>, Scope.Scope>>

  static readonly layer = TaskRunner.layerOf(taskKinds)
}

const once = (
  kind: AnyTaskKind,
  context: Context.Context<never>
): Effect.Effect<Run<unknown, unknown>, TaskFailure> => {
  const making = Semaphore.makeUnsafe(1)
  let made: Run<unknown, unknown> | undefined
  const make = Effect.suspend(() => {
    if (made !== undefined) return Effect.succeed(made)
    const runner = kind.runner as Effect.Effect<Run<unknown, unknown>, unknown>
    return Effect.provideContext(runner, context).pipe(
      Effect.tap((run) => Effect.sync(() => void (made = run))),
      Effect.catchCause((cause) =>
        Effect.logError(`The runner of ${kind.name} tasks cannot be made`, forLog(cause)).pipe(
          Effect.andThen(Effect.fail(TaskFailure.passing("internal", "The runner of this kind cannot be made.")))
        )
      )
    )
  })
  return making.withPermits(1)(make)
}
