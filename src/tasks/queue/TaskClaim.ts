import { Deferred, Effect, Schema } from "effect"
import { readableProgress, type TaskProgress } from "../Task.ts"
import type { ClaimedRow } from "./TaskQueueRepo.ts"

/** `cancelled`: somebody cancelled the task. `lost`: the lease ran out; another replica has the task, or it is over. */
type StopReason = "cancelled" | "lost"

/**
 * A task that this process has claimed, until the end of its attempt is stored. It is passed along as a value: the dispatcher
 * gives it to a worker, the queue's element carries it to the attempt, and `TaskEnds` gets it to store the attempt's end.
 */
export class TaskClaim {
  readonly row: ClaimedRow
  /** Written to the row by the statement that claimed it. Only a statement that names this lock can end the attempt. */
  readonly lock: string
  readonly #stopped = Deferred.makeUnsafe<StopReason>()
  /** The end of the attempt is being stored, or has been. */
  isEnding = false
  stopReason: StopReason | undefined = undefined
  /** The latest progress that is not stored yet; undefined: there is none. */
  progress: TaskProgress | undefined = undefined

  constructor(row: ClaimedRow, lock: string) {
    this.row = row
    this.lock = lock
  }

  /** Completes when the attempt has to stop. Whatever the attempt ends with after that is not stored. */
  get stopped(): Effect.Effect<StopReason> {
    return Deferred.await(this.#stopped)
  }

  stop(reason: StopReason): void {
    this.stopReason ??= reason
    Deferred.doneUnsafe(this.#stopped, Effect.succeed(reason))
  }

  /** Notes the attempt's progress. Cheap to call often: only the latest is stored, every half second. */
  report(latest: TaskProgress): Effect.Effect<void> {
    return Effect.sync(() => {
      this.progress = readableProgress(latest)
    })
  }

  /** Lets a claim be part of a queue element. Elements stay in this process, so a claim is never encoded as JSON. */
  static readonly schema = Schema.instanceOf(TaskClaim, { toCodecJson: () => undefined })
}
