import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { EspClient } from "../../../src/esp/EspClient.ts"
import * as EspSandbox from "../../../src/esp/sandbox/EspSandbox.ts"
import * as SandboxClient from "../../support/esp/SandboxClient.ts"
import { espClientSuite } from "../../support/esp/EspClientSuite.ts"
import { contactOf } from "../../support/esp/EspContacts.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

espClientSuite("sandbox", {
  layer: SandboxClient.layer.pipe(Layer.provide(TestDatabase.layer)),
  rejected: Effect.succeed("rejected@sandbox.example"),
  unavailable: Effect.succeed("down@sandbox.example")
})

layer(TestDatabase.layer)("EspSandbox on PostgreSQL", (it) => {
  const register = (email: string, name: string | null = "Nora") =>
    Effect.gen(function* () {
      const client = yield* EspClient
      return (yield* client.register(contactOf(email, { name }))).verdict
    }).pipe(Effect.provide(Layer.fresh(SandboxClient.layer)))

  it.effect("a restart keeps the contacts", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* register("kept@shop.example"), "created")
      assert.strictEqual(yield* register("kept@shop.example"), "existed")
    })
  )

  it.effect("a contact is stored as it was registered first", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* register("stored@shop.example")
      yield* register("stored@shop.example", "Somebody else")
      yield* register("nameless@shop.example", null)
      assert.deepStrictEqual(
        yield* sql`select email_key, name, created_at from sandbox_contact where email_key in ('stored@shop.example', 'nameless@shop.example') order by 1`,
        [
          { emailKey: "nameless@shop.example", name: null, createdAt: new Date(0) },
          { emailKey: "stored@shop.example", name: "Nora", createdAt: new Date(0) }
        ]
      )
    })
  )

  it.effect("forced outcomes other than a slow answer leave no contact", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      for (const { address } of EspSandbox.sandboxAddresses) {
        if (!address.startsWith("slow")) yield* Effect.exit(register(address))
      }
      assert.deepStrictEqual(
        yield* sql`select email_key from sandbox_contact where email_key like '%@sandbox.example'`,
        []
      )
    })
  )

  it.effect("a database in trouble is an ESP that may have acted", () =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      yield* sql`alter table sandbox_contact rename to away`
      const error = yield* Effect.flip(register("trouble@shop.example")).pipe(
        Effect.ensuring(Effect.orDie(sql`alter table away rename to sandbox_contact`))
      )
      assert.strictEqual(error._tag, "EspUnavailable")
      assert.isTrue(error._tag === "EspUnavailable" && error.mayHaveActed)
    })
  )
})
