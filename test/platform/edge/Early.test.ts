import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { HttpServer, HttpServerResponse } from "effect/http"
import { request } from "node:http"
import * as Server from "../../../src/platform/edge/Server.ts"
import { Shutdown } from "../../../src/platform/Shutdown.ts"
import { layerWith } from "../../support/Settings.ts"

/** The status of the answer. */
const ask = (port: number) =>
  Effect.callback<number>((resume) => {
    request({ host: "127.0.0.1", port, path: "/" }, (answer) => {
      answer.resume().on("end", () => resume(Effect.succeed(answer.statusCode ?? 0)))
    })
      .on("error", (error) => resume(Effect.die(error)))
      .end()
  })

it.live("a request that comes while the program is still being built is answered when it serves", () =>
  Effect.gen(function* () {
    const server = yield* HttpServer.HttpServer
    const { port } = server.address as { readonly port: number }
    const early = yield* Effect.forkChild(Effect.all([ask(port), ask(port)], { concurrency: 2 }), {
      startImmediately: true
    })
    // The requests are read in some turns of the event loop. If they were not yet, they would be answered all the same.
    yield* Effect.callback<void>((resume) => {
      let turns = 0
      const turn = () => (++turns > 200 ? resume(Effect.void) : setImmediate(turn))
      turn()
    })
    yield* HttpServer.serveEffect(Effect.succeed(HttpServerResponse.empty({ status: 204 })))
    assert.deepStrictEqual(yield* Fiber.join(early), [204, 204])
  }).pipe(
    Effect.provide(
      Server.layer.pipe(Layer.provide(Shutdown.layer), Layer.provide(layerWith({ PORT: "0", HOST: "127.0.0.1" })))
    ),
    Effect.scoped
  )
)
