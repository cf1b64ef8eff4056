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
 * The store of `PersistedQueue` on PostgreSQL. Effect's own SQL store has no priorities, no limits over all replicas, no turns
 * among kinds, no notices from other processes and no cancellation, and it stores each end in a statement of its own.
 */
export class TaskQueue extends Context.Service<
  TaskQueue,
  {
    /** Has the dispatcher look for tasks of these kinds now. */
    readonly wake: (kinds: ReadonlyArray<string>) => void
    /** Claims nothing from now on. */
    readonly pause: Effect.Effect<void>
    /** Stores the ends of attempts for DATABASE_DEADLINE from now on. Ends that are not stored by then are left to the leases. */
    readonly finishWithinDeadline: Effect.Effect<void>
    /** Waits until this process has no claim. */
    readonly awaitEmpty: Effect.Effect<void>
    /** Waits until no task is due and this process has no claim. */
    readonly awaitIdle: Effect.Effect<void>
    /** How many attempts have ended in this process. */
    readonly ended: () => number
  }
>()("fairground/tasks/TaskQueue") {
  /** Also provides the store of `PersistedQueue` from which the workers take. */
  static readonly layer = Layer.effectContext(Effect.flatMap(BackgroundSql, (sql) => make(TaskQueueRepo.make(sql))))
}

/** The queue, and its store for `PersistedQueue`. */
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
        // The offered element with the claim added. Decoding a claim gives the same claim and cannot fail.
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
    // A row is deleted when its task ends: there is nothing to clean up.
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
