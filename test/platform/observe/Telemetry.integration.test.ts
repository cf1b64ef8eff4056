import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule, Schema } from "effect"
import { FetchHttpClient, HttpClient, HttpClientRequest, HttpServer } from "effect/http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as App from "../../../src/App.ts"
import { modules } from "../../../src/Modules.ts"
import { Games } from "../../../src/games/Games.ts"
import { Slug } from "../../../src/games/Game.ts"
import * as Logging from "../../../src/platform/observe/Logging.ts"
import { EmailKey } from "../../../src/players/Email.ts"
import { PlayerCursor } from "../../../src/players/Player.ts"
import { settingsOf } from "../../support/AllSettings.ts"
import * as Telemetry from "../../../src/platform/observe/Telemetry.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

interface Span {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

/** A collector that keeps what it receives: spans by name, and the text of everything. */
const collector = Effect.acquireRelease(
  Effect.promise(async () => {
    const spans: Array<Span> = []
    const texts: Array<string> = []
    const paths = new Set<string>()
    const server = createServer((request, response) => {
      const chunks: Array<Buffer> = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const text = Buffer.concat(chunks).toString()
        texts.push(text)
        paths.add(request.url ?? "")
        if (request.url === "/v1/traces") {
          const body = JSON.parse(text) as {
            resourceSpans: Array<{ scopeSpans: Array<{ spans: Array<Span> }> }>
          }
          spans.push(...body.resourceSpans.flatMap((resource) => resource.scopeSpans.flatMap((scope) => scope.spans)))
        }
        response.end("{}")
      })
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    return { server, spans, texts, paths, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }),
  ({ server }) => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
)

const addGame = Effect.flatMap(Games, (games) =>
  games.add({
    slug: Slug.make("wheel"),
    title: "Wheel",
    opensAt: null,
    closesAt: null,
    timeZone: "UTC",
    limit: null,
    esp: "sandbox"
  })
)

const address = "secret-address@shop.example"

const token = "1795320000.secret-token"

const cursor = Schema.encodeSync(PlayerCursor)({ key: EmailKey.make(address) })

/** An integration calls back at a URL that was never issued. */
const callBack = Effect.gen(function* () {
  const server = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const client = yield* HttpClient.HttpClient
  const response = yield* client.execute(
    HttpClientRequest.post(`${server}/api/v1/tasks/0198c7e2-7d1c-7f0e-9a55-0b6b3c0f7a11/callback?token=${token}`).pipe(
      HttpClientRequest.bodyJsonUnsafe({ content: {} })
    )
  )
  return response.status
  // The client's own span is not part of the service.
}).pipe(Effect.provideService(HttpClient.TracerDisabledWhen, () => true))

/** A browser comes back from an identity provider. */
const comeBack = Effect.gen(function* () {
  const server = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const client = yield* HttpClient.HttpClient
  const response = yield* client.get(`${server}/api/v1/came-back?code=secret-code&state=secret-state&iss=a`)
  return response.status
}).pipe(Effect.provideService(HttpClient.TracerDisabledWhen, () => true))

/** Somebody without a credential searches for a player. */
const search = Effect.gen(function* () {
  const server = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const client = yield* HttpClient.HttpClient
  const statuses: Array<number> = []
  for (const query of [`email=${address}`, `emailPrefix=${address}`, `emailPrefix=a&cursor=${cursor}`]) {
    statuses.push((yield* client.execute(HttpClientRequest.get(`${server}/api/v1/players?${query}`))).status)
  }
  return statuses
}).pipe(Effect.provideService(HttpClient.TracerDisabledWhen, () => true))

/** A player presents a token. */
const present = Effect.gen(function* () {
  const server = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const client = yield* HttpClient.HttpClient
  const request = HttpClientRequest.get(`${server}/api/v1/players/me`).pipe(
    HttpClientRequest.setHeader("fairground-token", "secret-player-token")
  )
  return (yield* client.execute(request)).status
}).pipe(Effect.provideService(HttpClient.TracerDisabledWhen, () => true))

const play = Effect.gen(function* () {
  const server = HttpServer.formatAddress((yield* HttpServer.HttpServer).address)
  const client = yield* HttpClient.HttpClient
  const response = yield* client.execute(
    HttpClientRequest.post(`${server}/api/v1/games/wheel/plays`).pipe(
      HttpClientRequest.bodyJsonUnsafe({ email: address })
    )
  )
  return yield* Effect.flatMap(response.json, Schema.decodeUnknownEffect(Schema.Struct({ contact: Schema.String })))
})

describe("telemetry", () => {
  it.live(
    "one trace shows the request, its batch, the SQL and the call to the ESP, and nothing shows the address",
    () =>
      Effect.gen(function* () {
        const { paths, spans, texts, url } = yield* collector
        const database = yield* TestDatabase.makeUrl
        const settings = settingsOf({
          PORT: "0",
          DATABASE_URL: Redacted.value(database),
          OTEL_EXPORTER_OTLP_ENDPOINT: url
        })
        // The exporter sends the rest when the layer closes.
        const { contact } = yield* play.pipe(
          Effect.tap(Effect.logInfo("a play was recorded")),
          Effect.tap(Effect.map(callBack, (status) => assert.strictEqual(status, 403))),
          Effect.tap(Effect.map(comeBack, (status) => assert.strictEqual(status, 404))),
          Effect.tap(Effect.map(search, (statuses) => assert.deepStrictEqual(statuses, [401, 401, 401]))),
          Effect.tap(Effect.map(present, (status) => assert.strictEqual(status, 401))),
          Effect.provide(
            App.layerOf(modules, addGame).pipe(
              Layer.provideMerge(Telemetry.layer.pipe(Layer.provideMerge(Logging.layer))),
              Layer.provide(settings),
              Layer.merge(FetchHttpClient.layer)
            )
          ),
          Effect.scoped
        )
        assert.strictEqual(contact, "created")
        yield* Effect.sync(() => spans.some((span) => span.name === "EspClient.register")).pipe(
          Effect.repeat({
            until: (there) => there,
            schedule: Schedule.spaced("50 millis").pipe(Schedule.upTo({ duration: "10 seconds" }))
          })
        )

        const root = spans.find((span) => span.name === "Plays.record")
        assert.isDefined(root)
        const inTrace = spans.filter((span) => span.traceId === root.traceId)
        const under = (name: string): ReadonlyArray<string> => {
          const parents = inTrace.filter((span) => span.name === name).map((span) => span.spanId)
          return inTrace.filter((span) => parents.includes(span.parentSpanId ?? "")).map((span) => span.name)
        }
        assert.include(under("POST"), "Plays.record")
        assert.include(under("Plays.record"), "plays.batch")
        assert.include(under("plays.batch"), "PlaysRepo.record")
        assert.include(under("PlaysRepo.record"), "postgres")
        assert.include(under("Plays.record"), "EspGuard.attempt")
        assert.include(under("EspGuard.attempt"), "EspClient.register")
        assert.deepStrictEqual([...paths].sort(), ["/v1/logs", "/v1/metrics", "/v1/traces"])
        const sent = texts.join("\n")
        assert.include(sent, "a play was recorded")
        assert.include(sent, "fairground_batch_size")
        assert.notInclude(sent, address)
        assert.include(sent, "/callback")
        assert.include(sent, "/came-back")
        for (const secret of ["secret-token", "secret-code", "secret-state", "secret-player"]) {
          assert.notInclude(sent, secret)
        }
        assert.include(sent, "/players/me")
        assert.include(sent, "/players")
        assert.notInclude(sent, "secret-address")
        assert.notInclude(sent, cursor)
      }),
    30_000
  )
})
