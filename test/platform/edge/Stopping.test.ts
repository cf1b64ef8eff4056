import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Exit, Fiber, Latch, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { connect } from "node:net"
import { layerWith } from "../../support/Settings.ts"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import { closed, get, open, received } from "./RawSocket.ts"
import { start } from "./TestServer.ts"

/** A server that is asked to stop when the scope closes. */
const stoppable = (slow?: Effect.Effect<void>) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    // So long that a stop that waits for the grace period would never end.
    const server = yield* Scope.provide(start({ SHUTDOWN_GRACE: "1 hour" }, slow), scope)
    return { server, stop: Scope.close(scope, Exit.void) }
  })

describe("stopping", () => {
  it.live("answers what arrives on connections that were idle, and then ends them", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* stoppable()
      const sockets = yield* Effect.all([open(server), open(server), open(server)])
      for (const socket of sockets) {
        const first = received(socket, /wheel/)
        socket.write(get("wheel"))
        yield* first
      }
      const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
      const [asking, silent] = sockets
      const answer = yield* Effect.forkChild(received(asking, /$^/))
      asking.write(get("late"))
      const text = yield* Fiber.join(answer)
      assert.include(text, `{"slug":"late"}`)
      assert.match(text, /connection: close/i)
      yield* closed(silent)
      yield* Fiber.join(stopping)
    })
  )

  it.live("takes all connections that the kernel has already accepted", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* stoppable()
      const errors: Array<Error> = []
      const sockets = Array.from({ length: 50 }, () => connect(server.port, "127.0.0.1"))
      const answers = yield* Effect.forEach(sockets, (socket) => {
        socket.on("error", (error) => errors.push(error)).write(get("wheel"))
        return Effect.forkChild(received(socket, /$^/), { startImmediately: true })
      })
      // The clients' sockets are set up in the next tick, and the server has not run yet.
      yield* Effect.callback<void>((resume) => process.nextTick(() => resume(Effect.void)))
      const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
      for (const answer of answers) assert.include(yield* Fiber.join(answer), `{"slug":"wheel"}`)
      assert.deepStrictEqual(errors, [])
      yield* Fiber.join(stopping)
    })
  )

  it.live("answers all that was read of a pipeline, and the last answer alone says that it is the last", () =>
    Effect.gen(function* () {
      const latch = yield* Latch.make()
      const { server, stop } = yield* stoppable(latch.await)
      const socket = yield* open(server)
      const answers = yield* Effect.forkChild(received(socket, /$^/))
      socket.write(get("slow").repeat(40))
      const other = yield* open(server)
      const answer = received(other, /wheel/)
      other.write(get("wheel"))
      // By now the pipeline has been read as well.
      yield* answer
      other.destroy()
      const stopping = yield* Effect.forkChild(stop, { startImmediately: true })
      yield* latch.open
      const text = yield* Fiber.join(answers)
      assert.strictEqual(text.split(`{"slug":"slow"}`).length - 1, 40)
      assert.deepStrictEqual(
        text.split("HTTP/1.1 200 OK").map((answer) => /connection: close/i.test(answer)),
        [...Array<boolean>(40).fill(false), true]
      )
      yield* Fiber.join(stopping)
    })
  )

  it.live("does not wait for those that have connected and say nothing", () =>
    Effect.gen(function* () {
      const { server, stop } = yield* stoppable()
      const silent = yield* open(server)
      const other = yield* open(server)
      const answer = received(other, /wheel/)
      other.write(get("wheel"))
      // By now the silent connection is accepted as well.
      yield* answer
      yield* stop
      yield* closed(silent)
    })
  )
})

describe("draining", () => {
  it.live("answers go on, and say that their connections end", () =>
    Effect.gen(function* () {
      const server = yield* start({ SHUTDOWN_DRAIN: "1 hour" })
      const before = yield* open(server)
      const first = received(before, /wheel/)
      before.write(get("wheel"))
      assert.notMatch(yield* first, /connection: close/i)
      yield* Effect.forkChild(server.shutdown.drain, { startImmediately: true })
      for (const socket of [before, yield* open(server)]) {
        const answer = yield* Effect.forkChild(received(socket, /$^/), { startImmediately: true })
        socket.write(get("wheel") + get("wheel"))
        const text = yield* Fiber.join(answer)
        assert.deepStrictEqual(
          text.split("HTTP/1.1 200 OK").map((answer) => /connection: close/i.test(answer)),
          [false, false, true]
        )
      }
    })
  )

  const settings = layerWith({ SHUTDOWN_DRAIN: "5 seconds", SHUTDOWN_GRACE: "20 seconds" })

  it.effect("takes its time before the grace begins", () =>
    Effect.gen(function* () {
      const shutdown = yield* Shutdown
      assert.isFalse(shutdown.isAsked())
      const asked = yield* Effect.forkChild(shutdown.asked, { startImmediately: true })
      assert.isUndefined(asked.pollUnsafe())
      const draining = yield* Effect.forkChild(Effect.andThen(shutdown.drain, shutdown.left), {
        startImmediately: true
      })
      const begun = yield* Effect.forkChild(shutdown.begun, { startImmediately: true })
      assert.isTrue(shutdown.isAsked())
      yield* Fiber.join(asked)
      yield* TestClock.adjust("4999 millis")
      assert.isUndefined(begun.pollUnsafe())
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(begun)
      assert.strictEqual(Duration.toSeconds(yield* Fiber.join(draining)), 20)
    }).pipe(Effect.provide(Layer.provide(Shutdown.layer, settings)))
  )
})
