import { Schema } from "effect"
import type { TaskStatus } from "./Task.ts"

const Count = Schema.Struct({
  tasks: Schema.Int.annotate({ description: "How many tasks, or at least how many.", examples: [12] }),
  isExact: Schema.Boolean.annotate({
    description: "False: there are more tasks than were looked through, so there may be more of these.",
    examples: [true]
  })
}).annotate({ identifier: "TaskCount", description: "How many tasks have a status." })
export type TaskCount = typeof Count.Type

const count = (status: TaskStatus, tasks: number) =>
  Count.pipe(Schema.annotateKey({ description: `Tasks that are \`${status}\`.`, examples: [{ tasks, isExact: true }] }))

export const TaskCounts = Schema.Struct({
  queued: count("queued", 3),
  running: count("running", 1),
  succeeded: count("succeeded", 871),
  failed: count("failed", 12),
  cancelled: count("cancelled", 0)
} satisfies Record<TaskStatus, unknown>).annotate({ identifier: "TaskCounts", description: "Tasks by status." })
export type TaskCounts = typeof TaskCounts.Type
