import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { userInfo } from "node:os"
import { fairground } from "../support/service/CommandLine.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const game = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) => fairground(url, "game", ...args)

const facts = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) =>
  Effect.map(game(url, ...args, "--json"), ({ code, stderr, stdout }) => {
    assert.strictEqual(code, 0, stderr)
    return JSON.parse(stdout) as Record<string, unknown>
  })

it.live(
  "games are changed, opened, duplicated, deleted and archived on the command line, and the audit log says so",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* facts(
        url,
        "add",
        "advent",
        "--title",
        "Advent",
        "--time-zone",
        "Europe/Prague",
        "--opens",
        "2999-12-01T08:00",
        "--limit",
        "1/day",
        "--list",
        "7",
        "--tag",
        "a"
      )
      // Times are on the clocks of the game's zone, be it the stored or a new one.
      const changed = yield* facts(
        url,
        "change",
        "advent",
        "--closes",
        "2999-12-25T00:00",
        "--limit",
        "5/12h",
        "--tag",
        "b"
      )
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
        "change",
        "advent",
        "--title",
        "Xmas",
        "--opens",
        "none",
        "--closes",
        "2999-12-25T00:00",
        "--time-zone",
        "UTC",
        "--limit",
        "none",
        "--list",
        "none",
        "--no-tags"
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

      const closed = yield* game(url, "close", "advent")
      assert.match(closed.stdout, /^advent: Xmas\n {2}not open, from the start to 20/)
      const opened = yield* game(url, "open", "advent")
      assert.match(opened.stdout, /^advent: Xmas\n {2}open, from the start to no end\n/)
      const copy = yield* facts(url, "duplicate", "advent", "advent-2", "--title", "Advent again")
      assert.deepInclude(copy, { slug: "advent-2", title: "Advent again", version: 1 })

      yield* query(url, () => addMany({ slug: "advent", count: 1 }))
      const deleted = yield* game(url, "delete", "advent-2")
      assert.deepStrictEqual([deleted.code, deleted.stdout], [0, "advent-2 is deleted. Nobody had played it.\n"])
      const archived = yield* game(url, "delete", "advent")
      assert.strictEqual(archived.code, 0, archived.stderr)
      assert.match(
        archived.stdout,
        /^The game has plays, or may have, so it is archived and not deleted:\nadvent: Xmas\n {2}archived at 2\d{3}-/
      )
      const again = JSON.parse((yield* game(url, "delete", "advent", "--json")).stdout)
      assert.deepInclude(again, { isDeleted: false })
      assert.deepInclude(again.game, { slug: "advent", state: "archived" })
      const listed = yield* game(url, "list", "--state", "archived")
      assert.match(listed.stdout, /^advent: Xmas\n/)
      assert.strictEqual((yield* game(url, "list", "--state", "open")).stdout, "No game is open.\n")

      const refusals: ReadonlyArray<readonly [args: ReadonlyArray<string>, what: string]> = [
        [["open", "advent"], "The game is archived"],
        [["change", "advent", "--title", "x"], "The game is archived"],
        [["change", "nowhere", "--title", "x"], "There is no such game"],
        [["delete", "nowhere"], "There is no such game"],
        [["duplicate", "advent", "advent"], 'Another game has the slug "advent".'],
        [["change", "advent"], "Name what to change"],
        [["change", "advent", "--tag", "a", "--no-tags"], "Name either --tag or --no-tags."],
        [["change", "advent", "--closes", "soon"], '--closes is "soon": it must be a moment'],
        [["change", "advent", "--limit", "often"], "give one such as 3/ever, 1/day or 5/12h"]
      ]
      for (const [args, what] of refusals) {
        const { code, stderr, stdout } = yield* game(url, ...args)
        assert.strictEqual(code, 1, args.join(" "))
        assert.include(stderr + stdout, what)
      }

      const told = yield* query(
        url,
        (sql) => sql<{ action: string; via: string; address: string; details: { slug: string } }>`
        select action, via, address, details from audit_entry where action like 'game.%' order by id`
      )
      assert.deepStrictEqual(
        told.map(({ action, details }) => [action, details.slug]),
        [
          ["game.create", "advent"],
          ["game.change", "advent"],
          ["game.change", "advent"],
          ["game.close", "advent"],
          ["game.open", "advent"],
          ["game.duplicate", "advent-2"],
          ["game.archive", "advent-2"],
          ["game.delete", "advent-2"],
          ["game.archive", "advent"]
        ]
      )
      for (const { address, via } of told) assert.deepStrictEqual([via, address], ["command-line", userInfo().username])
    }),
  120_000
)
