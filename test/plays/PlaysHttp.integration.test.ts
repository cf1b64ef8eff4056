import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

it.live("plays over HTTP, on the sandbox ESP", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Service.start(url)
    yield* addGame(url, "wheel")
    yield* addGame(url, "limited", 1)
    yield* query(
      url,
      (sql) => sql`insert into sandbox_contact (email_key, created_at) values ('known@shop.example', now())`
    )
    const play = (slug: string, body: Record<string, unknown> | string, key?: string) =>
      Effect.promise(() => client.play(base, slug, body, key))
    const get = (path: string) => Effect.promise(() => client.get(base, path))

    // The verdicts.
    for (const [email, contact] of [
      ["new@shop.example", "created"],
      ["known@shop.example", "existed"],
      ["existed@sandbox.example", "existed"],
      ["created@sandbox.example", "created"],
      ["rejected@sandbox.example", "rejected"],
      ["down@sandbox.example", "unknown"]
    ] as const) {
      const answer = yield* play("wheel", { email })
      assert.strictEqual(answer.status, 201, email)
      assert.match(String(answer.body["id"]), uuidV7)
      assert.match(String(answer.body["playedAt"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.deepStrictEqual(answer.body, {
        id: answer.body["id"],
        game: "wheel",
        playedAt: answer.body["playedAt"],
        playedBefore: false,
        plays: 1,
        contact
      })
      const again = yield* play("wheel", { email: email.toUpperCase() })
      assert.deepInclude(again.body, { playedBefore: true, plays: 2, contact })
      const shown = yield* get(`/api/v1/plays/${String(answer.body["id"])}`)
      assert.deepStrictEqual([shown.status, shown.body], [200, answer.body])
    }
    assert.strictEqual((yield* play("limited", { email: "new@shop.example" })).body["contact"], "created")

    // Keys.
    const long = "k".repeat(255)
    const first = yield* play("wheel", { email: "key@shop.example", data: { b: 1, a: [1, 2] } }, long)
    for (const text of [
      '{"email":"key@shop.example","data":{"a":[1,2],"b":1}}',
      '{ "data" : {"b":1.0,\n"a":[ 1 ,2e0]}, "email":"k\\u0065y@shop.example" }'
    ]) {
      const retry = yield* play("wheel", text, long)
      assert.deepStrictEqual([retry.status, retry.body], [201, first.body])
    }
    const other = yield* play("wheel", { email: "key@shop.example", data: { b: 1, a: [2, 1] } }, long)
    assert.deepStrictEqual([other.status, other.body["type"]], [422, "/problems/idempotency-key-reused"])
    const tooLong = yield* play("wheel", { email: "key@shop.example" }, `${long}k`)
    assert.deepStrictEqual([tooLong.status, tooLong.body["type"]], [400, "/problems/validation-failed"])

    // Refusals.
    const limit = yield* play("limited", { email: "new@shop.example" })
    assert.strictEqual(limit.status, 409)
    assert.deepInclude(limit.body, {
      type: "/problems/play-limit-reached",
      limit: { plays: 1, period: "ever", windowSeconds: null },
      nextPlayAt: null
    })
    const unknown = yield* play("nowhere", { email: "new@shop.example" })
    assert.deepStrictEqual([unknown.status, unknown.body["type"]], [404, "/problems/game-not-found"])
    const noPlay = yield* get("/api/v1/plays/019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52")
    assert.deepStrictEqual([noPlay.status, noPlay.body["type"]], [404, "/problems/play-not-found"])
    for (const email of ["nobody", "", "a@b", `${"a".repeat(65)}@shop.example`, 7, null]) {
      const refused = yield* play("wheel", { email })
      assert.strictEqual(refused.status, 400, String(email))
      assert.include(JSON.stringify(refused.body["errors"]), '"path":["payload","email"]')
    }

    // The game's facts.
    const facts = yield* get("/api/v1/games/limited")
    assert.deepStrictEqual(facts.body, {
      slug: "limited",
      title: "A game",
      opensAt: null,
      closesAt: null,
      timeZone: "UTC",
      limit: { plays: 1, period: "ever", windowSeconds: null },
      isOpen: true
    })
    assert.strictEqual((yield* get("/api/v1/games/nowhere")).status, 404)
  })
)
