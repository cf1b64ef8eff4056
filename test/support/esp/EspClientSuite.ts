import { assert, layer } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { EspClient } from "../../../src/esp/EspClient.ts"
import { contactOf } from "./EspContacts.ts"

/** The contract of every `EspClient`. Its layer has a connection `sandbox` and defines which addresses force a failure. */
export const espClientSuite = <R, E>(
  name: string,
  options: {
    readonly layer: Layer.Layer<EspClient | R, E>
    readonly rejected: Effect.Effect<string, never, R>
    readonly unavailable: Effect.Effect<string, never, R>
  }
) =>
  layer(options.layer)(`EspClient: ${name}`, (it) => {
    const register = Effect.fnUntraced(function* (email: string, esp = "sandbox") {
      const client = yield* EspClient
      return (yield* client.register(contactOf(email, { esp }))).verdict
    })

    it.effect("a new address is created, and existed from then on", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* register("new@shop.example"), "created")
        assert.strictEqual(yield* register("new@shop.example"), "existed")
        assert.strictEqual(yield* register("new@shop.example"), "existed")
      })
    )

    it.effect("an address in another case is the same contact", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* register("case@shop.example"), "created")
        assert.strictEqual(yield* register("Case@Shop.EXAMPLE"), "existed")
      })
    )

    it.effect("an address with a tag is another contact", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* register("tag@shop.example"), "created")
        assert.strictEqual(yield* register("tag+wheel@shop.example"), "created")
      })
    )

    it.effect("of parallel calls exactly one creates", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all(
          Array.from({ length: 20 }, () => register("parallel@shop.example")),
          {
            concurrency: "unbounded"
          }
        )
        assert.deepStrictEqual(
          answers.filter((answer) => answer === "created"),
          ["created"]
        )
        assert.strictEqual(answers.filter((answer) => answer === "existed").length, 19)
      })
    )

    it.effect("a contact without a name is registered", () =>
      Effect.gen(function* () {
        const client = yield* EspClient
        const { verdict } = yield* client.register(contactOf("nameless@shop.example", { name: null }))
        assert.strictEqual(verdict, "created")
      })
    )

    it.effect("a rejected address fails with the reason", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(register(yield* options.rejected))
        assert.strictEqual(error._tag, "EspRejected")
        assert.strictEqual(error.reason, "invalid-address")
      })
    )

    it.effect("an ESP that is not reached certainly did not act", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(register(yield* options.unavailable))
        assert.strictEqual(error._tag, "EspUnavailable")
        assert.isTrue(error._tag === "EspUnavailable" && !error.mayHaveActed)
      })
    )

    it.effect("a connection that nobody set up is misconfigured", () =>
      Effect.gen(function* () {
        for (const esp of ["elsewhere", "constructor", ""]) {
          const error = yield* Effect.flip(register("other@shop.example", esp))
          assert.strictEqual(error._tag, "EspMisconfigured")
          assert.strictEqual(error.reason, `no ESP connection is named "${esp}"`)
        }
      })
    )
  })
