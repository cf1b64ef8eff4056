import { Deferred, Effect, Schema } from "effect"
import { readableProgress, type TaskProgress } from "../Task.ts"
import type { ClaimedRow } from "./TaskQueueRepo.ts"

/** `cancelled`: somebody cancelled the task. `lost`: the lease ran out, and the task is another replica's now, or over. */
type StopReason = "cancelled" | "lost"

/**
 * A task that this process has claimed, until the end of its attempt is stored. It is handed along as a value: from the dispatcher
 * to a worker, in the element of the queue to the attempt, and to what stores the attempt's end.
 */
export class TaskClaim {
  readonly row: ClaimedRow
  /** Made by the statement that claimed the row: only who knows it can end the attempt. */
  readonly lock: string
  readonly #stopped = Deferred.makeUnsafe<StopReason>()
  /** The end of its attempt is being stored, or was. */
  isEnding = false
  stopReason: StopReason | undefined = undefined
  /** How far the attempt is, as it last said; undefined where that is stored, or it has said nothing. */
  progress: TaskProgress | undefined = undefined

  constructor(row: ClaimedRow, lock: string) {
    this.row = row
    this.lock = lock
  }

  /** Ends when the attempt is to stop. How it ends is nobody's business from then on. */
  get stopped(): Effect.Effect<StopReason> {
    return Deferred.await(this.#stopped)
  }

  stop(reason: StopReason): void {
    this.stopReason ??= reason
    Deferred.doneUnsafe(this.#stopped, Effect.succeed(reason))
  }

  /** Says how far the attempt is. Cheap to call often: the latest is stored now and then. */
  report(latest: TaskProgress): Effect.Effect<void> {
    return Effect.sync(() => {
      this.progress = readableProgress(latest)
    })
  }

  /** For elements of the queue, which do not leave the process: a claim has no other form in JSON than itself. */
  static readonly schema = Schema.instanceOf(TaskClaim, { toCodecJson: () => undefined })
}
