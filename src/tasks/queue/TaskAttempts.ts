import { Cause, Duration, Effect, Exit, Metric, Option, Schema, Tracer } from "effect"
import { PersistedQueue } from "effect/persistence"
import { storable } from "../../platform/contract/JsonData.ts"
import { leavable } from "../../platform/Leavable.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { spans } from "../../platform/observe/Spans.ts"
import { commonErrors } from "../Task.ts"
import { TaskFailure } from "../TaskErrors.ts"
import type { AnyTaskKind } from "../TaskKinds.ts"
import { TaskClaim } from "./TaskClaim.ts"
import type { TaskEnd } from "./TaskEnds.ts"
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

/** The span of the request that handed the task in. */
const linkOf = (trace: string | null) => {
  const [traceId, spanId] = trace?.split("-") ?? []
  return traceId === undefined || spanId === undefined
    ? []
    : [{ span: Tracer.externalSpan({ traceId, spanId }), attributes: {} }]
}

/**
 * Takes one task of a kind from its queue and makes an attempt at it. Succeeds with the end of the task. A failure means that the
 * attempt can be retried; the queue decides whether and when.
 */
export const make = Effect.gen(function* () {
  const runner = yield* TaskRunner
  const withSpan = yield* spans

  return Effect.fnUntraced(function* (kind: AnyTaskKind) {
    const labelled = <Input, State>(metric: Metric.Metric<Input, State>) =>
      Metric.withAttributes(metric, { kind: kind.name })
    const metrics = { started: labelled(started), took: labelled(took), waited: labelled(waited) }
    const decodeInput = Schema.decodeUnknownExit(Schema.toCodecJson(kind.input))
    const encodeContent = Schema.encodeUnknownExit(Schema.toCodecJson(kind.content))
    const timeout = Duration.fromInputUnsafe(kind.timeout)

    const work = (claim: TaskClaim, stored: unknown, taskId: string, number: number) => {
      const input = decodeInput(stored)
      // A fixed text: the decoder's message would quote the input.
      if (Exit.isFailure(input)) return Effect.fail(TaskFailure.final("input-refused", commonErrors["input-refused"]))
      return runner
        .run(kind.name, { taskId, number, input: input.value, report: (progress) => claim.report(progress) })
        .pipe(
          // At the timeout the runner is left behind, not awaited: one that never answers may ignore its interruption too.
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
              ? Effect.succeed<TaskEnd>({ status: "succeeded", content: JSON.stringify(encoded.value) })
              : Effect.fail(TaskFailure.final("content-refused", commonErrors["content-refused"]))
          })
        )
    }

    /** Undefined: no attempt began, or it was stopped. There is no end of the task to store. */
    const attempt = Effect.fnUntraced(function* (
      claim: TaskClaim,
      taskId: string,
      number: number
    ): Effect.fn.Return<TaskEnd | undefined, TaskFailure> {
      const { task } = claim.row
      if (task === undefined) return undefined
      yield* Metric.update(metrics.started, 1)
      if (number === 1) yield* Metric.update(metrics.waited, task.waitedSeconds)
      const since = performance.now()
      const exit = yield* Effect.exit(
        Effect.raceFirst(
          work(claim, task.input, taskId, number).pipe(
            withSpan("tasks.attempt", {
              root: true,
              links: linkOf(task.trace),
              attributes: {
                "fairground.task.id": taskId,
                "fairground.task.kind": kind.name,
                "fairground.task.attempt": number
              }
            })
          ),
          Effect.as(claim.stopped, undefined)
        )
      )
      yield* Metric.update(metrics.took, (performance.now() - since) / 1000)
      if (Exit.isSuccess(exit)) return exit.value
      const failure = Option.getOrUndefined(Cause.findErrorOption(exit.cause)) ?? (yield* defect(exit.cause))
      if (!failure.isFinal) return yield* failure
      return { status: "failed", code: failure.code, detail: failure.detail }
    })

    const defect = (cause: Cause.Cause<unknown>) =>
      Effect.as(
        Effect.logError("An attempt at a task ended with a defect", forLog(cause)),
        TaskFailure.passing("internal", commonErrors.internal)
      )

    const queue = yield* PersistedQueue.make({
      name: kind.name,
      schema: Schema.Struct({ claim: TaskClaim.schema }),
      maxAttempts: kind.attempts,
      retrySchedule: kind.retry
    })
    return queue.take(({ claim }, { attempts, id }) =>
      attempt(claim, id, attempts).pipe(Effect.annotateLogs({ taskId: id, kind: kind.name, attempt: attempts }))
    )
  })
})
