import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { EspClient } from "../../../src/esp/EspClient.ts"
import * as SandboxClient from "../../support/esp/SandboxClient.ts"
import * as EspSandboxPerson from "../../../src/esp/sandbox/EspSandboxPerson.ts"
import { keyOf } from "../../../src/players/Email.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import { layerWith } from "../../support/Settings.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const service = SandboxClient.layer.pipe(Layer.provideMerge(TestDatabase.layer), Layer.merge(layerWith({})))

/** Known by the address, whatever the id. */
const playerOf = (email: string) => ({ id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52", emailKey: keyOf(email) })

layer(service)("a contact of the sandbox", (it) => {
  it.effect("is exported by its address, and forgotten for good", () =>
    Effect.gen(function* () {
      const person = yield* EspSandboxPerson.make
      const { register } = yield* EspClient
      yield* register(contactOf("nora@shop.example"))
      yield* register(contactOf("vera@shop.example"))
      const [nora, vera] = [playerOf("Nora@shop.example"), playerOf("vera@shop.example")]
      const since = "1970-01-01T00:00:00.000Z"
      assert.deepStrictEqual(yield* person.export(nora), {
        sandboxContact: { emailKey: "nora@shop.example", name: "Nora", since }
      })
      yield* Effect.all([person.forget(nora), person.forget(nora)], { concurrency: 2 })
      yield* person.forget(nora)
      assert.deepStrictEqual(yield* person.export(nora), { sandboxContact: null })
      assert.deepInclude(yield* person.export(vera), {
        sandboxContact: { emailKey: "vera@shop.example", name: "Nora", since }
      })
      assert.strictEqual((yield* register(contactOf("nora@shop.example"))).verdict, "created")
    })
  )
})
