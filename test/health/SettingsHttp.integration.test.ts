import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { settings } from "../../src/Settings.ts"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

interface Setting {
  readonly name: string
  readonly module: string | null
  readonly value: string | null
  readonly isSet: boolean
  readonly isSecret: boolean
}

it.live("settings are shown to admins and owners as they are in force, and no secret is", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const secretsKey = Buffer.alloc(32, 9).toString("base64")
    const { base } = yield* Service.start(url, {
      ESP_DEADLINE: "7 seconds",
      MODULES: "statistics",
      SECRETS_KEY: secretsKey,
      MAIL_FROM: "games@brand.example",
      PUBLIC_URL: "https://games.brand.example",
      SMTP_URL: "smtp://nora:pass-of-nora@127.0.0.1:1",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:pass-of-collector@127.0.0.1:1"
    })
    const ask = (headers: Readonly<Record<string, string>>) =>
      Effect.promise(() => client.send(base, "GET", "/api/v1/settings", undefined, headers))

    for (const role of ["admin", "owner"] as const) {
      const { headers } = yield* query(url, () => sessionFor(role))
      const { body, status } = yield* ask(headers)
      assert.strictEqual(status, 200, role)
      const items = body["items"] as ReadonlyArray<Setting>
      const of = (name: string) => items.find((one) => one.name === name)
      assert.deepInclude(of("ESP_DEADLINE"), { value: "7 seconds", isSet: true, isSecret: false, module: "contacts" })
      assert.deepInclude(of("HOST"), { value: "127.0.0.1", isSet: false, isSecret: false, module: null })
      for (const name of ["DATABASE_URL", "SECRETS_KEY", "SMTP_URL"]) {
        assert.deepInclude(of(name), { value: null, isSet: true, isSecret: true }, name)
      }
      assert.deepInclude(of("REDIS_URL"), { value: null, isSet: false, isSecret: true })
      // Not a secret by its nature: somebody has put one into it all the same.
      assert.deepInclude(of("OTEL_EXPORTER_OTLP_ENDPOINT"), { value: "http://•••@127.0.0.1:1", isSet: true })
      const text = JSON.stringify(body)
      for (const secret of [secretsKey, "pass-of-nora", "pass-of-collector", Redacted.value(url)]) {
        assert.notInclude(text, secret)
      }
      // In the order of the documentation, without what belongs to modules that are off.
      const off = ["pages", "tasks", "web"]
      assert.deepStrictEqual(
        items.map(({ name }) => name),
        settings.flatMap((one) =>
          one.module !== null && off.includes(one.module) ? [] : one.settings.map(({ name }) => name)
        )
      )
    }

    for (const role of ["viewer", "editor"] as const) {
      const { headers } = yield* query(url, () => keyFor(role))
      assert.deepInclude((yield* ask(headers)).body, { type: "/problems/not-permitted", permission: "settings:read" })
    }
    const narrow = yield* query(url, () => keyFor("owner", ["metrics:read"]))
    assert.strictEqual((yield* ask(narrow.headers)).status, 403)
    assert.strictEqual((yield* ask({})).status, 401)
  })
)
