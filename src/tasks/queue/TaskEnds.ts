import { Cause, Clock, Duration, Effect, Exit, Metric, Option, Schema } from "effect"
import type { PersistedQueue } from "effect/persistence"
import * as GroupCommit from "../../platform/GroupCommit.ts"
import { hasDataError, retryTransient } from "../../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { TasksSettings } from "../TasksSettings.ts"
import { commonErrors, readable } from "../Task.ts"
import { TaskFailure } from "../TaskErrors.ts"
import type * as TaskQueueRepo from "./TaskQueueRepo.ts"
import type { TaskClaim } from "./TaskClaim.ts"

/** The end of a task: what its last attempt succeeds with. An attempt that fails is retried while attempts are left. */
export const TaskEnd = Schema.Union([
  /** `content` is JSON text. */
  Schema.Struct({ status: Schema.Literal("succeeded"), content: Schema.String }),
  Schema.Struct({ status: Schema.Literal("failed"), code: Schema.String, detail: Schema.String })
])
export type TaskEnd = typeof TaskEnd.Type
const isTaskEnd = Schema.is(TaskEnd)

type Outcome = "succeeded" | "failed" | "retried" | "released" | "cancelled" | "lost" | "crashed"

const ended = Metric.counter("fairground_task_ends_total", {
  description: "Attempts at tasks that ended, by kind and outcome.",
  incremental: true
})

type TakeOptions = Parameters<PersistedQueue.PersistedQueueStore["Service"]["take"]>[0]

/** Called when attempts end. */
interface Listener {
  /** The claim is over: a worker is free. */
  readonly ended: (claim: TaskClaim) => void
  /** The end is stored; `delay` is the seconds until the next attempt, null where there is none. */
  readonly stored: (claim: TaskClaim, delay: number | null, now: number) => void
}

/** Stores the ends of attempts, in batches. */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo, listener: Listener) {
  const { databaseDeadline, workers } = yield* Settings
  const settings = yield* TasksSettings
  const deadline = Duration.toMillis(databaseDeadline)
  const lease = Duration.toMillis(settings.taskLease)
  // When a stopping process gives up storing ends, by its own clock.
  let until = Infinity
  const within = (end: ReturnType<TaskQueueRepo.TaskQueueRepo["end"]>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      retryTransient(Math.min(deadline, lease, Math.max(0, until - now)))(end)
    )
  // Starts again after each deadline: on a connection that went silent, a single statement would use up the whole lease.
  const untilLeaseEnds = (end: ReturnType<TaskQueueRepo.TaskQueueRepo["end"]>) =>
    Effect.retry(within(end), {
      times: Math.ceil(lease / deadline) - 1,
      while: ({ _tag }) => _tag === "DatabaseUnavailable" && until === Infinity
    })

  const ends = yield* GroupCommit.make<TaskQueueRepo.Ending, boolean, DatabaseUnavailable>({
    name: "task-ends",
    // Every task that runs can end at once.
    capacity: workers + 1,
    maxBatch: 256,
    writers: 1,
    run: (batch) => {
      // A released task is due again anyway when its lease runs out. A stopping service does not wait that long to release it.
      const patiently = batch.some(({ isCounted }) => isCounted) ? untilLeaseEnds : within
      return Effect.map(patiently(repo.end(batch)), (ids) => batch.map(({ id }) => Exit.succeed(ids.includes(id))))
    },
    isSpoilt: hasDataError
  })

  const count = ({ row: { kind } }: TaskClaim, outcome: Outcome) =>
    Metric.update(Metric.withAttributes(ended, { kind, outcome }), 1)

  // Only the code: the detail is the runner's own text, and may hold what must not be logged.
  const tell = (claim: TaskClaim, code: string | null) =>
    Effect.andThen(
      Effect.logInfo("A task has failed", { code }),
      code === "crashed" ? count(claim, "crashed") : Effect.void
    )

  /** Stores the end of an attempt; gives whether this process still had the task. A failed write is retried after the lease. */
  const store = (
    claim: TaskClaim,
    ending: Omit<TaskQueueRepo.Ending, "id" | "lock" | "isCounted"> & { readonly isCounted?: boolean }
  ): Effect.Effect<boolean> =>
    Effect.suspend(() => {
      if (claim.isEnding) return Effect.succeed(false)
      claim.isEnding = true
      if (claim.stopReason !== undefined) {
        listener.ended(claim)
        return Effect.succeed(false)
      }
      const { errorCode, errorDetail } = ending
      const stored: TaskQueueRepo.Ending = {
        isCounted: true,
        ...ending,
        // Runners write these texts. PostgreSQL would refuse some characters, and the attempt would be repeated.
        errorCode: errorCode === null ? null : readable(errorCode),
        errorDetail: errorDetail === null ? null : readable(errorDetail),
        id: claim.row.id,
        lock: claim.lock
      }
      return ends.submit(stored).pipe(
        Effect.tap(() =>
          Effect.map(Clock.currentTimeMillis, (now) => {
            listener.stored(claim, ending.delay, now)
          })
        ),
        Effect.tap((isOurs) => (isOurs && ending.status === "failed" ? tell(claim, stored.errorCode) : Effect.void)),
        Effect.catchCause((cause) =>
          Effect.as(Effect.logError("The end of a task's attempt could not be stored", forLog(cause)), false)
        ),
        Effect.annotateLogs({ taskId: claim.row.id, kind: claim.row.kind, attempt: claim.row.attempts }),
        Effect.ensuring(Effect.sync(() => listener.ended(claim)))
      )
    })

  /** `content` is JSON text. */
  const succeed = (claim: TaskClaim, content: string) =>
    store(claim, { status: "succeeded", content, errorCode: null, errorDetail: null, delay: null })

  const fail = (claim: TaskClaim, code: string, detail: string, isCounted = true) =>
    store(claim, { status: "failed", content: null, errorCode: code, errorDetail: detail, delay: null, isCounted })

  /** Queues the task for another attempt, after so many seconds. */
  const retry = (
    claim: TaskClaim,
    seconds: number,
    error: { readonly code: string; readonly detail: string } | undefined
  ) =>
    store(claim, {
      status: "queued",
      content: null,
      errorCode: error?.code ?? null,
      errorDetail: error?.detail ?? null,
      delay: seconds
    })

  /** Puts the task back, for any replica to claim at once. The attempt does not count. */
  const release = (claim: TaskClaim) =>
    store(claim, {
      status: "queued",
      content: null,
      errorCode: null,
      errorDetail: null,
      delay: 0,
      isCounted: false
    })

  /** Ends a claim by the exit of its worker's attempt. Every attempt that began ends here, and is counted here. */
  const finish = Effect.fnUntraced(function* (
    claim: TaskClaim,
    exit: Exit.Exit<unknown, unknown>,
    { maxAttempts, retryDelay }: TakeOptions
  ) {
    const { attempts } = claim.row
    const over = (status: TaskEnd["status"], stored: Effect.Effect<boolean>) =>
      Effect.flatMap(stored, (isOurs) => count(claim, isOurs ? status : "lost"))

    if (claim.stopReason !== undefined) {
      yield* count(claim, claim.stopReason)
      listener.ended(claim)
      return
    }
    if (Exit.isSuccess(exit)) {
      const end = exit.value
      // No attempt began: the task is over or deleted. Failing the claim removes the row from the queue.
      if (!isTaskEnd(end)) return yield* fail(claim, "internal", commonErrors.internal)
      return yield* over(
        end.status,
        end.status === "succeeded" ? succeed(claim, end.content) : fail(claim, end.code, end.detail)
      )
    }
    if (Cause.hasInterruptsOnly(exit.cause)) {
      yield* count(claim, "released")
      return yield* release(claim)
    }
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    const failure = error instanceof TaskFailure ? error : TaskFailure.passing("internal", commonErrors.internal)
    if (attempts >= maxAttempts) return yield* over("failed", fail(claim, failure.code, failure.detail))
    const own = Duration.toSeconds(yield* retryDelay(attempts))
    const asked = failure.retryAfter === undefined ? 0 : Duration.toSeconds(failure.retryAfter)
    yield* count(claim, "retried")
    return yield* retry(claim, Math.max(own, asked), failure)
  })

  /** Called when SHUTDOWN_GRACE is over. Ends that are not stored within DATABASE_DEADLINE are left to the leases. */
  const finishWithinDeadline = Effect.map(Clock.currentTimeMillis, (now) => {
    until = now + deadline
  })

  return { succeed, fail, retry, release, finish, finishWithinDeadline }
})
