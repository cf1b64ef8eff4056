import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Api } from "../../src/Api.ts"
import * as Edge from "../../src/platform/edge/Edge.ts"
import * as Methods from "../../src/platform/edge/Methods.ts"
import { otherSpellings } from "../support/OtherSpellings.ts"
import * as Service from "../support/service/Service.ts"
import { addGame } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("paths are exact; asked to stop, it says 503 and takes requests until SHUTDOWN_DRAIN is over", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* addGame(url, "wheel")
    const service = yield* Service.start(url, { SHUTDOWN_DRAIN: "1 hour" })
    const client = yield* Service.client()
    const statusOf = (path: string) =>
      Effect.map(
        Effect.promise(() => client.get(service.base, path)),
        ({ status }) => status
      )
    for (const { path } of Methods.routesOf(Api, Edge.extraRoutes)) {
      for (const other of otherSpellings(path.replace(/:\w+/g, "wheel"))) {
        // The client writes some of them in the one way before it sends them.
        if (new URL(`${service.base}${other}`).pathname === other)
          assert.strictEqual(yield* statusOf(other), 404, other)
      }
    }
    assert.strictEqual(yield* statusOf("/health/ready"), 200)

    service.signal("SIGTERM")
    yield* Service.until(
      "it is not ready",
      Effect.map(statusOf("/health/ready"), (status) => status === 503 || undefined)
    )
    assert.strictEqual(yield* statusOf("/health/live"), 200)
    const fresh = yield* Service.client()
    for (const each of [client, fresh]) {
      const answer = yield* Effect.promise(() => each.play(service.base, "wheel", { email: "nora@sandbox.example" }))
      assert.deepStrictEqual([answer.status, answer.headers["connection"]], [201, "close"])
    }
  })
)

it.live("the drain ends by itself, and the process with 0", () =>
  Effect.gen(function* () {
    const service = yield* Service.start(yield* TestDatabase.makeUrl, { SHUTDOWN_DRAIN: "200 millis" })
    service.signal("SIGTERM")
    assert.strictEqual(yield* Effect.promise(() => service.exited), 0, service.log())
    assert.match(service.log(), /Fairground stops in 200ms[^]*Fairground stops: /)
  })
)
