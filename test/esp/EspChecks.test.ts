import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import * as EspChecks from "../../src/esp/EspChecks.ts"
import { EspClient, type EspConnection, EspUnavailable, existed, plain } from "../../src/esp/EspClient.ts"
import { EspLastChecks } from "../../src/esp/EspLastChecks.ts"

/** The log of a start with these checks, after `wait`. */
const start = Effect.fnUntraced(function* (
  checks: Record<string, EspConnection["check"]>,
  wait: "0 seconds" | "20 seconds"
) {
  const logged: Array<unknown> = []
  const connections = new Map<string, EspConnection>()
  const sandbox = plain(() => Effect.succeed(existed()))
  for (const [name, check] of Object.entries(checks)) connections.set(name, { ...sandbox, check })
  connections.set("sandbox", sandbox)
  // The layer is built before the checks end, so they do not delay the start.
  yield* Layer.build(
    EspChecks.layer.pipe(
      Layer.provide(EspLastChecks.layer),
      Layer.provide(Layer.succeed(EspClient, EspClient.dispatch(connections))),
      Layer.provide(Logger.layer([Logger.make(({ logLevel, message }) => void logged.push([logLevel, message]))]))
    )
  )
  yield* TestClock.adjust(wait)
  return logged
})

describe("the check at the start", () => {
  it.effect("says nothing where there is nothing but the sandbox, or all is well", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* start({}, "20 seconds"), [])
      assert.deepStrictEqual(yield* start({ shop: Effect.succeed([{ level: "ok", what: "fine" }]) }, "20 seconds"), [])
    })
  )

  it.effect("warns once of each thing that is amiss, beside the start", () =>
    Effect.gen(function* () {
      const logged = yield* start(
        {
          shop: Effect.succeed([
            { level: "ok", what: "the key is right" },
            { level: "error", what: "there is no list 7" },
            { level: "warning", what: "the list asks for no confirmation" }
          ]),
          away: Effect.fail(EspUnavailable.notReached("refused"))
        },
        "0 seconds"
      )
      assert.deepStrictEqual(logged, [
        ["Warn", ["ESP connection shop: there is no list 7", { esp: "shop", level: "error" }]],
        ["Warn", ["ESP connection shop: the list asks for no confirmation", { esp: "shop", level: "warning" }]],
        ["Warn", ["ESP connection away: the provider could not be asked (refused)", { esp: "away", level: "error" }]]
      ])
    })
  )

  it.effect("neither delays nor fails the start where a provider hangs or a check is broken", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* start({ shop: Effect.never }, "0 seconds"), [])
      assert.deepStrictEqual(yield* start({ shop: Effect.never }, "20 seconds"), [
        [
          "Warn",
          ["ESP connection shop: the provider did not answer within 20 seconds", { esp: "shop", level: "error" }]
        ]
      ])
      const broken = yield* start({ shop: Effect.die(new Error("a mistake")) }, "0 seconds")
      assert.deepStrictEqual(broken.at(-1), [
        "Warn",
        ["ESP connection shop: the check itself failed; the log has more", { esp: "shop", level: "error" }]
      ])
    })
  )
})
