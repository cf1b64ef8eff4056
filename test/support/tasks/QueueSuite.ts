import { assert, layer } from "@effect/vitest"
import { type Duration, Deferred, Effect, Exit, Fiber, type Layer, Schedule, Schema } from "effect"
import { PersistedQueue } from "effect/persistence"
import { uuidV7At } from "../../../src/platform/Ids.ts"

const Reference = Schema.Struct({ taskId: Schema.String })

/** The names of the suite's queues, one per test. */
export const queueNames = ["takes", "twice", "delays", "retries", "exhausts", "released", "poison", "parallel"] as const

/**
 * The contract of a `PersistedQueue` with any store. `advance` lets this many milliseconds pass; the database's own clock
 * runs on meanwhile.
 */
export const queueSuite = <E>(
  name: string,
  options: {
    readonly layer: Layer.Layer<PersistedQueue.PersistedQueueFactory, E>
    readonly advance: (millis: number) => Effect.Effect<void>
    readonly testServices: boolean
  }
) =>
  layer(options.layer, { excludeTestServices: !options.testServices })(`PersistedQueue: ${name}`, (it) => {
    const make = (queue: (typeof queueNames)[number], more: { readonly maxAttempts?: number } = {}) =>
      PersistedQueue.make({ name: queue, schema: Reference, retrySchedule: Schedule.spaced("200 millis"), ...more })

    const offer = Effect.fnUntraced(function* (
      queue: PersistedQueue.PersistedQueue<typeof Reference.Type>,
      delay: Duration.Input = 0
    ) {
      const taskId = uuidV7At(Date.now())
      yield* queue.offer({ taskId }, { id: taskId, delay })
      return taskId
    })

    it.effect("hands out what was offered, the oldest first, as first attempts", () =>
      Effect.gen(function* () {
        const queue = yield* make("takes")
        const ids = [yield* offer(queue), yield* offer(queue), yield* offer(queue)]
        const taken = yield* Effect.forEach(ids, () =>
          queue.take(({ taskId }, { attempts, id }) => Effect.succeed([taskId, id, attempts]))
        )
        assert.deepStrictEqual(
          taken,
          ids.map((id) => [id, id, 1])
        )
      })
    )

    it.effect("an id that is in the queue is not offered twice", () =>
      Effect.gen(function* () {
        const queue = yield* make("twice")
        const taskId = yield* offer(queue)
        yield* queue.offer({ taskId }, { id: taskId })
        const other = yield* offer(queue)
        const take = queue.take((value) => Effect.succeed(value.taskId))
        assert.deepStrictEqual([yield* take, yield* take], [taskId, other])
      })
    )

    it.effect("a delayed one waits for its time", () =>
      Effect.gen(function* () {
        const queue = yield* make("delays")
        yield* offer(queue, "1 hour")
        const soon = yield* offer(queue)
        const take = queue.take((value) => Effect.succeed(value.taskId))
        assert.strictEqual(yield* take, soon)
        const late = yield* offer(queue, "400 millis")
        const fiber = yield* Effect.forkChild(take)
        yield* Effect.yieldNow
        assert.isUndefined(fiber.pollUnsafe())
        yield* options.advance(400)
        assert.strictEqual(yield* Fiber.join(fiber), late)
      })
    )

    it.effect("what failed comes again after its pause, with the next number", () =>
      Effect.gen(function* () {
        const queue = yield* make("retries")
        yield* offer(queue)
        const numbers: Array<number> = []
        const take = queue.take((_, { attempts }) => {
          numbers.push(attempts)
          return attempts < 3 ? Effect.fail("not yet") : Effect.void
        })
        for (let attempt = 1; attempt < 3; attempt++) {
          assert.isTrue(Exit.isFailure(yield* Effect.exit(take)))
          const next = yield* Effect.forkChild(Effect.exit(queue.take(() => Effect.interrupt)))
          yield* Effect.yieldNow
          assert.isUndefined(next.pollUnsafe(), "the pause is not over")
          yield* Fiber.interrupt(next)
          yield* options.advance(200)
        }
        yield* take
        assert.deepStrictEqual(numbers, [1, 2, 3])
      })
    )

    it.effect("after its last attempt it does not come again", () =>
      Effect.gen(function* () {
        const queue = yield* make("exhausts", { maxAttempts: 2 })
        const first = yield* offer(queue)
        for (let attempt = 0; attempt < 2; attempt++) {
          yield* Effect.exit(queue.take(() => Effect.fail("never")))
          yield* options.advance(200)
        }
        const second = yield* offer(queue)
        assert.notStrictEqual(yield* queue.take((value) => Effect.succeed(value.taskId)), first)
        assert.isString(second)
      })
    )

    it.effect("interrupted, it is there again at once, and the attempt does not count", () =>
      Effect.gen(function* () {
        const queue = yield* make("released", { maxAttempts: 1 })
        const taskId = yield* offer(queue)
        const begun = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          queue.take(() => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never))
        )
        yield* Deferred.await(begun)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* queue.take((value, { attempts }) => Effect.succeed([value.taskId, attempts])), [
          taskId,
          1
        ])
      })
    )

    it.effect("what cannot be decoded is passed over and does not come again", () =>
      Effect.gen(function* () {
        const queue = yield* make("poison")
        for (let poison = 0; poison < 2; poison++) yield* offer(queue)
        const good = yield* offer(queue)
        const strict = yield* PersistedQueue.make({
          name: "poison",
          schema: Schema.Struct({ taskId: Schema.Literal(good) }),
          // A store need not know it from another failure.
          maxAttempts: 1
        })
        assert.strictEqual(yield* strict.take((value) => Effect.succeed(value.taskId)), good)
        const last = yield* offer(queue)
        assert.strictEqual(yield* queue.take((value) => Effect.succeed(value.taskId)), last)
      })
    )

    it.effect("each is handed to one of many takers", () =>
      Effect.gen(function* () {
        const queue = yield* make("parallel")
        const ids = yield* Effect.forEach(Array.from({ length: 40 }), () => offer(queue))
        const taken = yield* Effect.forEach(
          ids,
          () => queue.take((value) => Effect.as(Effect.yieldNow, value.taskId)),
          {
            concurrency: 8
          }
        )
        assert.sameMembers(taken, ids)
      })
    )
  })
