import { Schema } from "effect"
import { uuidV7 } from "../platform/contract/UuidV7.ts"
import { cut } from "../platform/contract/Cut.ts"

export const TaskId = uuidV7("task", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53").pipe(Schema.brand("TaskId"))
export type TaskId = typeof TaskId.Type

export const TaskStatus = Schema.Literals(["queued", "running", "succeeded", "failed", "cancelled"]).annotate({
  identifier: "TaskStatus",
  description:
    "`queued`: waits for its time, for a worker, or for its next attempt. `running`: an attempt is under way. `succeeded`, `failed` and `cancelled` are final."
})
export type TaskStatus = typeof TaskStatus.Type

/** Whether a task with this status is over: it never changes again unless an operator retries it. */
export const isFinal = (status: TaskStatus): boolean => status !== "queued" && status !== "running"

export const TaskPriority = Schema.Literals(["high", "normal"]).annotate({
  identifier: "TaskPriority",
  message: 'Expected "high" | "normal"',
  description:
    "`high`: before all normal tasks of its kind; `normal` where a new task says nothing. Kinds take turns, whatever the priorities."
})
export type TaskPriority = typeof TaskPriority.Type

export const TaskProgress = Schema.Struct({
  fraction: Schema.NullOr(Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))).annotate({
    description: "How much of the work is done, 0 to 1; null where that cannot be told.",
    examples: [0.4]
  }),
  message: Schema.String.annotate({ description: "The same for people.", examples: ["Asking the integration"] })
}).annotate({ identifier: "TaskProgress", description: "How far a task is, as its runner said last." })
export type TaskProgress = typeof TaskProgress.Type

/** A stored task; `input` and `content` are JSON of its kind's shape. */
export const Task = Schema.Struct({
  id: TaskId,
  kind: Schema.String,
  status: TaskStatus,
  priority: TaskPriority,
  input: Schema.Unknown,
  content: Schema.Unknown,
  /** Why the task failed; between attempts, why the last attempt failed. */
  errorCode: Schema.NullOr(Schema.String),
  errorDetail: Schema.NullOr(Schema.String),
  progress: Schema.NullOr(TaskProgress),
  attempts: Schema.Int,
  /** Grows by one with each change. */
  version: Schema.Int,
  runAt: Schema.DateTimeUtcFromDate,
  createdAt: Schema.DateTimeUtcFromDate,
  startedAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  finishedAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type Task = typeof Task.Type

/** What a live event says of a task. */
export const TaskNews = Schema.Struct({
  id: TaskId,
  kind: Schema.String.annotate({ description: "Its kind.", examples: ["truth-or-dare"] }),
  status: TaskStatus.pipe(Schema.annotateKey({ examples: ["running"] })),
  version: Schema.Int.annotate({
    description: "Grows with each change of the task. One that is lower than what was heard before is late.",
    examples: [2]
  })
}).annotate({ identifier: "TaskNews", description: "A task that was handed in or has changed." })

/** A runner's text in a form that PostgreSQL can store: no NUL, no lone surrogates, 2000 characters at most. */
export const readable = (text: string): string => cut(text, 2000).replaceAll("\0", "\u{fffd}").toWellFormed()

/** A runner's progress in a form that can be stored and answered: a fraction from 0 to 1, and a readable message. */
export const readableProgress = ({ fraction, message }: TaskProgress): TaskProgress => ({
  fraction: fraction === null || Number.isNaN(fraction) ? null : Math.min(Math.max(fraction, 0), 1),
  message: readable(message)
})

/** The codes that tasks of every kind may fail with. */
export const commonErrors = {
  timeout: "The last attempt took longer than the kind allows.",
  internal: "A defect of the service. The log has more.",
  crashed: "The process of the last attempt died, or could not store how it ended.",
  "input-refused": "The stored input is not what the kind takes any more.",
  "content-refused": "The runner's result is not what the kind promises, or cannot be stored.",
  "unknown-kind": "No replica knows the kind any more."
} as const satisfies { readonly [code: string]: string }
export type CommonError = keyof typeof commonErrors
