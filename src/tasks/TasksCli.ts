import { DateTime, Duration, Effect, Layer, Option, Schema } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import * as Exits from "../platform/cli/Exits.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { TasksSettings } from "./TasksSettings.ts"
import { TruthOrDareSettings } from "./kinds/truth-or-dare/TruthOrDareSettings.ts"
import { isFinal, type Task, TaskId, TaskStatus } from "./Task.ts"
import * as Runners from "./Runners.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { TaskQueue } from "./queue/TaskQueue.ts"
import { TaskRunner } from "./TaskRunner.ts"
import { Tasks } from "./Tasks.ts"
import * as TasksJobs from "./TasksJobs.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, optional, type Since, since as sinceFlag, startOf, UnclearChoice } from "../platform/cli/Flags.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Terminal from "../platform/cli/Terminal.ts"

const database = Audit.layer.pipe(Layer.provideMerge(commandDatabase(TasksSettings, TruthOrDareSettings)))

const withTasks = Effect.provide(Tasks.layer.pipe(Layer.provide(TaskKinds.layer), Layer.provideMerge(database)))

const watch = Flag.Boolean("watch").pipe(
  Flag.withDescription(
    "Go on until interrupted, or until the task is over: drawn again on a terminal, a line for each change elsewhere. A list is looked at each second."
  ),
  Flag.withDefault(false)
)
const id = Argument.String("id").pipe(Argument.withDescription("The task's id."), Argument.withSchema(TaskId))
const kind = optional(Flag.String("kind").pipe(Flag.withDescription("Only tasks of this kind.")))

const since = sinceFlag("Only tasks handed in since")

const filters = {
  kind,
  since,
  status: optional(
    Flag.Literals("status", TaskStatus.literals).pipe(Flag.withDescription("Only tasks with this status."))
  ),
  limit: Flag.Int("limit").pipe(
    Flag.withDescription("How many at most, the newest first, 1 to 1000; left out: 25."),
    Flag.withSchema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))),
    Flag.withDefault(25)
  )
}

const facts = ({ errorCode, errorDetail, version: _version, ...task }: Task) => ({
  ...task,
  error: errorCode === null ? null : { code: errorCode, detail: errorDetail },
  runAt: Moment.iso(task.runAt),
  createdAt: Moment.iso(task.createdAt),
  startedAt: Moment.iso(task.startedAt),
  finishedAt: Moment.iso(task.finishedAt)
})

const line = (task: Task) =>
  [
    task.id,
    task.kind.padEnd(16),
    task.status.padEnd(9),
    `attempts ${task.attempts}`,
    DateTime.formatIso(task.createdAt),
    ...(task.status === "queued" && DateTime.isGreaterThan(task.runAt, task.createdAt)
      ? [`not before ${DateTime.formatIso(task.runAt)}`]
      : []),
    ...(task.errorCode === null ? [] : [task.errorCode]),
    ...(task.progress === null || isFinal(task.status) ? [] : [task.progress.message])
  ].join("  ")

const lines = (task: Task) => [
  `${task.id}: ${task.kind}, ${task.status}`,
  `  attempts: ${task.attempts}; priority: ${task.priority}`,
  `  handed in ${Moment.iso(task.createdAt)}, may begin ${Moment.iso(task.runAt)}, began ${Moment.iso(task.startedAt) ?? "not yet"}, ended ${Moment.iso(task.finishedAt) ?? "not yet"}`,
  `  input: ${JSON.stringify(task.input)}`,
  ...(task.progress === null ? [] : [`  progress: ${task.progress.fraction ?? "?"} ${task.progress.message}`]),
  ...(task.errorCode === null ? [] : [`  error: ${task.errorCode}: ${task.errorDetail ?? ""}`]),
  ...(task.status === "succeeded" ? [`  content: ${JSON.stringify(task.content)}`] : [])
]

const print = (task: Task, asJson: boolean) => Terminal.print(asJson ? JSON.stringify(facts(task)) : lines(task))

/** Clears a terminal before each drawing. Empty where the output is no terminal: lines are appended there. */
const redraw = process.stdout.isTTY ? "\u001b[2J\u001b[H" : ""

const listOf = (tasks: ReadonlyArray<Task>) => (tasks.length === 0 ? ["There are no such tasks."] : tasks.map(line))

/** Reads the list each second. Prints the whole list after `redraw` when it has changed; without `redraw`, each changed task. */
export const watchList = Effect.fnUntraced(function* <E>(
  read: Effect.Effect<ReadonlyArray<Task>, E>,
  json: boolean,
  redraw: string
) {
  let drawn: string | undefined
  let seen = new Map<string, number>()
  return yield* Effect.forever(
    Effect.gen(function* () {
      const found = yield* read
      if (redraw !== "" && !json) {
        const lines = listOf(found)
        const screen = lines.join("\n")
        if (screen !== drawn) yield* Terminal.print(lines, redraw)
        drawn = screen
      } else {
        for (const task of found.toReversed()) {
          if (seen.get(task.id) !== task.version) yield* Terminal.print(json ? JSON.stringify(facts(task)) : line(task))
        }
        seen = new Map(found.map(({ id, version }) => [id, version]))
      }
      yield* Effect.sleep("1 second")
    })
  )
})

const list = Command.make(
  "list",
  { ...filters, json, watch },
  Effect.fnUntraced(function* ({ json, since, watch, ...filter }) {
    const tasks = yield* Tasks
    const read = tasks.list({ ...filter, since: yield* startOf(since) })
    if (watch) return yield* watchList(read, json, redraw)
    const found = yield* read
    return yield* Terminal.print(json ? JSON.stringify(found.map(facts)) : listOf(found))
  }, withTasks)
).pipe(
  Command.withDescription("List tasks, the newest first."),
  Command.withExamples([
    { command: "fairground task list --status failed --since '1 day'", description: "What failed since yesterday" },
    {
      command: "fairground task list --json --watch --kind truth-or-dare",
      description: "A line of JSON for each change"
    }
  ])
)

const show = Command.make(
  "show",
  { id, json, watch },
  Effect.fnUntraced(function* ({ id, json, watch }) {
    const tasks = yield* Tasks
    let task: Task | undefined = yield* tasks.get(id)
    while (task !== undefined) {
      if (watch && !json && redraw !== "") yield* Terminal.print(lines(task), redraw)
      else yield* watch && !json ? Terminal.print(line(task)) : print(task, json)
      if (!watch || isFinal(task.status)) return
      task = yield* tasks.next(task.id, task.version)
    }
  }, withTasks)
).pipe(Command.withDescription("Show one task, with its input and content. With --watch until it is over."))

/** Which tasks to change: one by its id, or all that match the filters. */
const selection = { id: Argument.optional(id), kind, since, json }

interface Selected {
  readonly id: Option.Option<TaskId>
  readonly kind: string | null
  readonly since: Since | null
  readonly status: TaskStatus | null
  readonly json: boolean
}

/** Changes the named task, or all that match the filters. */
const change = Effect.fnUntraced(function* <E, F>(
  { id, json, kind, since, status }: Selected,
  one: (id: TaskId) => Effect.Effect<Task, E>,
  many: (since: Date | null) => Effect.Effect<number, F>,
  what: string
) {
  const isFiltered = kind !== null || since !== null || status !== null
  if (Option.isSome(id) === isFiltered) {
    return yield* new UnclearChoice({
      message: "Name either a task by its id, or tasks by --kind, --status or --since."
    })
  }
  if (Option.isSome(id)) return yield* print(yield* one(id.value), json)
  const count = yield* many(yield* startOf(since))
  return yield* Terminal.print(json ? JSON.stringify({ tasks: count }) : `${what}: ${count}`)
})

const statusOf = <const Status extends TaskStatus>(statuses: ReadonlyArray<Status>, usual: string) =>
  optional(
    Flag.Literals("status", statuses).pipe(Flag.withDescription(`Only tasks with this status; left out: ${usual}.`))
  )

const retry = Command.make(
  "retry",
  { ...selection, status: statusOf(["failed", "cancelled"], "failed") },
  Effect.fnUntraced(function* (selected) {
    const { retry, retrySome } = yield* Tasks
    const many = Effect.fnUntraced(function* (since: Date | null) {
      const of = {
        status: selected.status ?? "failed",
        ...(selected.kind === null ? {} : { kind: selected.kind }),
        ...(since === null ? {} : { since: DateTime.fromDateUnsafe(since) })
      }
      let sum = 0
      let after: TaskId | undefined
      do {
        const { count, next }: { readonly count: number; readonly next: TaskId | null } = yield* retrySome(of, after)
        sum += count
        after = next ?? undefined
      } while (after !== undefined)
      return sum
    })
    yield* change(selected, retry, many, "Queued again")
  }, withTasks)
).pipe(
  Command.withDescription("Queue tasks that failed or were cancelled again, with all their attempts."),
  Command.withExamples([
    {
      command: "fairground task retry --kind truth-or-dare --since '2 hours'",
      description: "All that failed since then"
    }
  ])
)

const cancel = Command.make(
  "cancel",
  { ...selection, status: statusOf(["queued", "running"], "both") },
  Effect.fnUntraced(function* (selected) {
    const { cancel, list } = yield* Tasks
    const many = Effect.fnUntraced(function* (since: Date | null) {
      let count = 0
      for (const status of selected.status === null ? (["queued", "running"] as const) : [selected.status]) {
        let before: TaskId | null = null
        do {
          const page: ReadonlyArray<Task> = yield* list({ kind: selected.kind, status, since, before, limit: 500 })
          // Those whose status has changed meanwhile are passed over.
          const cancelled = yield* Effect.forEach(
            page,
            ({ id }) =>
              Effect.as(cancel(id), 1).pipe(Effect.catchTag(["TaskNotFound", "TaskFinished"], () => Effect.succeed(0))),
            { concurrency: 8 }
          )
          for (const each of cancelled) count += each
          before = page.at(-1)?.id ?? null
        } while (before !== null)
      }
      return count
    })
    yield* change(selected, cancel, many, "Cancelled")
  }, withTasks)
).pipe(Command.withDescription("Stop tasks wherever they are. What they have done outside until then stays."))

const repeat = Command.make(
  "repeat",
  { id, json },
  Effect.fnUntraced(function* ({ id, json }) {
    yield* print(yield* (yield* Tasks).repeat(id), json)
  }, withTasks)
).pipe(Command.withDescription("Hand in a new task with the kind, the input and the priority of one that is over."))

const counts = Command.make(
  "counts",
  { kind, since, json },
  Effect.fnUntraced(function* ({ json, kind, since }) {
    const from = yield* startOf(since)
    const found = yield* (yield* Tasks).counts({
      ...(kind === null ? {} : { kind }),
      ...(from === null ? {} : { since: DateTime.fromDateUnsafe(from) })
    })
    yield* Terminal.print(
      json
        ? JSON.stringify(found)
        : TaskStatus.literals.map((status) => {
            const { isExact, tasks } = found[status]
            return `${status.padEnd(9)}  ${isExact ? "" : "at least "}${tasks}`
          })
    )
  }, withTasks)
).pipe(
  Command.withDescription(
    "Count tasks by status: those that are over among the newest 10,000, the others among the newest 10,000 that are not over."
  )
)

/** There is no kind with the name that was given. */
class UnknownKind extends Schema.TaggedError<UnknownKind>()("UnknownKind", { message: Schema.String }) {}

/** All kinds, or only the named one. */
const kindsOf = (name: string | null) =>
  Effect.gen(function* () {
    const kinds = yield* TaskKinds
    const chosen = [...kinds.values()].filter((one) => name === null || one.name === name)
    if (chosen.length > 0) return TaskKinds.layerOf(chosen)
    return yield* new UnknownKind({ message: `There is no kind ${name}. There are: ${[...kinds.keys()].join(", ")}.` })
  }).pipe(Effect.provide(TaskKinds.layer), Layer.unwrap)

const drain = Command.make(
  "drain",
  { kind, json },
  Effect.fnUntraced(
    function* ({ json, kind }) {
      const before = yield* DateTime.now
      const { workers } = yield* Settings
      const count = yield* Effect.gen(function* () {
        yield* TasksJobs.work
        const queue = yield* TaskQueue
        yield* queue.awaitIdle
        return queue.ended()
      }).pipe(
        Effect.scoped,
        Effect.provide(
          Layer.merge(Tasks.layer, TaskRunner.layer.pipe(Layer.provide(Runners.layer))).pipe(
            Layer.provideMerge(kindsOf(kind))
          )
        ),
        // WORKERS=0 keeps the service from working on tasks, but not this command.
        Effect.provideService(Settings, { ...(yield* Settings), workers: Math.max(1, workers) })
      )
      const took = Duration.toSeconds(DateTime.distance(before, yield* DateTime.now))
      yield* Terminal.print(
        json
          ? JSON.stringify({ attempts: count, seconds: took })
          : `Nothing is due any more: ${count} attempts in ${took} s.`
      )
    },
    Effect.provide(database),
    // Exit code 0 means that no task is due any more, so a drain that was stopped early must fail.
    Exits.failingWhenStopped("Stopped early: what is still due stays in the queue.")
  )
).pipe(
  Command.withDescription(
    "Work off, in this process, every task that is due (of one kind, if named), and stop. What is due later, or waits for its next attempt, stays."
  )
)

export const task = Command.make("task").pipe(
  Command.withDescription("List, count, show, retry, repeat, cancel and work off background tasks."),
  Command.withSubcommands([list, counts, show, retry, repeat, cancel, drain])
)
