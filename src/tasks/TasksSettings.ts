import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** Settings of the acceptance, the processing, the watching and the retention of tasks. */
export class TasksSettings extends group<TasksSettings>()("fairground/tasks/TasksSettings", {
  taskQueue: Setting.whole("TASK_QUEUE", 1, 1_000_000, {
    default: "4096",
    description: "Tasks that may wait to be stored; when it is full, a task is answered with 503 at once."
  }),
  taskWaiters: Setting.whole("TASK_WAITERS", 1, 1_000_000, {
    default: "10000",
    description: "Requests of this process that may wait for tasks at once; further ones are answered with 503."
  }),
  taskWaitersAddress: Setting.whole("TASK_WAITERS_ADDRESS", 1, 1_000_000, {
    default: "250",
    description: "How many of them may come from one client address; further ones are answered with 429."
  }),
  taskWaitersAccount: Setting.whole("TASK_WAITERS_ACCOUNT", 1, 1_000_000, {
    default: "1000",
    description:
      "The same for the requests of one account, by keys or sessions, which do not count for their addresses."
  }),
  taskStreamMax: Setting.duration("TASK_STREAM_MAX", {
    default: "15 minutes",
    description: "How long a stream of events may last. Then it ends, and the client takes it up again by itself."
  }),
  taskRunAtMax: Setting.duration("TASK_RUN_AT_MAX", {
    default: "366 days",
    description: "How far from now the `runAt` of a new task may be."
  }),
  taskPoll: Setting.duration("TASK_POLL", {
    default: "1 second",
    description: "How often a replica with free workers looks for tasks that it was not told of, with jitter."
  }),
  taskLease: Setting.duration("TASK_LEASE", {
    default: "20 seconds",
    description:
      "How long a running task belongs to a replica that shows no sign of life; it does so four times in this time."
  }),
  taskRetention: Setting.duration("TASK_RETENTION", {
    default: "30 days",
    description: "How long a task that is over is kept, with its `Idempotency-Key`."
  }),
  taskIntegrations: Setting.text("TASK_INTEGRATIONS", {
    default: "",
    description:
      "The outside services that tasks are sent to: a JSON object of integrations by name, or the path of a file with one. Left out: none."
  })
}) {}
