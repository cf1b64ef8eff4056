import { DateTime, Duration, Effect, Layer, Option, Random, Schema, Stream } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import { IncomingMessage } from "node:http"
import * as Handlers from "../platform/edge/Handlers.ts"
import { demand, may, PossibleActor } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import * as ClientAddress from "../platform/edge/ClientAddress.ts"
import { IdempotencyKeyReused, ValidationFailed } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { TasksSettings } from "./TasksSettings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { commonErrors, isFinal, type Task, type TaskId } from "./Task.ts"
import { TaskNotFound } from "./TaskErrors.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { Tasks } from "./Tasks.ts"
import { answerOf, type TasksApi } from "./TasksApi.ts"
import { recordOf } from "./TaskRecord.ts"
import { TaskWaiters, type Waiter } from "./watch/TaskWaiters.ts"

type Answer = ReturnType<typeof answerOf>["Type"]

/** How often a stream sends a keep-alive comment: load balancers close connections that are silent for a minute. */
const heartbeat = Duration.seconds(15)

/** The last version that a client has seen. Ignores a malformed id: a browser that gets 400 would never reconnect. */
const versionOf = (lastEventId: string | undefined): number =>
  lastEventId !== undefined && /^\d{1,9}$/.test(lastEventId) ? Number(lastEventId) : 0

export const layerOf = (group: typeof TasksApi) =>
  Handlers.group(
    contractOf(group),
    "tasks",
    Effect.fnUntraced(function* (handlers) {
      const tasks = yield* Tasks
      const kinds = yield* TaskKinds
      const shutdown = yield* Shutdown
      const waiters = yield* TaskWaiters
      const { trustedProxies } = yield* Settings
      const settings = yield* TasksSettings
      const addressOf = ClientAddress.make(trustedProxies)
      const shapes = new Map(
        [...kinds.values()].map((kind) => [
          kind.name,
          {
            codes: new Set(Object.keys({ ...commonErrors, ...kind.errors })),
            decodeInput: Schema.decodeUnknownEffect(Schema.toCodecJson(kind.input)),
            decodeContent: Schema.decodeUnknownEffect(Schema.toCodecJson(kind.content)),
            encode: Schema.encodeEffect(Schema.toCodecJson(answerOf(kind)))
          }
        ])
      )

      /** The task, if the caller may see it: of a public kind, by its id, or with the permission. To all others it does not exist. */
      const visible = Effect.fnUntraced(function* (id: TaskId) {
        const task = yield* tasks.get(id)
        if (kinds.get(task.kind)?.isPublic === true || (yield* may("tasks:read"))) return task
        return yield* new TaskNotFound({})
      })

      /** The task with its input, for callers who may read that. What does not fit the kind any more is left out. */
      const withInput = Effect.fnUntraced(function* (task: Task) {
        const body = yield* answer(task)
        const decode = shapes.get(task.kind)?.decodeInput
        if (decode === undefined || !(yield* may("tasks:read"))) return body
        const input = yield* Effect.option(decode(task.input))
        return (Option.isSome(input) ? { ...(body as Answer), input: input.value as unknown } : body) as never
      })

      /** The task in its kind's shape. Fails if this version of the contract lacks the kind, or the content does not fit it. */
      const answer = Effect.fnUntraced(function* (task: Task) {
        const shape = shapes.get(task.kind)
        const outdated = new TaskNotFound({ detail: "The task is of another version of the service." })
        if (shape === undefined) return yield* outdated
        const { content, errorCode, errorDetail, input: _input, version: _version, ...rest } = task
        // Clients do not know codes of an earlier contract, nor codes that the kind does not declare.
        const code = shape.codes.has(errorCode ?? "") ? errorCode : "internal"
        return {
          ...rest,
          // oxlint-disable-next-line typescript/no-unsafe-assignment -- of the kind, whichever it is
          content:
            task.status === "succeeded" ? yield* Effect.mapError(shape.decodeContent(content), () => outdated) : null,
          error: task.status === "failed" ? { code, detail: errorDetail ?? "" } : null
        } as Answer as never
      })

      const eventOf = (task: Task) =>
        Effect.flatMap(answer(task), (body) => {
          const shape = shapes.get(task.kind)
          return shape === undefined
            ? Effect.succeed("")
            : Effect.map(
                shape.encode(body),
                (data) => `id: ${task.version}\nevent: task\ndata: ${JSON.stringify(data)}\n\n`
              )
        })

      /** The task now and at each change, until it is over or the service stops, with keep-alive comments in between. */
      const eventsOf = (first: Task, known: number) => {
        interface State {
          readonly sent: number
          readonly next: Task | undefined
          readonly isOver: boolean
        }
        const step = (state: State): Effect.Effect<readonly [string, State] | undefined> => {
          if (state.isOver) return Effect.succeed(undefined)
          const { next } = state
          const alive = [": still here\n\n", state] as const
          if (next !== undefined) {
            return Effect.map(
              eventOf(next),
              (text) => [text, { sent: next.version, next: undefined, isOver: isFinal(next.status) }] as const
            ).pipe(Effect.catchCause(() => Effect.succeed(undefined)))
          }
          return tasks.next(first.id, state.sent).pipe(
            Effect.timeoutOption(heartbeat),
            Effect.flatMap((found) => {
              if (found._tag === "None") return Effect.succeed(alive)
              return found.value === undefined ? Effect.succeed(undefined) : step({ ...state, next: found.value })
            }),
            // The stream stays open: a browser that reconnected now would get 503, and never reconnect again.
            Effect.catchTag("DatabaseUnavailable", () => Effect.delay(Effect.succeed(alive), "1 second")),
            // The stream ends: the client reconnects with the id of the last event.
            Effect.catchCause(() => Effect.succeed(undefined))
          )
        }
        const isNews = first.version > known
        return Stream.unfold<State, string, never, never>(
          { sent: isNews ? known : first.version, next: isNews ? first : undefined, isOver: false },
          step
        )
      }

      const waiterOf = ({ source }: HttpServerRequest.HttpServerRequest) =>
        Effect.map(
          PossibleActor,
          Option.match({
            onNone: (): Waiter => ({
              by: "address",
              name: source instanceof IncomingMessage ? addressOf(source) : "unknown"
            }),
            onSome: ({ accountId }): Waiter => ({ by: "account", name: accountId })
          })
        )

      /** Jitter: clients that connected at the same moment, as after a restart, do not all reconnect at once. */
      const streamEnds = Effect.flatMap(Random.nextBetween(0.9, 1), (part) =>
        Effect.sleep(Duration.times(settings.taskStreamMax, part))
      )

      const checkRunAt = Effect.fnUntraced(function* (runAt: DateTime.Utc) {
        const last = DateTime.addDuration(yield* DateTime.now, settings.taskRunAtMax)
        if (DateTime.isLessThanOrEqualTo(runAt, last)) return
        return yield* new ValidationFailed({
          errors: [
            {
              path: ["payload", "runAt"],
              message: `Expected a moment within ${Duration.format(settings.taskRunAtMax)}, so up to ${DateTime.formatIso(last)}`
            }
          ]
        })
      })

      return handlers
        .handle(
          "submit",
          Effect.fnUntraced(function* ({ headers, payload }) {
            const { input, kind: name, priority, runAt } = payload
            const kind = kinds.get(name)
            if (kind === undefined)
              return yield* Effect.die(new Error(`the contract knows the kind ${String(name)}, the service does not`))
            if (kind.isPublic !== true) yield* demand("tasks:write")
            if (runAt !== undefined) yield* checkRunAt(runAt)
            const key = headers["idempotency-key"]
            const task = yield* tasks.submit({
              kind,
              input,
              ...(priority === undefined ? {} : { priority }),
              ...(runAt === undefined ? {} : { runAt }),
              ...(key === undefined ? {} : { key })
            })
            // Only an earlier task with this key can be outdated: with a new key, the request makes a new task.
            const outdated = new IdempotencyKeyReused({
              detail: "The key's task is of another version of the service."
            })
            const body = yield* Effect.mapError(answer(task), () => outdated)
            return HttpApiSchema.withHeaders({ body, headers: { location: `/api/v1/tasks/${task.id}` } })
          })
        )
        .handle(
          "get",
          Effect.fnUntraced(function* ({ params, query, request }) {
            const task = yield* visible(params.id)
            if (query.wait === undefined || isFinal(task.status)) return yield* withInput(task)
            yield* waiters.enter(yield* waiterOf(request))
            return yield* Effect.flatMap(tasks.wait(task, Duration.seconds(query.wait)), withInput)
          })
        )
        .handle(
          "cancel",
          Effect.fnUntraced(function* ({ params }) {
            const task = yield* visible(params.id)
            if (kinds.get(task.kind)?.isPublic !== true) yield* demand("tasks:write")
            // A task of another version is answered with 404, so it must not be cancelled first.
            yield* Effect.asVoid(answer(task))
            return yield* Effect.flatMap(tasks.cancel(params.id), answer)
          })
        )
        .handle("retry", ({ params }) => Effect.map(tasks.retry(params.id), recordOf))
        .handle("retryAll", ({ payload: { cursor, ...of } }) =>
          Effect.map(tasks.retrySome(of, cursor), ({ count, next }) => ({ retried: count, nextCursor: next }))
        )
        .handle("repeat", ({ headers, params }) =>
          Effect.map(tasks.repeat(params.id, headers["idempotency-key"]), (task) =>
            HttpApiSchema.withHeaders({ body: recordOf(task), headers: { location: `/api/v1/tasks/${task.id}` } })
          )
        )
        .handle("counts", ({ query }) => tasks.counts(query))
        .handle(
          "list",
          Effect.fnUntraced(function* ({ query: { cursor: after, ...query } }) {
            const { items, nextCursor } = yield* tasks.page({ ...query, after })
            return { items: items.map(recordOf), nextCursor }
          })
        )
        .handleRaw(
          "events",
          Effect.fnUntraced(function* ({ headers, params, request }) {
            const task = yield* visible(params.id)
            yield* Effect.asVoid(answer(task))
            const known = versionOf(headers["last-event-id"])
            // 204 tells a browser that has seen the end not to reconnect.
            if (isFinal(task.status) && task.version <= known) return HttpServerResponse.empty({ status: 204 })
            if (!isFinal(task.status)) yield* waiters.enter(yield* waiterOf(request))
            // A comment first, so that the headers are sent even before the first event.
            const events = Stream.make(": the task\n\n").pipe(
              Stream.concat(eventsOf(task, known)),
              Stream.interruptWhen(
                Effect.raceFirst(streamEnds, Effect.andThen(shutdown.begun, Effect.sleep("1 second")))
              ),
              Stream.encodeText
            )
            return HttpServerResponse.stream(events, {
              contentType: "text/event-stream",
              // Proxies must pass on each event at once and store none. Without `no-transform`, the proxies of development
              // servers (webpack's, Next.js's) compress the stream, and buffer it until it ends.
              headers: { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }
            })
          })
        )
    })
  ).pipe(Layer.provide(TaskWaiters.layer))
