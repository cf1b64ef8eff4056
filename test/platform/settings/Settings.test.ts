import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Duration, Effect, Layer } from "effect"
import { ContactsSettings } from "../../../src/contacts/ContactsSettings.ts"
import { Settings } from "../../../src/platform/settings/Settings.ts"
import { PlaysSettings } from "../../../src/plays/PlaysSettings.ts"
import { definitions, layerDemo } from "../../../src/Settings.ts"
import { layerWith } from "../../support/Settings.ts"

/** The settings of three modules as one record. These tests are about how settings are read. */
const load = (env: Record<string, string>) =>
  Effect.gen(function* () {
    return { ...(yield* Settings), ...(yield* PlaysSettings), ...(yield* ContactsSettings) }
  }).pipe(Effect.provide(layerWith(env)))

const messageOf = (env: Record<string, string>) => Effect.map(Effect.flip(load(env)), (error) => error.message)

describe("Settings", () => {
  it.effect("every setting has a default that serves", () =>
    Effect.gen(function* () {
      const settings = yield* load({})
      assert.deepInclude(settings, {
        port: 8080,
        host: "127.0.0.1",
        databaseUrl: undefined,
        redisUrl: undefined,
        dataDir: ".data",
        playQueue: 4096,
        playBatch: 256,
        playWriters: 1,
        corsOrigins: [],
        bodyLimit: 16_384,
        logLevel: "info",
        workers: 8
      })
      assert.strictEqual(Duration.toMillis(settings.espDeadline), 1500)
      assert.strictEqual(Duration.toMillis(settings.shutdownGrace), 20_000)
      assert.deepStrictEqual(settings.rateLimitAddress, { limit: 300, window: Duration.minutes(1) })
      assert.deepStrictEqual(settings.rateLimitEmail, { limit: 30, window: Duration.minutes(1) })
    })
  )

  it("each has a name of its own, a description that ends, and words for what is allowed", () => {
    const all = definitions
    assert.strictEqual(new Set(all.map(({ name }) => name)).size, all.length)
    for (const { allowed, description, name } of all) {
      assert.match(name, /^[A-Z][A-Z0-9_]+$/)
      assert.match(description, /\S.*\.$/s, name)
      assert.isNotEmpty(allowed, name)
    }
  })

  it.effect("an empty value, or one of spaces, is as none", () =>
    Effect.gen(function* () {
      const settings = yield* load({ PORT: "", PLAY_BATCH: "  ", DATABASE_URL: "" })
      assert.deepInclude(settings, { port: 8080, playBatch: 256, databaseUrl: undefined })
    })
  )

  it.effect("values are read in their units, with spaces around", () =>
    Effect.gen(function* () {
      const settings = yield* load({
        PORT: " 0 ",
        ESP_DEADLINE: "2 seconds",
        BODY_LIMIT: "1 MiB",
        RATE_LIMIT_ADDRESS: "off",
        RATE_LIMIT_EMAIL: "5/10s",
        CORS_ORIGINS: "https://shop.example, http://localhost:3000",
        TRUSTED_PROXIES: "10.0.0.0/8, ::1",
        DATABASE_URL: "postgres://user:secret@db.example/fairground"
      })
      assert.deepInclude(settings, {
        port: 0,
        bodyLimit: 1_048_576,
        rateLimitAddress: "off",
        rateLimitEmail: { limit: 5, window: Duration.seconds(10) },
        corsOrigins: ["https://shop.example", "http://localhost:3000"],
        databaseUrl: "postgres://user:secret@db.example/fairground"
      })
      assert.strictEqual(Duration.toMillis(settings.espDeadline), 2000)
      assert.isTrue(settings.trustedProxies.check("10.1.2.3"))
      assert.isTrue(settings.trustedProxies.check("::1", "ipv6"))
      assert.isFalse(settings.trustedProxies.check("11.1.2.3"))
    })
  )

  const wrong: ReadonlyArray<readonly [name: string, values: ReadonlyArray<string>]> = [
    ["PORT", ["-1", "65536", "80.5", "1e3", "0x50", "http", "8080 8081"]],
    ["PLAY_QUEUE", ["0", "1000001", "many"]],
    ["PLAY_WRITERS", ["0", "65"]],
    ["WORKERS", ["-1", "1001"]],
    ["ESP_DEADLINE", ["soon", "0 millis", "-1 seconds", "infinity", "1500", "5 lightyears", "100001 days"]],
    ["SHUTDOWN_GRACE", ["20"]],
    ["BODY_LIMIT", ["0", "2 GiB", "large", "-1 KiB"]],
    ["RATE_LIMIT_ADDRESS", ["300", "300/m", "0/1m", "300/0m", "-1/1m", "300/1w", "on", "300/1m extra"]],
    ["CORS_ORIGINS", ["shop.example", "https://shop.example/path", "ftp://shop.example"]],
    ["TRUSTED_PROXIES", ["10.0.0.0/33", "10.0.0", "::1/129", "localhost", "10.0.0.0/8/8", "10.0.0.0/-1"]],
    [
      "PUBLIC_URL",
      [
        "play.example",
        "ftp://play.example",
        "https://u:p@play.example",
        "https://play.example/?a=1",
        "https://play.example/#a",
        "https://play.example/a b"
      ]
    ],
    ["LOG_LEVEL", ["verbose", "INFO", "0"]],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", ["collector:4318", "grpc://collector"]]
  ]
  for (const [name, values] of wrong) {
    it.effect(`a wrong ${name} is named with its value and what is allowed`, () =>
      Effect.gen(function* () {
        const allowed = definitions.find((setting) => setting.name === name)?.allowed
        for (const value of values) {
          assert.strictEqual(
            yield* messageOf({ [name]: value }),
            `${name} is ${JSON.stringify(value)}: it must be ${allowed}.`
          )
        }
      })
    )
  }

  it.effect("a secret is named without its value", () =>
    Effect.gen(function* () {
      for (const name of ["DATABASE_URL", "REDIS_URL"]) {
        const message = yield* messageOf({ [name]: "mysql://root:hunter2@db.example" })
        assert.match(message, new RegExp(`^${name} is set to something \\(hidden\\): it must be a URL`))
        assert.notInclude(message, "hunter2")
      }
    })
  )

  it.effect("several wrong ones are named at once, one a line", () =>
    Effect.gen(function* () {
      const lines = (yield* messageOf({ WORKERS: "x", PORT: "y", LOG_LEVEL: "z" })).split("\n")
      assert.deepStrictEqual(
        lines.map((line) => line.split(" ")[0]),
        ["PORT", "WORKERS", "LOG_LEVEL"]
      )
    })
  )

  it.effect("a demonstration is open to every origin unless told otherwise", () =>
    Effect.gen(function* () {
      const origins = (env: Record<string, string>) =>
        Effect.gen(function* () {
          return (yield* Settings).corsOrigins
        }).pipe(Effect.provide(layerDemo.pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))))
      assert.deepStrictEqual(yield* origins({}), ["*"])
      assert.deepStrictEqual(yield* origins({ CORS_ORIGINS: "https://shop.example" }), ["https://shop.example"])
    })
  )
})
