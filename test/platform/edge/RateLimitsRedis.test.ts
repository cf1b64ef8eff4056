import { assert, describe, it } from "@effect/vitest"
import { Context, Duration, Effect, Layer, Logger, Queue } from "effect"
import { createServer, type Socket } from "node:net"
import { createClient } from "redis"
import { RateLimits } from "../../../src/platform/edge/RateLimits.ts"
import * as RedisServer from "../../support/redis/RedisServer.ts"

// For tests that are not about lateness: on a busy machine Redis may exceed the production budget.
const patient = 20_000

const rate = { limit: 1, window: Duration.hours(1) }

/** Rate limits with this Redis, and their log so far. */
const make = (url: string, budgetMillis?: number) =>
  Effect.gen(function* () {
    const logs = yield* Queue.unbounded<string>()
    const logger = Logger.layer([Logger.map(Logger.formatJson, (line) => void Queue.offerUnsafe(logs, line))])
    const context = yield* Layer.build(RateLimits.layerRedis(url, budgetMillis).pipe(Layer.provide(logger)))
    return { take: Context.get(context, RateLimits).take, logs }
  })

/** The same with a Redis that answers. Repeated if the machine paused for the second that connecting may take. */
const makeConnected = (url: string, budgetMillis: number) =>
  make(url, budgetMillis).pipe(
    Effect.repeat({ until: ({ logs }) => Effect.map(Queue.size(logs), (size) => size === 0) })
  )

/** A server that accepts connections and never answers on them. */
const silent = Effect.gen(function* () {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on("error", () => undefined)
  })
  const port = yield* Effect.callback<number>((resume) => {
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed((server.address() as { readonly port: number }).port)))
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
  )
  return { url: `redis://127.0.0.1:${port}` }
})

describe("rate limits without a Redis that answers", () => {
  it.live("allow everything when nothing listens, and say so once", () =>
    Effect.gen(function* () {
      const port = yield* RedisServer.freePort
      const { logs, take } = yield* make(`redis://127.0.0.1:${port}`)
      assert.deepStrictEqual(yield* Effect.replicateEffect(take("a", rate), 1000), Array(1000).fill(0))
      const line = yield* Queue.take(logs)
      assert.include(line, "Redis cannot be used (ECONNREFUSED)")
      assert.strictEqual(yield* Queue.size(logs), 0)
    })
  )

  it.live("allow everything at once when it accepts and never answers", () =>
    Effect.gen(function* () {
      const { url } = yield* silent
      const { logs, take } = yield* make(url)
      const began = performance.now()
      for (let index = 0; index < 1000; index++) assert.strictEqual(yield* take("a", rate), 0)
      // A thousand waits of 20 ms would exceed this; a busy machine does not.
      assert.isBelow(performance.now() - began, 15_000)
      assert.include(yield* Queue.take(logs), "it does not answer")
    })
  )

  it.live("start all the same when the host does not exist", () =>
    Effect.gen(function* () {
      const { take } = yield* make("redis://redis.invalid:6379")
      assert.deepStrictEqual(yield* Effect.replicateEffect(take("a", rate), 3), [0, 0, 0])
    })
  )
})

describe.skipIf(!RedisServer.installed)("rate limits when Redis comes and goes", () => {
  it.live("are shared by replicas", () =>
    Effect.gen(function* () {
      const { url } = yield* RedisServer.start
      const [one, two] = yield* Effect.all([makeConnected(url, patient), makeConnected(url, patient)])
      assert.strictEqual(yield* one.take("a", rate), 0)
      assert.isAbove(yield* two.take("a", rate), 0)
    })
  )

  it.live("keep no readable key in Redis, and none for good", () =>
    Effect.gen(function* () {
      const { url } = yield* RedisServer.start
      const { take } = yield* makeConnected(url, patient)
      yield* take("email:nora@shop.example", rate)
      const client = yield* Effect.acquireRelease(
        Effect.promise(() => createClient({ url }).connect()),
        (client) => Effect.sync(() => client.destroy())
      )
      const keys = yield* Effect.promise(() => client.keys("*"))
      assert.strictEqual(keys.length, 1)
      assert.notInclude(keys.join(), "nora")
      const ttl = yield* Effect.promise(() => client.pTTL(keys[0]!))
      assert.isAbove(ttl, 0)
      assert.isAtMost(ttl, 3_600_000)
    })
  )

  it.live("allow everything from the moment it is killed, and limit again when it is back", () =>
    Effect.gen(function* () {
      const redis = yield* RedisServer.start
      const { logs, take } = yield* makeConnected(redis.url, patient)
      yield* take("a", rate)
      assert.isAbove(yield* take("a", rate), 0)
      yield* redis.kill
      assert.deepStrictEqual(yield* Effect.replicateEffect(take("a", rate), 100), Array(100).fill(0))
      assert.include(yield* Queue.take(logs), "Redis cannot be used")
      yield* redis.restart
      assert.include(yield* Queue.take(logs), "Redis answers again")
      assert.strictEqual(yield* take("a", rate), 0, "Redis came back empty")
      assert.isAbove(yield* take("a", rate), 0)
    })
  )

  it.live("give up quickly on one that hangs, and limit again when it goes on", () =>
    Effect.gen(function* () {
      const redis = yield* RedisServer.start
      const { logs, take } = yield* makeConnected(redis.url, 1000)
      yield* take("a", rate)
      yield* redis.freeze
      const began = performance.now()
      for (let index = 0; index < 1000; index++) assert.strictEqual(yield* take("a", rate), 0)
      // A thousand waits of a second would exceed this.
      assert.isBelow(performance.now() - began, 40_000)
      assert.include(yield* Queue.take(logs), "it answers too late")
      yield* redis.thaw
      assert.include(yield* Queue.take(logs), "Redis answers again")
      assert.isAbove(yield* take("a", rate), 0)
    })
  )

  it.live("warn no more than once a minute, however often it goes", () =>
    Effect.gen(function* () {
      const redis = yield* RedisServer.start
      const { logs, take } = yield* makeConnected(redis.url, patient)
      for (let round = 0; round < 3; round++) {
        yield* redis.kill
        yield* take("a", rate)
        yield* redis.restart
        assert.include(yield* Queue.take(logs), round === 0 ? "Redis cannot be used" : "Redis answers again")
        if (round === 0) assert.include(yield* Queue.take(logs), "Redis answers again")
      }
      assert.strictEqual(yield* Queue.size(logs), 0)
    })
  )
})
