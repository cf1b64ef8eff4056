import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { fairground, interruptedAt } from "../support/service/CommandLine.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const json = (text: string) => Schema.decodeEffect(Schema.fromJsonString(Schema.Unknown))(text)

/** A connection to an address at which nothing listens. */
const down = {
  ESP_CONNECTIONS: JSON.stringify({
    shop: { provider: "unisender", base: "http://127.0.0.1:9", key: { env: "SHOP_KEY" }, list: 7 }
  }),
  SHOP_KEY: "key-of-the-shop"
}

describe("contacts and connections on the command line", () => {
  it.live(
    "lists what is stuck, starts it again, and follows until the service has settled it",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        yield* addGame(url, "wheel")
        const service = yield* Service.start(url)
        const emails = ["down@sandbox.example", "nora@shop.example"]
        for (const email of emails) yield* Effect.promise(() => client.play(service.base, "wheel", { email }))
        yield* query(
          url,
          (sql) => sql`
            update contact set verdict = 'unknown', settled_at = null, due_at = null, reason = 'unreachable', attempts = 9,
              play_id = play_id, created_at = '2026-01-01T00:00:00Z'`
        )
        const stuck = yield* fairground(url, "contacts", "list", "--stuck", "--json")
        assert.strictEqual(stuck.code, 0, stuck.stderr)
        const facts = {
          esp: "sandbox",
          game: "wheel",
          since: "2026-01-01T00:00:00.000Z",
          attempts: 9,
          reason: "unreachable",
          dueAt: null
        }
        assert.sameDeepMembers(
          (yield* json(stuck.stdout)) as Array<unknown>,
          emails.map((email) => ({ email, ...facts }))
        )
        const one = yield* fairground(url, "contacts", "list", "--stuck", "--limit", "1")
        assert.match(
          one.stdout,
          /^\S+@\S+ {2}sandbox {2}wheel {2}since 2026-01-01T00:00:00\.000Z, 9 attempts: unreachable\n$/
        )
        const none = yield* fairground(url, "contacts", "list", "--stuck", "--esp", "elsewhere", "--json")
        assert.deepStrictEqual(yield* json(none.stdout), [])
        const astray = yield* fairground(url, "contacts", "retry", "--game", "nowhere")
        assert.strictEqual(astray.code, 1)
        assert.include(astray.stderr, "There is no such game")

        // `--wait` would never end, because the ESP is always down for this address.
        yield* query(
          url,
          (sql) => sql`delete from contact using player where player.id = player_id and email like 'down@%'`
        )
        const retried = yield* fairground(url, "contacts", "retry", "--wait")
        assert.strictEqual(retried.code, 0, retried.stderr)
        assert.strictEqual(retried.stdout, "1 contact started again: the service attempts them now.\n")
        assert.strictEqual(retried.stderr, "")
        assert.deepStrictEqual(yield* query(url, (sql) => sql`select verdict from contact`), [{ verdict: "existed" }])
        const again = yield* fairground(url, "contacts", "retry", "--json")
        assert.deepStrictEqual(yield* json(again.stdout), { started: 0 })
        assert.strictEqual((yield* fairground(url, "contacts", "list")).stdout, "No contact waits.\n")
      }),
    120_000
  )

  it.live(
    "lists what was rejected, and has the ESP asked again",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        yield* addGame(url, "wheel")
        const service = yield* Service.start(url)
        const email = "rejected@sandbox.example"
        yield* Effect.promise(() => client.play(service.base, "wheel", { email }))
        const listed = yield* fairground(url, "contacts", "list", "--rejected", "--since", "1 hour")
        assert.match(listed.stdout, /^rejected@sandbox\.example {2}sandbox {2}wheel .* 1 attempts: invalid-address\n$/)
        const stuck = yield* fairground(url, "contacts", "retry", "--json")
        assert.deepStrictEqual(yield* json(stuck.stdout), { started: 0 })
        const later = yield* fairground(url, "contacts", "retry", "--rejected", "--since", "2030-01-01T00:00:00Z")
        assert.strictEqual(later.stdout, "No contact is rejected.\n")
        const retried = yield* fairground(url, "contacts", "retry", "--rejected", "--esp", "sandbox", "--wait")
        assert.strictEqual(retried.stdout, "1 contact started again: the service attempts them now.\n", retried.stderr)
        assert.deepStrictEqual(yield* query(url, (sql) => sql`select verdict, attempts from contact`), [
          { verdict: "rejected", attempts: 2 }
        ])
        const both = yield* fairground(url, "contacts", "list", "--stuck", "--rejected")
        assert.strictEqual(both.code, 1)
        assert.include(both.stderr, "Name either --stuck or --rejected.")
        const neither = yield* fairground(url, "contacts", "list", "--since", "1 hour")
        assert.strictEqual(neither.code, 1)
      }),
    120_000
  )

  it.live(
    "registers a moved game's players at its connection",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        yield* addGame(url, "wheel")
        const service = yield* Service.start(url)
        for (const email of ["nora@shop.example", "vera@shop.example"]) {
          yield* Effect.promise(() => client.play(service.base, "wheel", { email }))
        }
        // As after a move from a connection that no longer exists.
        yield* query(url, (sql) => sql`update contact set esp = 'before'`)
        yield* Effect.sync(() => service.signal("SIGTERM"))
        yield* Effect.promise(() => service.exited)
        const left = yield* interruptedAt("registers them now", url, "esp", "sync", "--game", "wheel", "--wait")
        assert.deepStrictEqual(left, {
          code: 0,
          stdout: "2 contacts added at sandbox: the service registers them now.\n",
          stderr: ""
        })
        assert.lengthOf(yield* query(url, (sql) => sql`select from contact where verdict = 'unknown'`), 2)
        // The interrupted command leaves the contacts to the service, which settles them when it starts.
        yield* Service.start(url)
        yield* Service.until(
          "the verdicts",
          Effect.map(
            query(url, (sql) => sql`select from contact where verdict = 'unknown'`),
            (rows) => (rows.length === 0 ? true : undefined)
          )
        )
        assert.deepStrictEqual(
          yield* query(url, (sql) => sql`select esp, verdict from contact order by esp, player_id`),
          [
            { esp: "before", verdict: "created" },
            { esp: "before", verdict: "created" },
            { esp: "sandbox", verdict: "existed" },
            { esp: "sandbox", verdict: "existed" }
          ]
        )
        const data = yield* fairground(url, "esp", "sync", "--game", "wheel", "--wait", "--json")
        assert.deepStrictEqual(yield* json(data.stdout), { esp: "sandbox", added: 0 })
        const again = yield* fairground(url, "esp", "sync", "--game", "wheel")
        assert.strictEqual(again.stdout, "All players of wheel are contacts at sandbox already, or wait to be.\n")
        yield* query(url, (sql) => sql`update game set esp = 'gone'`)
        const gone = yield* fairground(url, "esp", "sync", "--game", "wheel")
        assert.strictEqual(gone.code, 1)
        assert.include(gone.stderr, 'There is no ESP connection "gone"')
      }),
    120_000
  )
})

describe("a service whose ESP is down from the start", () => {
  it.live(
    "starts at once, names its connections, warns once, stays ready, and shows the circuit",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        yield* addGame(url, "wheel")
        yield* query(url, (sql) => sql`update game set esp = 'shop'`)
        const service = yield* Service.start(url, { ...down, WORKERS: "0" })
        const ready = Effect.promise(() => client.get(service.base, "/health/ready"))
        const esps = (circuit: string) => [
          { name: "shop", circuit, rejecting: false },
          { name: "sandbox", circuit: "closed", rejecting: false }
        ]
        const first = yield* ready
        assert.strictEqual(first.status, 200)
        assert.deepStrictEqual(first.body["esps"], esps("closed"))
        assert.include(service.log(), '"esp":"shop (unisender), sandbox"')
        yield* Service.untilTrue("the warning", () => service.log().includes("ESP connection shop: "))
        for (let play = 0; play < 10; play++) {
          const { body } = yield* Effect.promise(() =>
            client.play(service.base, "wheel", { email: `player${play}@shop.example` })
          )
          assert.deepInclude(body, { plays: 1, contact: "unknown" })
        }
        const open = yield* ready
        assert.strictEqual(open.status, 200)
        assert.include(["open", "half-open"], (open.body["esps"] as ReturnType<typeof esps>)[0]?.circuit)
        assert.lengthOf(service.log().match(/ESP connection shop: /g) ?? [], 1)
        assert.notInclude(service.log(), "key-of-the-shop")
      }),
    120_000
  )
})
