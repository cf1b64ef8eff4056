export const tasks = {
  title: "Tasks",
  lead: "Work in the background, newest first",
  one: "Task",
  kind: "Task",
  kindName: "Kind",
  everyKind: "Every kind",
  kinds: { "truth-or-dare": "Truth or dare" },
  statusTitle: "State",
  everyStatus: "Every state",
  status: {
    queued: "waits",
    running: "runs",
    succeeded: "done",
    failed: "failed",
    cancelled: "cancelled"
  },
  states: {
    queued: "Waiting",
    running: "Running",
    succeeded: "Done",
    failed: "Failed",
    cancelled: "Cancelled"
  },
  atLeast: "{count}+",
  counted:
    "Only the newest 10,000 tasks are counted: where there is a plus, there may be more. Choose a time to count others.",
  age: "Handed in",
  everyAge: "At any time",
  ages: {
    hour: "In the last hour",
    day: "In the last 24 hours",
    week: "In the last 7 days",
    older: "More than 7 days ago"
  },
  progress: "Progress",
  attempts: "Attempts",
  createdAt: "Handed in",
  scheduled: "Begins {time}",
  nextAttempt: "Next attempt {time}",
  waitsLong: "waits for long",
  emptyTitle: "No task yet",
  emptyLead:
    "Whatever the service does in the background for games and programs is listed here while it is done, and for 30 days after.",
  noneTitle: "No task fits",
  noneLead: "Choose another kind, state or time.",
  priorityTitle: "Priority",
  priority: { high: "high", normal: "normal" },
  id: "Id",
  timeline: "Timeline",
  handedIn: "Handed in",
  mayBegin: "May begin",
  begun: "First attempt began",
  nextMayBegin: "Next attempt may begin",
  ended: { succeeded: "Done", failed: "Failed", cancelled: "Cancelled" },
  took: "It waited for {waited}, and was done in {worked}.",
  error: "Why it failed",
  lastError: "Why the last attempt failed",
  codes: {
    timeout: "It took too long",
    internal: "The service has a defect",
    crashed: "The process that did it has died",
    "input-refused": "The input does not fit the kind any more",
    "content-refused": "The result is not what the kind promises",
    "unknown-kind": "No process knows this kind any more"
  },
  content: "Result",
  input: "Input",
  json: "{title} as JSON",
  cancel: "Cancel the task",
  cancelTitle: "Cancel “{task}”?",
  cancelLead: "It stops wherever it is. What it has done outside until then stays. It can be queued again later.",
  cancelled: "The task was cancelled",
  retry: "Queue again",
  retried: "The task is queued again, with all its attempts",
  retryAll: "Queue all again",
  retryAllTitle: {
    failed: "Queue all failed tasks again that the filter shows?",
    cancelled: "Queue all cancelled tasks again that the filter shows?"
  },
  retryCountTitle: {
    failed: { one: "Queue {count} failed task again?", other: "Queue {count} failed tasks again?" },
    cancelled: { one: "Queue {count} cancelled task again?", other: "Queue {count} cancelled tasks again?" }
  },
  retryMoreTitle: {
    failed: "Queue all failed tasks again, {count} or more?",
    cancelled: "Queue all cancelled tasks again, {count} or more?"
  },
  retryAllLead:
    "All that the filter shows begin anew, with all their attempts, and what they do outside is done once more. First see why they failed: otherwise they fail again.",
  retriedAll: { one: "{count} task is queued again", other: "{count} tasks are queued again" },
  repeat: "Run again",
  repeatTitle: "Run “{task}” again?",
  repeatLead:
    "A new task gets the same input and does the same once more, also outside. This one stays as it is, with its result.",
  repeated: "The task is handed in again",
  unknownTitle: "There is no such task",
  unknownLead: "A task that is over is forgotten after 30 days, unless the settings say otherwise."
}
