import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { fairground } from "../support/service/CommandLine.ts"
import { addGame, record, replica, wordOf } from "../support/service/Recording.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

it.live("entry: shows a player whom a wrong clock has locked out, and lets them play again", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const context = yield* Layer.build(replica(url))
    yield* Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const slug = yield* addGame({ limit: { plays: 1, period: "day", windowSeconds: null } })
      const ever = yield* addGame({ limit: { plays: 1, period: "ever", windowSeconds: null } })
      for (const game of [slug, ever]) yield* record(game, "Nora@shop.example")
      yield* record(slug, "other@shop.example")
      yield* sql`update entry set period_ends_at = '2199-01-01Z' where period_ends_at is not null`
      assert.strictEqual(yield* wordOf(record(slug, "nora@shop.example")), "PlayLimitReached")

      const shown = yield* fairground(url, "entry", "show", slug, "NORA@shop.example", "--json")
      assert.strictEqual(shown.code, 0, shown.stderr)
      assert.deepInclude(JSON.parse(shown.stdout) as object, {
        game: slug,
        email: "Nora@shop.example",
        plays: 1,
        limit: { plays: 1, period: "day", windowSeconds: null },
        periodPlays: 1,
        periodEndsAt: "2199-01-01T00:00:00.000Z"
      })
      yield* sql`update player set email = E'Nora\x1b[2J@shop.example' where email_key = 'nora@shop.example'`
      const hostile = yield* fairground(url, "entry", "show", slug, "nora@shop.example")
      assert.include(hostile.stdout, "Nora\\u001b[2J@shop.example in", "no terminal obeys it")

      const reset = yield* fairground(url, "entry", "reset", slug, "nora@shop.example")
      assert.strictEqual(reset.code, 0, reset.stderr)
      assert.include(reset.stdout, "1 plays")
      assert.include(reset.stdout, "the next play begins one")
      assert.strictEqual(yield* wordOf(record(slug, "nora@shop.example")), 2)
      assert.strictEqual(yield* wordOf(record(slug, "nora@shop.example")), "PlayLimitReached", "and one only")
      assert.strictEqual(yield* wordOf(record(slug, "other@shop.example")), "PlayLimitReached", "nobody else's")

      const refused = yield* fairground(url, "entry", "reset", ever, "nora@shop.example")
      assert.deepStrictEqual([refused.code, refused.stdout], [1, ""])
      assert.include(refused.stderr, "no limit per day or window")
      const unknown = yield* fairground(url, "entry", "show", slug, "nobody@shop.example")
      assert.deepStrictEqual([unknown.code, unknown.stdout], [1, ""])
      assert.include(unknown.stderr, `nobody@shop.example has no plays in the game ${slug}.`)
    }).pipe(Effect.provide(context))
  }).pipe(Effect.provide(EspMemory.layer))
)
