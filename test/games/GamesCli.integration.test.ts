import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { userInfo } from "node:os"
import { fairground } from "../support/service/CommandLine.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

/** `fairground game` with these words. */
const game = (url: Redacted.Redacted<string>, words: string) => fairground(url, "game", ...words.split(" "))

const facts = (url: Redacted.Redacted<string>, words: string) =>
  Effect.map(game(url, `${words} --json`), ({ code, stderr, stdout }) => {
    assert.strictEqual(code, 0, stderr)
    return JSON.parse(stdout) as Record<string, unknown>
  })

/** The audit log, oldest first. */
const told = (url: Redacted.Redacted<string>) =>
  Effect.map(
    query(
      url,
      (sql) => sql<{ action: string; via: string; address: string; slug: string }>`
        select action, via, address, details ->> 'slug' as slug from audit_entry where action like 'game.%' order by id`
    ),
    (rows) =>
      rows.map(({ action, address, slug, via }) => {
        assert.deepStrictEqual([via, address], ["command-line", userInfo().username])
        return `${action} ${slug}`
      })
  )

it.live(
  "a game is changed on the command line: what is given, and nothing else",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* facts(
        url,
        "add advent --title Advent --time-zone Europe/Prague --opens 2999-12-01T08:00 --limit 1/day --list 7 --tag a"
      )
      // Times are on the clocks of the game's zone, be it the stored or a new one.
      const changed = yield* facts(url, "change advent --closes 2999-12-25T00:00 --limit 5/12h --tag b")
      assert.deepInclude(changed, {
        title: "Advent",
        opensAt: "2999-12-01T07:00:00.000Z",
        closesAt: "2999-12-24T23:00:00.000Z",
        limit: { plays: 5, period: "window", windowSeconds: 43_200 },
        espList: "7",
        espTags: ["b"],
        state: "scheduled",
        version: 2
      })
      const emptied = yield* facts(
        url,
        "change advent --title Xmas --opens none --closes 2999-12-25T00:00 --time-zone UTC --limit none --list none --no-tags"
      )
      assert.deepInclude(emptied, {
        title: "Xmas",
        opensAt: null,
        closesAt: "2999-12-25T00:00:00.000Z",
        limit: null,
        espList: null,
        espTags: [],
        state: "open"
      })
      assert.deepStrictEqual(yield* told(url), ["game.create advent", "game.change advent", "game.change advent"])
    }),
  120_000
)

it.live(
  "games are opened, duplicated, deleted and archived on the command line",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* addGame(url, "wheel")
      yield* query(url, (sql) => sql`update game set closes_at = now()`)
      const opened = yield* game(url, "open wheel")
      assert.match(opened.stdout, /^wheel: A game\n {2}open, from the start to no end\n/)
      const copy = yield* facts(url, "duplicate wheel copy --title Another")
      assert.deepInclude(copy, { slug: "copy", title: "Another", version: 1 })
      const deleted = yield* game(url, "delete copy")
      assert.deepStrictEqual([deleted.code, deleted.stdout], [0, "copy is deleted. Nobody had played it.\n"])

      yield* query(url, () => addMany({ slug: "wheel", count: 1 }))
      const archived = yield* game(url, "delete wheel")
      assert.strictEqual(archived.code, 0, archived.stderr)
      assert.match(
        archived.stdout,
        /^The game has plays, or may have, so it is archived and not deleted:\nwheel: A game\n {2}archived at 2\d{3}-/
      )
      const again = yield* facts(url, "delete wheel")
      assert.deepInclude(again, { isDeleted: false })
      assert.deepInclude(again["game"], { slug: "wheel", state: "archived" })
      assert.match((yield* game(url, "list --state archived")).stdout, /^wheel: A game\n/)
      assert.strictEqual((yield* game(url, "list --state open")).stdout, "No game is open.\n")
      assert.deepStrictEqual(yield* told(url), [
        "game.open wheel",
        "game.duplicate copy",
        "game.archive copy",
        "game.delete copy",
        "game.archive wheel"
      ])
    }),
  120_000
)

it.live(
  "what cannot be done to a game is said on the command line, and nothing is done",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* addGame(url, "old")
      yield* query(url, (sql) => sql`update game set closes_at = now(), archived_at = now()`)
      for (const [words, what] of [
        ["open old", "The game is archived"],
        ["change nowhere --title x", "There is no such game"],
        ["duplicate old old", 'Another game has the slug "old".'],
        ["change old", "Name what to change"],
        ["change old --tag a --no-tags", "Name either --tag or --no-tags."],
        ["change old --closes soon", '--closes is "soon": it must be a moment'],
        ["change old --limit often", "give one such as 3/ever, 1/day or 5/12h"]
      ] as const) {
        const { code, stderr, stdout } = yield* game(url, words)
        assert.strictEqual(code, 1, words)
        assert.include(stderr + stdout, what)
      }
      assert.deepStrictEqual(yield* told(url), [])
    }),
  120_000
)
