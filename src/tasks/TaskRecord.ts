import { Schema } from "effect"
import { cursor } from "../platform/contract/Paging.ts"
import * as Paging from "../platform/contract/Paging.ts"
import * as Moment from "../platform/contract/Moment.ts"
import { type Task, TaskId, TaskPriority, TaskProgress, TaskStatus } from "./Task.ts"

/** Newest first. */
export const TaskCursor = cursor("tasks", TaskId, TaskId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"))

const moment = (description: string, example: string) =>
  Schema.NullOr(Moment.toClient(description, example)).annotate({
    description: `${description.slice(0, -1)}; null before.`
  })

/** A task as it is stored, of whatever kind, for those who look after all of them. */
export const TaskRecord = Schema.Struct({
  id: TaskId,
  kind: Schema.String.annotate({
    description: "Its kind; the service may not know it any more.",
    examples: ["truth-or-dare"]
  }),
  status: TaskStatus.pipe(Schema.annotateKey({ examples: ["failed"] })),
  priority: TaskPriority,
  attempts: Schema.Int.annotate({ description: "Attempts begun so far.", examples: [5] }),
  progress: Schema.NullOr(TaskProgress).annotate({
    description: "How far it is, as its runner said last; null where it has said nothing.",
    examples: [null]
  }),
  input: Schema.Json.annotate({
    description: "What it was asked to do, as its kind has it. It may hold personal data.",
    examples: [{ type: "dare", language: "en", mood: "funny", ageGroup: "kids", players: ["Nora", "Emil"] }]
  }),
  content: Schema.Json.annotate({
    description: "The result, as its kind has it; null unless it has succeeded.",
    examples: [null]
  }),
  error: Schema.NullOr(
    Schema.Struct({
      code: Schema.String.annotate({ description: "One of its kind's, or of every kind's.", examples: ["timeout"] }),
      detail: Schema.NullOr(Schema.String).annotate({
        description: "What went wrong, for people.",
        examples: ["The attempt took longer than 6 minutes."]
      })
    }).annotate({ identifier: "TaskRecordError", description: "Why the task, or its last attempt, failed." })
  ).annotate({
    description: "Why it failed; of a task that waits for its next attempt, why the last one did; otherwise null.",
    examples: [{ code: "timeout", detail: "The attempt took longer than 6 minutes." }]
  }),
  createdAt: Moment.toClient("When it was handed in, in UTC.", "2026-11-20T10:00:00.000Z"),
  runAt: Moment.toClient("When it may begin, in UTC.", "2026-11-20T10:00:00.000Z"),
  startedAt: moment("When its first attempt began, in UTC.", "2026-11-20T10:00:00.004Z"),
  finishedAt: moment("When it ended, in UTC.", "2026-11-20T10:30:01.250Z")
}).annotate({ identifier: "TaskRecord", description: "A task as it is stored, of whatever kind." })
export type TaskRecord = typeof TaskRecord.Type

export const TaskPage = Paging.pageOf(TaskRecord, TaskCursor, {
  identifier: "TaskPage",
  description: "A page of tasks. It may hold fewer than `limit`, even none, and still have a next one."
})

export const recordOf = ({ content, errorCode, errorDetail, input, version: _version, ...task }: Task): TaskRecord => ({
  ...task,
  input: input as Schema.Json,
  content: content as Schema.Json,
  error: errorCode === null ? null : { code: errorCode, detail: errorDetail }
})
