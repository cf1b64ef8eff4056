import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { connect, createServer, type Socket } from "node:net"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { addGame, numbersOf, record, replica, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** A proxy to the database that can fall silent, as if a machine is lost: nothing arrives, and no connection is closed. */
const makeWire = Effect.fnUntraced(function* (url: Redacted.Redacted<string>) {
  const target = new URL(Redacted.value(url))
  const { hostname, port } = target
  const sockets = new Set<Socket>()
  let isSilent = false
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((near) => {
        sockets.add(near)
        near.on("error", () => {})
        if (isSilent) return near.pause()
        const far = connect(Number(port), hostname)
        sockets.add(far)
        far.on("error", () => near.destroy())
        near.pipe(far)
        far.pipe(near)
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) =>
      Effect.sync(() => {
        cut()
        server.close()
      })
  )
  const address = server.address()
  target.port = String(address !== null && typeof address === "object" ? address.port : 0)
  return {
    url: Redacted.make(target.toString()),
    /** Open connections stay silent permanently; new ones are silent until `back`. */
    silence: () => {
      isSilent = true
      for (const socket of sockets) socket.unpipe().pause()
    },
    back: () => {
      isSilent = false
    },
    cut
  }
})

it.live("a database that falls silent: every play is answered within its deadline, and a new server is found", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const wire = yield* makeWire(url)
    const env = {
      DATABASE_DEADLINE: "500 millis",
      PLAY_BATCH: "4",
      ESP_DEADLINE: "50 millis",
      SHUTDOWN_GRACE: "1 millis"
    }
    // The deadline is short: a busy machine may miss it at the start, and with a play.
    const context = yield* Effect.retry(
      Effect.suspend(() => Layer.build(replica(wire.url, env))),
      { times: 20 }
    )
    yield* Effect.gen(function* () {
      const slug = yield* addGame()
      const play = (index: number) => wordOf(record(slug, `player${index}@shop.example`))
      const played = yield* play(0).pipe(Effect.repeat({ until: (word) => typeof word === "number", times: 100 }))
      assert.isAtLeast(Number(played), 1)

      wire.silence()
      const start = performance.now()
      // Many batches: if each had a deadline of its own, the last would wait for the sum of them, 25 s.
      const words = yield* Effect.all(
        Array.from({ length: 200 }, (_, index) => play(index)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual([...new Set(words)], ["DatabaseUnavailable"])
      assert.isBelow(performance.now() - start, 12_000)

      wire.back()
      // On a busy machine, a play that is answered too late may still be recorded, as 503 says: any number is right.
      const first = yield* play(1000).pipe(Effect.repeat({ until: (word) => typeof word === "number", times: 100 }))
      const second = yield* play(1000).pipe(Effect.repeat({ until: (word) => typeof word === "number", times: 100 }))
      assert.isAtLeast(Number(first), 1)
      assert.isAbove(Number(second), Number(first))
      // Connections that stayed silent would not answer the test either, and would keep the pools from closing.
      wire.cut()
      const numbers = yield* Effect.retry(numbersOf, { times: 5 })
      assert.isTrue(numbers.length > 0 && numbers.every(({ isWhole }) => isWhole))
    }).pipe(Effect.provide(context))
  }).pipe(Effect.provide(EspMemory.layer))
)
