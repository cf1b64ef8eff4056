import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { fairground } from "../support/service/CommandLine.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const json = (text: string) => Schema.decodeEffect(Schema.fromJsonString(Schema.Unknown))(text)

describe("the command line", () => {
  it.live(
    "reads moments by RFC 3339, or as a time on the clocks of the game's zone, and refuses what else might be one",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const add = (slug: string, ...flags: ReadonlyArray<string>) =>
          fairground(url, "game", "add", slug, "--title", "Advent", "--json", ...flags)
        for (const text of ["1.12.2027", "2027-02-30T08:00:00Z"]) {
          const { code, stderr, stdout } = yield* add("advent", "--opens", text)
          assert.deepStrictEqual([code, stdout], [1, ""], text)
          assert.strictEqual(
            stderr.trim(),
            `--opens is "${text}": it must be a moment with its zone, such as 2026-12-01T08:00:00Z or 2026-12-01T09:00:00+01:00, or without one, such as 2026-12-01T09:00.`
          )
        }
        // In October the clocks of Prague show 2:30 twice: the first.
        const zone = ["--time-zone", "Europe/Prague"]
        const added = yield* add("advent", "--opens", "2027-10-31T02:30", "--closes", "2027-12-25T00:00:00Z", ...zone)
        assert.strictEqual(added.code, 0, added.stderr)
        assert.deepInclude(yield* json(added.stdout), {
          opensAt: "2027-10-31T00:30:00.000Z",
          closesAt: "2027-12-25T00:00:00.000Z"
        })
      }),
    120_000
  )

  it.live(
    "adds, lists, shows and closes games",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const added = yield* fairground(
          url,
          "game",
          "add",
          "autumn",
          "--title",
          "Autumn wheel",
          "--limit",
          "5/12h",
          "--time-zone",
          "Europe/Prague",
          "--opens",
          "2026-01-01T00:00:00Z",
          "--closes",
          "2999-01-01T00:00:00Z",
          "--json"
        )
        assert.strictEqual(added.code, 0, added.stderr)
        const facts = {
          slug: "autumn",
          title: "Autumn wheel",
          state: "open",
          isOpen: true,
          opensAt: "2026-01-01T00:00:00.000Z",
          closesAt: "2999-01-01T00:00:00.000Z",
          timeZone: "Europe/Prague",
          limit: { plays: 5, period: "window", windowSeconds: 43_200 },
          esp: "sandbox",
          espList: null,
          espTags: [],
          version: 1,
          archivedAt: null
        }
        assert.deepStrictEqual(yield* json(added.stdout), facts)
        assert.deepStrictEqual(yield* json((yield* fairground(url, "game", "list", "--json")).stdout), [facts])

        const again = yield* fairground(url, "game", "add", "autumn", "--title", "Another")
        assert.strictEqual(again.code, 1)
        assert.include(again.stderr, 'Another game has the slug "autumn".')

        const moved = yield* fairground(
          url,
          "game",
          "move",
          "autumn",
          "--esp",
          "sandbox",
          "--list",
          "9",
          "--tag",
          "a",
          "--tag",
          "b"
        )
        assert.strictEqual(moved.code, 0, moved.stderr)
        assert.include(moved.stdout, "ESP: sandbox, list 9, tags a, b")
        const astray = yield* fairground(url, "game", "move", "autumn", "--esp", "shop")
        assert.strictEqual(astray.code, 1)
        assert.include(astray.stderr, 'There is no ESP connection "shop". There are: sandbox.')
        yield* fairground(url, "game", "move", "autumn", "--esp", "sandbox")

        const closed = yield* fairground(url, "game", "close", "autumn")
        assert.strictEqual(closed.code, 0, closed.stderr)
        const shown = yield* fairground(url, "game", "show", "autumn")
        assert.match(shown.stdout, /^autumn: Autumn wheel\n {2}not open, from 2026-01-01T00:00:00\.000Z to 2\d{3}-/)
        assert.include(shown.stdout, "limit: 5 per 43200 s; time zone: Europe/Prague; ESP: sandbox")
      }),
    120_000
  )

  it.live(
    "says what is wrong with what it was given, and fails",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const [missing, limit, slug, server] = yield* Effect.all(
          [
            fairground(url, "game", "show", "nowhere"),
            fairground(url, "game", "add", "spring", "--title", "Spring", "--limit", "often"),
            fairground(url, "game", "add", "Not A Slug", "--title", "x"),
            fairground(Redacted.make("postgresql://nobody@127.0.0.1:1/none"), "game", "list")
          ],
          { concurrency: 2 }
        )
        assert.deepStrictEqual([missing.code, limit.code, slug.code, server.code], [1, 1, 1, 1])
        assert.include(missing.stderr, "There is no such game")
        assert.include(limit.stdout + limit.stderr, "give one such as 3/ever, 1/day or 5/12h")
        assert.include(slug.stdout + slug.stderr, "lower-case letters, digits and single hyphens")
        assert.include(server.stderr, "PostgreSQL at 127.0.0.1:1/none cannot be used")
      }),
    120_000
  )

  it.live(
    "migrates, prints the contract, and helps",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const migrated = yield* fairground(url, "migrate", "--json")
        assert.deepStrictEqual(yield* json(migrated.stdout), { migrated: [] })
        const contract = yield* json((yield* fairground(url, "openapi")).stdout)
        assert.include(JSON.stringify(contract), "/api/v1/games/{slug}/plays")
        const help = (yield* fairground(url, "--help")).stdout
        for (const command of ["demo", "serve", "migrate", "game", "esp", "contacts", "openapi"])
          assert.include(help, command)
      }),
    120_000
  )
})
