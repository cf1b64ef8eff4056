import { Context, Deferred, Duration, Effect, Layer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { BackgroundSql } from "../../platform/postgres/Sql.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import * as TaskDispatch from "./TaskDispatch.ts"
import * as TaskQueueRepo from "./TaskQueueRepo.ts"
import * as TaskClaims from "./TaskClaims.ts"

type Store = PersistedQueue.PersistedQueueStore["Service"]
type TakeOptions = Parameters<Store["take"]>[0]

/**
 * The engine of `PersistedQueue` on PostgreSQL. Effect's own SQL store has no priorities, no limits over all replicas, no turns
 * among kinds, hears nothing of other processes, cannot be cancelled, and stores each end by itself.
 */
export class TaskQueue extends Context.Service<
  TaskQueue,
  {
    /** Looks for tasks of these kinds now. */
    readonly wake: (kinds: ReadonlyArray<string>) => void
    /** From now on nothing is claimed. */
    readonly pause: Effect.Effect<void>
    /** From now on the ends of attempts have DATABASE_DEADLINE to be stored in; what is not stored then is left to the leases. */
    readonly finishWithinDeadline: Effect.Effect<void>
    /** Waits until no task is held. */
    readonly awaitEmpty: Effect.Effect<void>
    /** Waits until nothing that is due is left, and no task is held. */
    readonly awaitIdle: Effect.Effect<void>
    /** How many attempts have ended here. */
    readonly ended: () => number
  }
>()("fairground/tasks/TaskQueue") {
  /** Provides the queue, and the store of `PersistedQueue` from which the workers take. */
  static readonly layer = Layer.effectContext(Effect.flatMap(BackgroundSql, (sql) => make(TaskQueueRepo.make(sql))))
}

/** The queue and its store on these statements. */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo) {
  const { workers } = yield* Settings
  const claims = yield* TaskClaims.make(repo)
  const dispatch = yield* TaskDispatch.make(repo, claims)
  const { awaitEmpty, awaitIdle, ended, ends, pause, wake } = dispatch
  if (workers > 0) {
    yield* claims.maintain
    yield* dispatch.run
  }

  const take = (options: TakeOptions): ReturnType<Store["take"]> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const taker = dispatch.join(options.name, options.maxAttempts)
        const claim = yield* restore(Deferred.await(taker.given)).pipe(Effect.onInterrupt(() => dispatch.leave(taker)))
        yield* Effect.addFinalizer((exit) => ends.finish(claim, exit, options))
        const { attempts, id } = claim.row
        // What was offered, and the claim. Decoding a claim gives the same claim and cannot fail.
        return { id, attempts, element: { taskId: id, claim } }
      })
    )

  const offer: Store["offer"] = ({ delay, element, id, name }) => {
    if (!isReference(element) || element.taskId !== id) {
      return Effect.fail(
        new PersistedQueue.PersistedQueueError({ message: "The queue of tasks holds the ids of tasks alone." })
      )
    }
    return repo.offer(id, name, delay === undefined ? 0 : Duration.toSeconds(delay)).pipe(
      Effect.mapError((cause) => new PersistedQueue.PersistedQueueError({ message: "Not offered.", cause })),
      Effect.andThen(Effect.sync(dispatch.poll))
    )
  }

  return Context.make(
    PersistedQueue.PersistedQueueStore,
    // Rows go with their tasks' ends: there is nothing to clean up.
    PersistedQueue.PersistedQueueStore.of({ offer, take, cleanup: () => Effect.void })
  ).pipe(
    Context.add(
      TaskQueue,
      TaskQueue.of({ wake, pause, finishWithinDeadline: ends.finishWithinDeadline, awaitEmpty, awaitIdle, ended })
    )
  )
})

const isReference = (element: unknown): element is { readonly taskId: string } =>
  typeof element === "object" && element !== null && "taskId" in element
