import { Cause, Duration, Effect, Exit, Metric, Option, Schema, Tracer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { storable } from "../../platform/JsonData.ts"
import { leavable } from "../../platform/Leavable.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { spans } from "../../platform/observe/Spans.ts"
import { commonErrors, TaskId } from "../Task.ts"
import { ended } from "./TaskEnds.ts"
import { TaskFailure } from "../TaskErrors.ts"
import type { AnyTaskKind } from "../TaskKinds.ts"
import { type Claim, type Final, TaskLedger } from "./TaskLedger.ts"
import { TaskRunner } from "../TaskRunner.ts"

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600]

const started = Metric.counter("fairground_task_attempts_total", {
  description: "Attempts at tasks that were begun, by kind.",
  incremental: true
})
const took = Metric.histogram("fairground_task_seconds", {
  description: "Time that an attempt at a task took, by kind.",
  boundaries: seconds
})
const waited = Metric.histogram("fairground_task_wait_seconds", {
  description: "Time from when a task could begin to its first attempt, by kind.",
  boundaries: seconds
})

/** The largest content, in bytes of JSON. */
const contentLimit = 1024 * 1024

type Outcome = "succeeded" | "failed" | "retried" | "released" | "cancelled" | "lost"

/** The span of the request that handed the task in. */
const linkOf = (trace: string | null) => {
  const [traceId, spanId] = trace?.split("-") ?? []
  return traceId === undefined || spanId === undefined
    ? []
    : [{ span: Tracer.externalSpan({ traceId, spanId }), attributes: {} }]
}

/**
 * Takes one task of a kind from its queue and makes an attempt at it. Fails when the attempt is to be made again, which
 * is the queue's affair.
 */
export const make = Effect.gen(function* () {
  const runner = yield* TaskRunner
  const ledger = yield* TaskLedger
  const withSpan = yield* spans

  return Effect.fnUntraced(function* (kind: AnyTaskKind) {
    const labelled = <Input, State>(metric: Metric.Metric<Input, State>, more?: Record<string, string>) =>
      Metric.withAttributes(metric, { kind: kind.name, ...more })
    const metrics = { started: labelled(started), took: labelled(took), waited: labelled(waited) }
    const note = (outcome: Outcome) => Metric.update(labelled(ended, { outcome }), 1)
    const decodeInput = Schema.decodeUnknownExit(Schema.toCodecJson(kind.input))
    const encodeContent = Schema.encodeUnknownExit(Schema.toCodecJson(kind.content))
    const timeout = Duration.fromInputUnsafe(kind.timeout)

    const work = (taskId: TaskId, attempts: number, claim: Claim) => {
      const input = decodeInput(claim.input)
      // Not what was wrong with it: that would quote it.
      if (Exit.isFailure(input)) return Effect.fail(TaskFailure.final("input-refused", commonErrors["input-refused"]))
      return runner
        .run(kind.name, {
          taskId,
          number: attempts,
          input: input.value,
          report: (progress) => ledger.report(taskId, attempts, progress)
        })
        .pipe(
          // Left, not waited for: a runner that never answers may not be one to interrupt either.
          leavable,
          Effect.timeoutOrElse({
            duration: timeout,
            orElse: () =>
              Effect.fail(TaskFailure.passing("timeout", `The attempt took longer than ${Duration.format(timeout)}.`))
          }),
          Effect.flatMap((content) => {
            const encoded = encodeContent(content)
            const isFit = Exit.isSuccess(encoded) && storable(encoded.value, contentLimit) === undefined
            return isFit
              ? Effect.succeed(JSON.stringify(encoded.value))
              : Effect.fail(TaskFailure.final("content-refused", commonErrors["content-refused"]))
          })
        )
    }

    const finish = (taskId: TaskId, attempts: number, final: Final) =>
      Effect.flatMap(ledger.finish(taskId, attempts, final), (isOurs) => note(isOurs ? final.status : "lost"))

    const attempt = Effect.fnUntraced(function* (taskId: TaskId, attempts: number) {
      const claim = ledger.claimOf(taskId, attempts)
      if (claim === undefined) return
      yield* Metric.update(metrics.started, 1)
      if (attempts === 1) yield* Metric.update(metrics.waited, claim.waitedSeconds)
      const since = performance.now()
      const exit = yield* Effect.exit(
        Effect.raceFirst(
          work(taskId, attempts, claim).pipe(
            withSpan("tasks.attempt", {
              root: true,
              links: linkOf(claim.trace),
              attributes: {
                "fairground.task.id": taskId,
                "fairground.task.kind": kind.name,
                "fairground.task.attempt": attempts
              }
            })
          ),
          claim.stopped
        )
      )
      yield* Metric.update(metrics.took, (performance.now() - since) / 1000)
      if (Exit.isSuccess(exit)) {
        if (exit.value === "cancelled" || exit.value === "lost") return yield* note(exit.value)
        return yield* finish(taskId, attempts, { status: "succeeded", content: exit.value })
      }
      const failure = Option.getOrUndefined(Cause.findErrorOption(exit.cause)) ?? (yield* defect(exit.cause))
      if (failure.isFinal || attempts >= kind.attempts) {
        return yield* finish(taskId, attempts, { status: "failed", code: failure.code, detail: failure.detail })
      }
      yield* note("retried")
      return yield* failure
    })

    const defect = (cause: Cause.Cause<unknown>) =>
      Effect.as(
        Effect.logError("An attempt at a task ended with a defect", forLog(cause)),
        TaskFailure.passing("internal", commonErrors.internal)
      )

    const queue = yield* PersistedQueue.make({
      name: kind.name,
      schema: Schema.Struct({ taskId: TaskId }),
      maxAttempts: kind.attempts,
      retrySchedule: kind.retry
    })
    return queue.take(({ taskId }, { attempts }) =>
      attempt(taskId, attempts).pipe(
        Effect.annotateLogs({ taskId, kind: kind.name, attempt: attempts }),
        Effect.onInterrupt(() => note("released"))
      )
    )
  })
})
