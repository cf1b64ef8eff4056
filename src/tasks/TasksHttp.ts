import { Duration, Effect, Schema, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiSchema } from "effect/http-api"
import type { Api } from "../Api.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { IdempotencyKeyReused, Overloaded } from "../platform/Problems.ts"
import { commonErrors, isFinal, type Task } from "./Task.ts"
import { TaskNotFound } from "./TaskErrors.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { Tasks } from "./Tasks.ts"
import { answerOf } from "./TasksApi.ts"

type Answer = ReturnType<typeof answerOf>["Type"]

/** How often a stream says that it is there: below the minute after which load balancers end what is silent. */
const heartbeat = Duration.seconds(15)

/** Needs tasks, their kinds and the shutdown. */
export const layerOf = (api: typeof Api) =>
  HttpApiBuilder.group(
    api,
    "tasks",
    Effect.fnUntraced(function* (handlers) {
      const tasks = yield* Tasks
      const kinds = yield* TaskKinds
      const shutdown = yield* Shutdown
      const shapes = new Map(
        [...kinds.values()].map((kind) => [
          kind.name,
          {
            codes: new Set(Object.keys({ ...commonErrors, ...kind.errors })),
            decodeContent: Schema.decodeUnknownEffect(Schema.toCodecJson(kind.content)),
            encode: Schema.encodeEffect(Schema.toCodecJson(answerOf(kind)))
          }
        ])
      )

      /**
       * The task in its kind's shape. What was stored under another contract, and is none of this one's, is not there.
       */
      const answer = Effect.fnUntraced(function* (task: Task) {
        const shape = shapes.get(task.kind)
        const outdated = new TaskNotFound({ detail: "The task is of another version of the service." })
        if (shape === undefined) return yield* outdated
        const { content, errorCode, errorDetail, input: _input, version: _version, ...rest } = task
        // A code of an earlier contract, or one that the runner did not declare, is none that clients know.
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

      /** The task now and at each change, until it is over or the service stops, with a sign of life in between. */
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
            // Goes on: a browser that came again now would be answered with 503, and give up for good.
            Effect.catchTag(["DatabaseUnavailable", "Overloaded"], () =>
              Effect.delay(Effect.succeed(alive), "1 second")
            ),
            // Ends: the client comes again, with the id of the last event.
            Effect.catchCause(() => Effect.succeed(undefined))
          )
        }
        const isNews = first.version > known
        return Stream.unfold<State, string, never, never>(
          { sent: isNews ? known : first.version, next: isNews ? first : undefined, isOver: false },
          step
        )
      }

      return handlers
        .handle(
          "submit",
          Effect.fnUntraced(function* ({ headers, payload }) {
            const { input, kind: name, priority, runAt } = payload
            const kind = kinds.get(name)
            if (kind === undefined)
              return yield* Effect.die(new Error(`the contract knows the kind ${String(name)}, the service does not`))
            const key = headers["idempotency-key"]
            const task = yield* tasks.submit({
              kind,
              input,
              ...(priority === undefined ? {} : { priority }),
              ...(runAt === undefined ? {} : { runAt }),
              ...(key === undefined ? {} : { key })
            })
            // Only an earlier task with this key can be outdated: another key makes another.
            const outdated = new IdempotencyKeyReused({
              detail: "The key's task is of another version of the service."
            })
            const body = yield* Effect.mapError(answer(task), () => outdated)
            return HttpApiSchema.withHeaders({ body, headers: { location: `/api/v1/tasks/${task.id}` } })
          })
        )
        .handle("get", ({ params, query }) =>
          Effect.flatMap(
            query.wait === undefined ? tasks.get(params.id) : tasks.wait(params.id, Duration.seconds(query.wait)),
            answer
          )
        )
        .handle("cancel", ({ params }) =>
          // One that is of another version is not there, so it is not stopped either.
          tasks
            .get(params.id)
            .pipe(Effect.flatMap(answer), Effect.andThen(tasks.cancel(params.id)), Effect.flatMap(answer))
        )
        .handleRaw(
          "events",
          Effect.fnUntraced(function* ({ headers, params }) {
            const task = yield* tasks.get(params.id)
            yield* Effect.asVoid(answer(task))
            const known = Number(headers["last-event-id"] ?? 0)
            // To a browser that has seen the end: do not come again.
            if (isFinal(task.status) && task.version <= known) return HttpServerResponse.empty({ status: 204 })
            if (!isFinal(task.status) && (yield* tasks.isCrowded)) return yield* new Overloaded({})
            // A comment, so that the headers are sent even where there is nothing new to say yet.
            const events = Stream.make(": the task\n\n").pipe(
              Stream.concat(eventsOf(task, known)),
              Stream.interruptWhen(Effect.andThen(shutdown.begun, Effect.sleep("1 second"))),
              Stream.encodeText
            )
            return HttpServerResponse.stream(events, {
              contentType: "text/event-stream",
              // Proxies pass each event on, and keep none. What may be transformed is compressed by those of development
              // servers (webpack's, Next.js's), and kept until the stream ends.
              headers: { "cache-control": "no-store, no-transform", "x-accel-buffering": "no" }
            })
          })
        )
    })
  )
