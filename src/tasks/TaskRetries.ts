import { Schema } from "effect"
import { TaskCursor } from "./TaskRecord.ts"
import { taskRange } from "./TaskRange.ts"

/** What a client sends to have tasks queued again. */
export const RetryTasks = Schema.Struct({
  status: Schema.Literals(["failed", "cancelled"]).annotate({
    description: "Those that have failed, or those that were cancelled.",
    examples: ["failed"]
  }),
  ...taskRange,
  cursor: Schema.optionalKey(TaskCursor)
}).annotate({ identifier: "RetryTasks", description: "Which tasks are queued again." })

export const RetriedTasks = Schema.Struct({
  retried: Schema.Int.annotate({ description: "How many tasks this request has queued again.", examples: [17] }),
  nextCursor: Schema.NullOr(TaskCursor).annotate({
    description: "Send the request again with it as `cursor`, to go on; null: all are done.",
    examples: [null]
  })
}).annotate({ identifier: "RetriedTasks", description: "How far the request has come." })
