import { type Duration, Schema } from "effect"
import { Problem } from "../platform/contract/Problem.ts"

/**
 * Why an attempt at a task failed. `code` is stable and one of its kind's; `detail` is for people and holds no secret
 * and no address. A final failure ends the task. Any other is retried while attempts are left, after the kind's own
 * pause, or after `retryAfter` if the integration asked for a longer one.
 */
export class TaskFailure extends Schema.TaggedError<TaskFailure>()("TaskFailure", {
  code: Schema.String,
  detail: Schema.String,
  isFinal: Schema.Boolean,
  retryAfter: Schema.UndefinedOr(Schema.Duration)
}) {
  /** Another attempt would fail in the same way. */
  static readonly final = (code: string, detail: string) =>
    new TaskFailure({ code, detail, isFinal: true, retryAfter: undefined })

  /** Another attempt may succeed. */
  static readonly passing = (code: string, detail: string, retryAfter?: Duration.Duration) =>
    new TaskFailure({ code, detail, isFinal: false, retryAfter })
}

/** 404: no task has this id. */
export class TaskNotFound extends Problem<TaskNotFound>()("TaskNotFound", {
  name: "task-not-found",
  status: 404,
  title: "There is no such task",
  explanation:
    "No task has the id in the path. The answer to `POST /api/v1/tasks` holds its `id`. A task that is over is forgotten after `TASK_RETENTION` (30 days unless set)."
}) {}

/** 409: the task has succeeded or failed, so it cannot be cancelled. */
export class TaskFinished extends Problem<TaskFinished>()(
  "TaskFinished",
  {
    name: "task-finished",
    status: 409,
    title: "The task is over",
    explanation: "The task has succeeded or failed, so there is nothing to cancel. `taskStatus` says which."
  },
  {
    taskStatus: Schema.Literals(["succeeded", "failed"]).annotate({
      description: "How the task ended."
    })
  }
) {}

/** 409: the task has neither failed nor been cancelled, so it cannot be queued again. */
export class TaskNotRetryable extends Problem<TaskNotRetryable>()(
  "TaskNotRetryable",
  {
    name: "task-not-retryable",
    status: 409,
    title: "The task cannot be queued again",
    explanation:
      "Only a task that has failed or was cancelled can be queued again. This one waits, runs or has succeeded: `taskStatus` says which."
  },
  {
    taskStatus: Schema.Literals(["queued", "running", "succeeded"]).annotate({
      description: "The task's status."
    })
  }
) {}

/** 409: the task cannot be handed in a second time. */
export class TaskNotRepeatable extends Problem<TaskNotRepeatable>()(
  "TaskNotRepeatable",
  {
    name: "task-not-repeatable",
    status: 409,
    title: "The task cannot be run again",
    explanation:
      "Only a task that is over is run again, of a kind that the service knows and still takes such an input for. `why` says what is in the way: `not-over`, `unknown-kind` or `input-refused`."
  },
  {
    why: Schema.Literals(["not-over", "unknown-kind", "input-refused"]).annotate({
      description: "What is in the way."
    })
  }
) {}
