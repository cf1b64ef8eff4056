import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fairground } from "../support/service/CommandLine.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live(
  "contacts over HTTP: by verdict, connection and what is owed; those that have ended are attempted again",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      // Nothing in the background: what is made due stays so.
      const { base } = yield* Service.start(url, { WORKERS: "0" })
      yield* addGame(url, "wheel")
      yield* addGame(url, "other")
      const editor = yield* query(url, () => keyFor("editor"))
      const send = (method: string, path: string, body?: unknown) =>
        Effect.promise(() => client.send(base, method, `/api/v1${path}`, body, editor.headers))
      const emailsOf = (path: string) =>
        Effect.gen(function* () {
          const emails: Array<unknown> = []
          for (let cursor: string | null = "", pages = 0; cursor !== null; pages++) {
            assert.isBelow(pages, 10)
            const { body, status } = yield* send("GET", `${path}&limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`)
            assert.strictEqual(status, 200)
            emails.push(...(body["items"] as ReadonlyArray<{ email: unknown }>).map(({ email }) => email))
            cursor = body["nextCursor"] as string | null
          }
          return emails
        })
      for (const [slug, email] of [
        ["wheel", "created@sandbox.example"],
        ["wheel", "existed@sandbox.example"],
        ["wheel", "rejected@sandbox.example"],
        ["other", "rejected2@sandbox.example"],
        ["other", "a@shop.example"],
        ["wheel", "b@shop.example"],
        ["wheel", "c@shop.example"]
      ]) {
        yield* Effect.promise(() => client.play(base, slug!, { email }))
      }
      yield* query(
        url,
        (sql) => sql`
          update contact set verdict = case when email_key like '%2@%' then 'rejected' else 'unknown' end, mailability = null,
            settled_at = case when email_key like '%2@%' then now() end, reason = 'unreachable', attempts = 9,
            due_at = case email_key when 'b@shop.example' then '2026-01-02T00:00:00Z'::timestamptz when 'c@shop.example' then '2026-01-01T00:00:00Z' end
          from player where player.id = player_id and (email_key like '_@shop.example' or email_key like '%2@%')`
      )
      assert.lengthOf(yield* emailsOf("/contacts?"), 7)
      const inOrder = yield* emailsOf("/contacts?verdict=rejected")
      assert.sameMembers(inOrder, ["rejected@sandbox.example", "rejected2@sandbox.example"])
      assert.deepStrictEqual(yield* emailsOf("/contacts?verdict=rejected&game=other"), ["rejected2@sandbox.example"])
      assert.deepStrictEqual(yield* emailsOf("/contacts?stuck=true"), ["a@shop.example"])
      assert.deepStrictEqual(yield* emailsOf("/contacts?stuck=false"), ["c@shop.example", "b@shop.example"])
      assert.deepStrictEqual(yield* emailsOf("/contacts?stuck=false&game=other"), [])
      assert.sameMembers(yield* emailsOf("/contacts?verdict=unknown"), [
        "a@shop.example",
        "b@shop.example",
        "c@shop.example"
      ])
      assert.deepStrictEqual(yield* emailsOf("/contacts?esp=elsewhere"), [])
      assert.deepStrictEqual(yield* emailsOf("/contacts?verdict=created&stuck=true"), [])

      // Cursors that nobody was given, with what the database cannot be asked for.
      const forged = (list: string, key: unknown) => Buffer.from(JSON.stringify([list, key])).toString("base64url")
      const playerId = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b51"
      for (const path of [
        `/contacts?cursor=${forged("contacts", { playerId, esp: "a\0", dueAt: null })}`,
        `/contacts?stuck=false&cursor=${forged("contacts", { playerId, esp: "a", dueAt: 9e15 })}`,
        `/players?emailPrefix=a&cursor=${forged("players", { key: "a\0" })}`
      ]) {
        assert.strictEqual((yield* send("GET", path)).body["type"], "/problems/validation-failed", path)
      }

      // One again.
      const ofEmail = (email: string) =>
        Effect.map(send("GET", `/players?email=${encodeURIComponent(email)}`), ({ body }) =>
          String((body["items"] as ReadonlyArray<{ id: string }>)[0]?.id)
        )
      const rejected = yield* ofEmail("rejected@sandbox.example")
      const retried = yield* send("POST", `/contacts/${rejected}/sandbox/retry`)
      assert.strictEqual(retried.status, 200)
      assert.deepInclude(retried.body, { verdict: "unknown", settledAt: null, attempts: 1 })
      assert.isString(retried.body["dueAt"])
      for (const email of ["rejected@sandbox.example", "b@shop.example", "created@sandbox.example"]) {
        const again = yield* send("POST", `/contacts/${yield* ofEmail(email)}/sandbox/retry`)
        assert.deepStrictEqual([again.status, again.body["type"]], [409, "/problems/contact-not-ended"], email)
      }
      const gone = yield* ofEmail("a@shop.example")
      yield* query(url, (sql) => sql`update contact set esp = 'gone' where player_id = ${gone}`)
      const missing = yield* send("POST", `/contacts/${gone}/gone/retry`)
      assert.deepStrictEqual([missing.status, missing.body["type"]], [404, "/problems/esp-not-found"])
      yield* query(url, (sql) => sql`update contact set esp = 'sandbox' where player_id = ${gone}`)

      // All again, of a kind.
      const retryAll = (body: unknown) => send("POST", "/contacts/retry", body)
      assert.deepStrictEqual((yield* retryAll({ as: "stuck", game: "wheel" })).body, { started: 0, nextCursor: null })
      assert.deepStrictEqual((yield* retryAll({ as: "rejected", since: "2100-01-01T00:00:00Z" })).body, {
        started: 0,
        nextCursor: null
      })
      const both = yield* Effect.all([retryAll({ as: "stuck" }), retryAll({ as: "stuck" })], { concurrency: 2 })
      assert.sameMembers(
        both.map(({ body }) => body["started"]),
        [1, 0]
      )
      assert.strictEqual(
        (yield* fairground(url, "contacts", "retry", "--rejected", "--json")).stdout,
        '{"started":1}\n'
      )
      for (const [body, type] of [
        [{ as: "stuck", game: "nowhere" }, "game-not-found"],
        [{ as: "stuck", esp: "nowhere" }, "esp-not-found"],
        [{ as: "created" }, "validation-failed"],
        [{}, "validation-failed"],
        [{ as: "stuck", cursor: "x" }, "validation-failed"]
      ] as const) {
        assert.strictEqual((yield* retryAll(body)).body["type"], `/problems/${type}`, JSON.stringify(body))
      }

      // Each change has its entry, and what changed nothing has none.
      const audited = yield* query(
        url,
        (sql) => sql`select via, target_id, details from audit_entry where action = 'contact.retry' order by id`
      )
      const details = { esp: null, game: null, since: null, started: 1 }
      assert.deepStrictEqual(audited, [
        { via: "http", target_id: `${rejected}/sandbox`, details: null },
        { via: "http", target_id: null, details: { as: "stuck", ...details } },
        { via: "command-line", target_id: null, details: { as: "rejected", ...details } }
      ])
    }),
  90_000
)
