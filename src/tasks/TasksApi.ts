import { Schema, SchemaTransformation, Stream } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { demanded, needs, widens } from "../platform/contract/Access.ts"
import { idempotencyKey } from "../platform/contract/IdempotencyKey.ts"
import * as Moment from "../platform/contract/Moment.ts"
import {
  bodyProblems,
  DatabaseUnavailable,
  IdempotencyKeyReused,
  Overloaded,
  TooManyRequests
} from "../platform/contract/Problems.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { queryNumber } from "../platform/contract/QueryNumber.ts"
import { type CommonError, commonErrors, TaskId, TaskPriority, TaskProgress, TaskStatus } from "./Task.ts"
import { TaskCounts } from "./TaskCounts.ts"
import { TaskFinished, TaskNotFound, TaskNotRepeatable, TaskNotRetryable } from "./TaskErrors.ts"
import { type AnyTaskKind, taskKinds } from "./TaskKinds.ts"
import { taskRange } from "./TaskRange.ts"
import { TaskCursor, TaskPage, TaskRecord } from "./TaskRecord.ts"
import { RetriedTasks, RetryTasks } from "./TaskRetries.ts"

/** The kind's name as part of a component's name: `truth-or-dare` becomes `TruthOrDare`. */
const titled = (name: string) => name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

type CodeOf<Kind extends AnyTaskKind> = CommonError | (keyof Kind["errors"] & string)

/** Why a task of one kind failed. */
const errorOf = <Kind extends AnyTaskKind>(kind: Kind) => {
  const codes: { readonly [code: string]: string } = { ...commonErrors, ...kind.errors }
  const meanings = Object.entries(codes).map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  return Schema.Struct({
    code: Schema.Literals(Object.keys(codes) as ReadonlyArray<CodeOf<Kind>>).annotate({
      description: `Stable.\n\n${meanings.join("\n")}`
    }),
    detail: Schema.String.annotate({
      description: "What went wrong, for people.",
      examples: ["The attempt took longer than 30 seconds."]
    })
  }).annotate({ identifier: `${titled(kind.name)}Error`, description: "Why the task failed." })
}

/** The request body of a new task of one kind. */
const submissionOf = <Kind extends AnyTaskKind>(kind: Kind) =>
  Schema.Struct({
    kind: Schema.Literal<Kind["name"]>(kind.name).annotate({ description: kind.description }),
    input: kind.input as Kind["input"],
    priority: Schema.optionalKey(TaskPriority),
    runAt: Schema.optionalKey(
      Moment.fromClient(
        "When it may begin, `TASK_RUN_AT_MAX` from now at most (366 days unless set); left out: at once.",
        "2026-11-20T12:00:00.000Z"
      )
    )
  }).annotate({ identifier: `New${titled(kind.name)}Task`, description: `${kind.title}: ${kind.description}` })

/** A task of one kind in an answer. */
export const answerOf = <Kind extends AnyTaskKind>(kind: Kind) =>
  Schema.Struct({
    id: TaskId,
    kind: Schema.Literal<Kind["name"]>(kind.name).annotate({ description: kind.description }),
    status: TaskStatus.pipe(Schema.annotateKey({ examples: ["succeeded"] })),
    priority: TaskPriority,
    attempts: Schema.Int.annotate({ description: "Attempts begun so far.", examples: [1] }),
    progress: Schema.NullOr(TaskProgress).annotate({
      description: "How far it is, as its runner said last; null where it has said nothing.",
      examples: [null]
    }),
    input: Schema.optionalKey(kind.input as Kind["input"]).pipe(
      Schema.annotateKey({ description: "What it was asked to do; only for callers with `tasks:read`." })
    ),
    content: Schema.NullOr(kind.content as Kind["content"]).annotate({
      description: "The result; null unless the task has succeeded."
    }),
    error: Schema.NullOr(errorOf(kind)).annotate({
      description: "Why it failed; null unless it has.",
      examples: [null]
    }),
    createdAt: Moment.toClient("When it was handed in, in UTC.", "2026-11-20T10:00:00.000Z"),
    runAt: Moment.toClient("When it may begin, in UTC.", "2026-11-20T10:00:00.000Z"),
    startedAt: Schema.NullOr(
      Moment.toClient("When its first attempt began, in UTC.", "2026-11-20T10:00:00.004Z")
    ).annotate({
      description: "When its first attempt began, in UTC; null before."
    }),
    finishedAt: Schema.NullOr(Moment.toClient("When it ended, in UTC.", "2026-11-20T10:00:01.250Z")).annotate({
      description: "When it ended, in UTC; null before."
    })
  }).annotate({ identifier: `${titled(kind.name)}Task`, description: `${kind.title}: ${kind.description}` })

type Submissions<Kinds extends ReadonlyArray<AnyTaskKind>> = {
  readonly [Place in keyof Kinds]: ReturnType<typeof submissionOf<Kinds[Place]>>
}
type Answers<Kinds extends ReadonlyArray<AnyTaskKind>> = {
  readonly [Place in keyof Kinds]: ReturnType<typeof answerOf<Kinds[Place]>>
}

const IdempotencyKey = idempotencyKey("task", "task that there is", "0d0d2b1c-6f0e-4a39-9a43-9f1f0d8d9a77")

/** At most 50 seconds: proxies close a connection that is silent for a minute. */
const Wait = Schema.String.check(
  Schema.isPattern(/^(?:[1-9]|[1-4]\d|50)$/u, { expected: "a whole number from 1 to 50" })
)
  .annotate({
    description:
      "Holds the answer until the task is over, for so many seconds at most, 1 to 50. Then the task is answered as it stands.",
    examples: ["25"]
  })
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.numberFromString))

const waitIsNumber = queryNumber("wait", { minimum: 1, maximum: 50, examples: [25] })

const LastEventId = Schema.String.annotate({
  title: "Last-Event-ID",
  description:
    "The id of the last event that was received: only what is newer is sent. Browsers add it by themselves. What is no such id is passed over.",
  examples: ["2"]
})

/** The answer to a client that has already received the last event. The typed client gets an empty stream. */
const NothingNewer = Schema.declare((value): value is Stream.Stream<never> => Stream.isStream(value)).pipe(
  HttpApiSchema.asNoContent({ decode: () => Stream.empty }),
  HttpApiSchema.status(204),
  Schema.annotate({ description: "The task is over, and there is nothing newer." })
)

/** Changes the example of an endpoint's answer. The usual example is a task that has succeeded. */
const answersWith =
  (status: number, facts: object) =>
  (operation: Record<string, unknown>): Record<string, unknown> => {
    const { responses } = operation as { responses: Record<number, { content: Record<string, { example?: object }> }> }
    const body = responses[status]?.content["application/json"]
    if (body !== undefined) body.example = facts
    return operation
  }

const reading = [TooManyRequests, DatabaseUnavailable] as const

/** The endpoints for these kinds of tasks. */
export const tasksApi = <const Kinds extends ReadonlyArray<AnyTaskKind>>(kinds: Kinds) => {
  const publicKinds =
    kinds.flatMap(({ isPublic, name }) => (isPublic === true ? [`\`${name}\``] : [])).join(", ") || "none"
  // Cast, here and below: `map` on a tuple of kinds loses the types of its members.
  const NewTask = Schema.Union(kinds.map((kind) => submissionOf(kind)) as unknown as Submissions<Kinds>).annotate({
    identifier: "NewTask",
    description: "A task to be done: `kind` decides what `input` holds."
  })
  const Task = Schema.Union(kinds.map((kind) => answerOf(kind)) as unknown as Answers<Kinds>).annotate({
    identifier: "Task",
    description: "A task: `kind` decides what `content` holds."
  })
  const Event = Schema.Struct({
    id: Schema.String.annotate({ description: "Counts the changes of the task.", examples: ["2"] }),
    event: Schema.Literal("task").annotate({ description: "The kind of the event: there is one." }),
    data: Schema.fromJsonString(Task).pipe(
      Schema.annotateEncoded({
        identifier: "TaskData",
        description: "The task as JSON."
      })
    )
  }).annotate({ identifier: "TaskEvent", description: "An event: the task as it stands then." })
  return HttpApiGroup.make("tasks")
    .add(
      HttpApiEndpoint.post("submit", "/tasks", {
        headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
        payload: NewTask,
        success: HttpApiSchema.WithHeaders(Task.pipe(HttpApiSchema.status(202)), {
          location: Schema.String.annotate({
            description: "The path of the task.",
            examples: ["/api/v1/tasks/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
          })
        }),
        error: [...demanded, ...bodyProblems, IdempotencyKeyReused, TooManyRequests, Overloaded, DatabaseUnavailable]
      })
        .annotate(OpenApi.Summary, "Hand in a task")
        .annotate(
          OpenApi.Transform,
          answersWith(202, { status: "queued", attempts: 0, content: null, startedAt: null, finishedAt: null })
        )
        .annotate(
          OpenApi.Description,
          `Stores a task and queues it, in one transaction, and answers at once with its id: once it is answered, the task will be done, whatever dies in between. It is done at least once; what is kept is the result of one attempt. \`kind\` decides what \`input\` may hold.\n\nSend an \`Idempotency-Key\` with every task: then a request whose answer was lost can be sent again, and there is still one task.\n\nEverybody may hand in tasks of the kinds that visitors use (${publicKinds}); all other kinds need the permission.`
        )
        .pipe(widens("tasks:write")),
      HttpApiEndpoint.get("list", "/tasks", {
        query: {
          ...Paging.query(TaskCursor),
          ...taskRange,
          status: Schema.optionalKey(
            Schema.Literals(TaskStatus.literals).annotate({
              description: "Only tasks with this status.",
              examples: ["failed"]
            })
          )
        },
        success: TaskPage,
        error: reading
      })
        .annotate(OpenApi.Summary, "List tasks")
        .annotate(OpenApi.Transform, Paging.limitIsNumber)
        .annotate(
          OpenApi.Description,
          "Tasks of all kinds as they are stored, newest first. A page looks through 10,000 tasks at most for those that `kind` and `status` ask for, so it may hold fewer than `limit`, even none, and still have a next one: go on until `nextCursor` is null."
        )
        .pipe(needs("tasks:read")),
      HttpApiEndpoint.get("counts", "/tasks/counts", { query: taskRange, success: TaskCounts, error: reading })
        .annotate(OpenApi.Summary, "Count tasks")
        .annotate(
          OpenApi.Description,
          "How many tasks of all kinds have each status. Those that are over are counted among the newest 10,000 tasks, the others among the newest 10,000 that are not over, so that the answer costs some tens of milliseconds among millions of tasks: `isExact` says where there may be more. Narrow the time with `since` and `until` to count older ones."
        )
        .pipe(needs("tasks:read")),
      HttpApiEndpoint.get("get", "/tasks/:id", {
        params: { id: TaskId },
        query: { wait: Schema.optionalKey(Wait) },
        success: Task,
        error: [TaskNotFound, Overloaded, ...reading]
      })
        .annotate(OpenApi.Summary, "Show a task")
        .annotate(OpenApi.Transform, waitIsNumber)
        .annotate(
          OpenApi.Description,
          "The task as it stands. With `wait` the answer is held until the task is over, and given as it stands then when the time is up: ask again. However many requests wait, they cost the database nothing.\n\nWhoever holds the id of a task that visitors may hand in sees it. All other tasks are not found (404) without the permission."
        )
        .pipe(widens("tasks:read")),
      HttpApiEndpoint.get("events", "/tasks/:id/events", {
        params: { id: TaskId },
        headers: { "last-event-id": Schema.optionalKey(LastEventId) },
        success: [HttpApiSchema.StreamSse({ events: Event }), NothingNewer],
        error: [TaskNotFound, Overloaded, ...reading]
      })
        .annotate(OpenApi.Summary, "Follow a task")
        .annotate(
          OpenApi.Description,
          "Server-sent events: the task as it stands, then again with each change, progress included, until it is over; then the stream ends. Changes that come close together may be sent as one. A client that comes again with `Last-Event-ID` is sent what is newer; when there will be nothing newer, the answer is 204, at which browsers stop. Tasks are found as by `GET /api/v1/tasks/{id}`."
        )
        .pipe(widens("tasks:read")),
      HttpApiEndpoint.post("cancel", "/tasks/:id/cancel", {
        params: { id: TaskId },
        success: Task,
        error: [...demanded, TaskNotFound, TaskFinished, ...reading]
      })
        .annotate(OpenApi.Summary, "Cancel a task")
        .annotate(OpenApi.Transform, answersWith(200, { status: "cancelled", content: null }))
        .annotate(
          OpenApi.Description,
          "Stops the task wherever it is: it will not begin, or is interrupted on the replica that runs it. What it has done outside until then stays. A task that was cancelled before is answered the same way.\n\nWhoever holds the id of a task that visitors may hand in may cancel it. All other tasks need the permission, and are not found (404) by callers who may not even see them."
        )
        .pipe(widens("tasks:write")),
      HttpApiEndpoint.post("retry", "/tasks/:id/retry", {
        params: { id: TaskId },
        success: TaskRecord,
        error: [TaskNotFound, TaskNotRetryable, ...reading]
      })
        .annotate(OpenApi.Summary, "Queue a task again")
        .annotate(
          OpenApi.Transform,
          answersWith(200, { status: "queued", attempts: 0, error: null, startedAt: null, finishedAt: null })
        )
        .annotate(
          OpenApi.Description,
          "Queues a task again that has failed or was cancelled, with all its attempts. The audit log has it."
        )
        .pipe(needs("tasks:write")),
      HttpApiEndpoint.post("retryAll", "/tasks/retry", {
        payload: RetryTasks,
        success: RetriedTasks,
        error: [...bodyProblems, ...reading]
      })
        .annotate(OpenApi.Summary, "Queue tasks again")
        .annotate(
          OpenApi.Description,
          "Queues all tasks again that have failed, or were cancelled, and that the filter names, with all their attempts. One request looks through 20,000 tasks at most, the newest first: send it again with `nextCursor` as `cursor` until that is null. Each task is queued once, however many do this at the same time. What a request has done stays done; the audit log has it."
        )
        .pipe(needs("tasks:write")),
      HttpApiEndpoint.post("repeat", "/tasks/:id/repeat", {
        params: { id: TaskId },
        headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
        success: HttpApiSchema.WithHeaders(TaskRecord.pipe(HttpApiSchema.status(202)), {
          location: Schema.String.annotate({
            description: "The path of the new task.",
            examples: ["/api/v1/tasks/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"]
          })
        }),
        error: [TaskNotFound, TaskNotRepeatable, IdempotencyKeyReused, ...reading]
      })
        .annotate(OpenApi.Summary, "Run a task again")
        .annotate(
          OpenApi.Transform,
          answersWith(202, { status: "queued", attempts: 0, error: null, startedAt: null, finishedAt: null })
        )
        .annotate(
          OpenApi.Description,
          "Hands in a new task of the same kind, with the same input and priority as one that is over, as `POST /api/v1/tasks` would; the old one stays as it is. Send an `Idempotency-Key`, so that a request whose answer was lost can be sent again. The audit log has it, in the same transaction."
        )
        .pipe(needs("tasks:write"))
    )
    .prefix("/api/v1")
    .annotate(OpenApi.Description, "Background work: handing in tasks, and following them to their results.")
}

export class TasksApi extends tasksApi(taskKinds) {}
