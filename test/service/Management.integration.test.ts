import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** The address of the second listener, which the log names. */
const managementOf = ({ log }: Service.Service) =>
  Effect.map(
    Service.until(
      "the log names the second listener",
      Effect.sync(() => /([\w.:[\]]+:\d+) \(MANAGEMENT_PORT\)/.exec(log())?.[1])
    ),
    (where) => `http://${where}`
  )

const answered = /^fairground_http_requests_total\{status="(\d+)"\} (\d+)$/gm

it.live(
  "MANAGEMENT_PORT answers /metrics and /health/ to everybody, and nothing else; the main port keeps its own",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      yield* addGame(url, "wheel")
      const service = yield* Service.start(url, {
        MANAGEMENT_PORT: "0",
        RATE_LIMIT_PAGES: "20/1h",
        RATE_LIMIT_ADDRESS: "20/1h",
        CORS_ORIGINS: "*"
      })
      const management = yield* managementOf(service)
      assert.notStrictEqual(management, service.base)
      const send = (base: string, method: string, path: string, headers: Record<string, string> = {}) =>
        Effect.promise(() => client.send(base, method, path, undefined, headers))

      // As a scraper from elsewhere, through whatever stands between.
      const elsewhere = {
        "x-forwarded-for": "192.0.2.7",
        host: "fairground.internal:9090",
        authorization: "Bearer junk"
      }
      const counts = new Set<string>()
      for (let time = 0; time < 30; time++) {
        const metrics = yield* send(management, "GET", "/metrics", elsewhere)
        assert.strictEqual(metrics.status, 200, "it has no limit")
        counts.add([...String(metrics.body["text"]).matchAll(answered)].join())
      }
      assert.deepStrictEqual([...counts], [""], "its own requests are not counted")
      for (const base of [management, service.base]) {
        assert.strictEqual((yield* send(base, "GET", "/health/live")).status, 200)
        assert.deepInclude((yield* send(base, "GET", "/health/ready")).body, { status: "ready" })
      }
      const played = yield* Effect.promise(() => client.play(service.base, "wheel", { email: "nora@sandbox.example" }))
      assert.strictEqual(played.status, 201)
      const { body } = yield* send(management, "GET", "/metrics")
      assert.deepStrictEqual(
        [...String(body["text"]).matchAll(answered)].map(([, status, count]) => [status, count]),
        [
          ["200", "2"],
          ["201", "1"]
        ]
      )

      for (const path of ["/", "/docs", "/openapi.json", "/problems", "/api/v1/games/wheel", "/api/v1/audit-entries"]) {
        const { body, status } = yield* send(management, "GET", path)
        assert.deepStrictEqual([status, body["type"]], [404, "/problems/not-found"], path)
      }
      for (const path of ["/METRICS", "/metrics/", "//metrics", "/health"]) {
        assert.strictEqual((yield* send(management, "GET", path)).status, 404, path)
      }
      for (const path of ["/metrics", "/health/live"]) {
        const posted = yield* send(management, "POST", path)
        assert.deepStrictEqual([posted.status, posted.headers["allow"]], [405, "GET, HEAD, OPTIONS"], path)
        const options = yield* send(management, "OPTIONS", path)
        assert.deepStrictEqual([options.status, options.headers["allow"]], [204, "GET, HEAD, OPTIONS"], path)
        const asPage = yield* send(management, "GET", path, { origin: "https://shop.example" })
        assert.isUndefined(asPage.headers["access-control-allow-origin"], "no page of another site reads it")
        assert.match(String(asPage.headers["x-request-id"]), /^[0-9a-f-]{36}$/)
      }
    })
)

it.live("the second listener says 503 while the service drains, and answers until the last play is", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    yield* addGame(url, "wheel")
    const service = yield* Service.start(url, {
      MANAGEMENT_PORT: "0",
      SHUTDOWN_GRACE: "30 seconds",
      ESP_DEADLINE: "4 seconds"
    })
    const management = yield* managementOf(service)
    // The sandbox takes 5 seconds for this address, so its play is in flight all the while.
    const slow = client.play(service.base, "wheel", { email: "slow@sandbox.example" })
    yield* Service.until(
      "the slow play is recorded",
      Effect.map(
        query(url, (sql) => sql`select 1 from player where email_key = 'slow@sandbox.example'`),
        (rows) => (rows.length > 0 ? true : undefined)
      )
    )
    service.signal("SIGTERM")
    const fresh = yield* Service.client()
    yield* Service.until(
      "the main port is closed",
      Effect.map(
        Effect.promise(() => fresh.get(service.base, "/health/live")),
        ({ status }) => (status === 0 ? true : undefined)
      )
    )
    const ready = yield* Effect.promise(() => fresh.get(management, "/health/ready"))
    assert.deepStrictEqual([ready.status, ready.headers["connection"]], [503, "close"])
    assert.strictEqual((yield* Effect.promise(() => fresh.get(management, "/metrics"))).status, 200)
    assert.deepInclude((yield* Effect.promise(() => slow)).body, { plays: 1, contact: "unknown" })
    const asked = performance.now()
    assert.strictEqual(yield* Effect.promise(() => service.exited), 0, service.log())
    assert.isBelow(performance.now() - asked, 20_000, "its own grace is short")
    assert.notMatch(service.log(), /"level":"(?:ERROR|WARN|FATAL)"/)
  })
)

it.live("a second listener that cannot be is named, and stops the start", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const taken = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const server = createServer()
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
        return server
      }),
      (server) => Effect.promise(() => new Promise((resolve) => server.close(resolve)))
    )
    const { port } = taken.address() as AddressInfo
    for (const [env, message] of [
      [
        { MANAGEMENT_PORT: `${port}` },
        `127.0.0.1:${port} is in use by another program. Stop it, or set MANAGEMENT_PORT to another port (0 takes a free one).`
      ],
      [
        { MANAGEMENT_PORT: "0", MANAGEMENT_HOST: "192.0.2.1" },
        "192.0.2.1 is no address of this machine. Set MANAGEMENT_HOST to one, or to 0.0.0.0 or :: for all."
      ],
      [
        { PORT: "8499", MANAGEMENT_PORT: "8499", MANAGEMENT_HOST: "127.0.0.2" },
        "MANAGEMENT_PORT is 8499, and so is PORT: it must be another port, or `off`."
      ],
      [{ MANAGEMENT_PORT: "65536" }, 'MANAGEMENT_PORT is "65536": it must be `off`, or a whole number from 0 to 65535.']
    ] as const) {
      const failed = yield* Service.spawned(url, env)
      assert.strictEqual(yield* Effect.promise(() => failed.exited), 1)
      assert.include(failed.log(), message)
      assert.notInclude(failed.log(), "    at ")
    }
  })
)
