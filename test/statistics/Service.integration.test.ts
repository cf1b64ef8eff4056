import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { fairground } from "../support/service/CommandLine.ts"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

interface Counts {
  readonly plays: number
  readonly newPlayers: number
  readonly players: number | null
}

const paths = [
  "plays",
  "games",
  "games/wheel",
  "recent?games=wheel",
  "total",
  "verdict-times",
  "refusals",
  "overview",
  "notes"
]

it.live(
  "a play counts with its answer and a refused one soon after; two processes, a stop, a kill and a rebuild change nothing",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* addGame(url, "wheel", 2)
      const { headers } = yield* query(url, () => keyFor("viewer"))
      const client = yield* Service.client()
      const [one, two] = yield* Effect.all([Service.start(url), Service.start(url)], { concurrency: 2 })
      const get = (path: string, more: Record<string, string> = headers) =>
        Effect.promise(() => client.send(one.base, "GET", `/api/v1/statistics/${path}`, undefined, more))
      const play = (base: string, body: object, key?: string, slug = "wheel") =>
        Effect.map(
          Effect.promise(() => client.play(base, slug, body as never, key)),
          ({ status }) => status
        )

      for (const [at, base] of [one.base, two.base, one.base].entries()) {
        assert.strictEqual(yield* play(base, { email: `player${at % 2}@shop.example` }, `key ${at}`), 201)
        const { body } = yield* get("plays?game=wheel")
        assert.deepInclude(body["total"], { plays: at + 1, newPlayers: Math.min(2, at + 1) })
        const periods = body["periods"] as ReadonlyArray<Counts>
        assert.lengthOf(periods, 30)
        // Around midnight they are those of two days.
        assert.isAtLeast((periods.at(-1)?.players ?? 0) + (periods.at(-2)?.players ?? 0), Math.min(2, at + 1))
      }

      assert.strictEqual(yield* play(two.base, { email: "player0@shop.example" }), 409)
      assert.strictEqual(yield* play(two.base, { email: "player1@shop.example" }, "key 0"), 422)
      assert.strictEqual(yield* play(one.base, { email: "nobody" }), 400)
      assert.strictEqual(yield* play(one.base, { email: "nora@shop.example" }, undefined, "nobodys"), 404)
      const reasonsOf = (path: string) =>
        Effect.map(get(path), ({ body }) =>
          Object.fromEntries(
            (body["reasons"] as ReadonlyArray<{ reason: string; refusals: number }>).map((one) => [
              one.reason,
              one.refusals
            ])
          )
        )
      const ofWheel = { "play-limit-reached": 1, "idempotency-key-reused": 1, "validation-failed": 1 }
      // A process that stops stores what it has counted.
      two.signal("SIGTERM")
      assert.strictEqual(yield* Effect.promise(() => two.exited), 0)
      yield* Service.until(
        "the refusals of the other process are stored",
        Effect.map(reasonsOf("refusals?game=wheel&by=hour"), (found) =>
          Object.keys(found).length === 3 ? found : undefined
        )
      )
      assert.deepStrictEqual(yield* reasonsOf("refusals?game=wheel"), ofWheel)
      assert.deepStrictEqual(yield* reasonsOf("refusals"), { ...ofWheel, "game-not-found": 1 })

      const total = {
        game: "wheel",
        plays: 3,
        players: 2,
        returningPlays: 1,
        playsPerPlayer: 1.5,
        contacts: { asked: 2, existed: 0, created: 2, rejected: 0, unknown: 0 }
      }
      assert.deepInclude((yield* get("games/wheel")).body, total)
      const page = (yield* get("games?limit=1")).body
      assert.deepInclude((page["items"] as ReadonlyArray<object>)[0], total)
      assert.isNull(page["nextCursor"])
      assert.deepInclude((yield* get("total")).body, { ...total, game: null })
      assert.deepInclude((yield* get("verdict-times?game=wheel&from=2020-01-01")).body, {
        asked: 2,
        settled: 2,
        to: null
      })

      const rebuilt = yield* fairground(url, "statistics", "rebuild")
      assert.deepStrictEqual(
        [rebuilt.code, rebuilt.stdout],
        [0, "The statistics are those of the plays.\n"],
        rebuilt.stderr
      )
      assert.deepInclude((yield* get("games/wheel")).body, { ...total, isComplete: true })
      const entries = yield* query(url, (sql) => sql`select action, via, details from audit_entry`)
      assert.deepStrictEqual(entries, [{ action: "statistics.rebuild", via: "command-line", details: { since: null } }])

      one.signal("SIGKILL")
      yield* Effect.promise(() => one.exited)
      const three = yield* Service.start(url)
      const again = yield* Effect.promise(() =>
        client.send(three.base, "GET", "/api/v1/statistics/games/wheel", undefined, headers)
      )
      assert.deepInclude(again.body, total)
    })
)

it.live("statistics are for those who may see them, and what cannot be shown is refused in words", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* addGame(url, "wheel")
    const { headers } = yield* query(url, () => keyFor("viewer"))
    const other = yield* query(url, () => keyFor("owner", ["games:read"]))
    const client = yield* Service.client()
    const { base } = yield* Service.start(url)
    const get = (path: string, more: Record<string, string>) =>
      Effect.promise(() => client.send(base, "GET", `/api/v1/statistics/${path}`, undefined, more))
    for (const path of paths) {
      assert.strictEqual((yield* get(path, headers)).status, 200, path)
      assert.deepStrictEqual((yield* get(path, {})).body["type"], "/problems/not-signed-in", path)
      const refused = yield* get(path, other.headers)
      assert.deepInclude(refused.body, { type: "/problems/not-permitted", permission: "statistics:read" }, path)
    }
    for (const [path, type, detail] of [
      [
        "plays?by=hour&from=2025-01-01&to=2026-01-01",
        "range-not-allowed",
        "More than 1000 hours lie between `from` and `to`."
      ],
      [
        "plays?by=hour&from=0001-01-01&to=9999-12-31",
        "range-not-allowed",
        "More than 1000 hours lie between `from` and `to`."
      ],
      [
        "refusals?by=week&from=0001-01-01&to=9999-12-31",
        "range-not-allowed",
        "More than 1000 weeks lie between `from` and `to`."
      ],
      ["plays?from=2026-01-02&to=2026-01-02", "range-not-allowed", "`from` is not before `to`."],
      ["verdict-times?from=2026-01-02&to=2026-01-01", "range-not-allowed", "`from` is not before `to`."],
      [
        "plays?from=0001-01-01T00:00&to=0001-01-05&zone=Asia/Tokyo",
        "range-not-allowed",
        "There is no 0001-01-01T00:00 in Asia/Tokyo."
      ],
      ["plays?game=nobodys", "game-not-found", undefined],
      ["games/nobodys", "game-not-found", undefined],
      ["plays?from=2026-02-30", "validation-failed", undefined],
      ["plays?from=yesterday", "validation-failed", undefined],
      ["plays?by=month", "validation-failed", undefined],
      ["plays?zone=%2B03:00", "validation-failed", undefined],
      ["plays?zone=Mars/Olympus", "validation-failed", undefined],
      ["plays?game=No%20Game", "validation-failed", undefined]
    ] as const) {
      const { body } = yield* get(path, headers)
      assert.deepStrictEqual([body["type"], body["detail"]], [`/problems/${type}`, detail], path)
    }
    const week = yield* get(
      "plays?game=wheel&by=week&from=2026-10-25&to=2026-10-26T12:00:00%2B01:00&zone=Europe/Prague",
      headers
    )
    assert.deepStrictEqual(
      (week.body["periods"] as ReadonlyArray<{ name: string; from: string; to: string }>).map((one) => [
        one.name,
        one.from,
        one.to
      ]),
      [
        ["2026-W43", "2026-10-18T22:00:00.000Z", "2026-10-25T23:00:00.000Z"],
        ["2026-W44", "2026-10-25T23:00:00.000Z", "2026-11-01T23:00:00.000Z"]
      ]
    )
  })
)

it.live(
  "with the module off there is no path, no table is written, and no command runs; on again, all is counted",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* addGame(url, "wheel")
      const { headers } = yield* query(url, () => keyFor("viewer"))
      const client = yield* Service.client()
      const off = yield* Service.start(url, { MODULES: "none" })
      for (let at = 0; at < 3; at++) {
        const answer = yield* Effect.promise(() =>
          client.play(off.base, "wheel", { email: `player${at % 2}@shop.example` })
        )
        assert.strictEqual(answer.status, 201)
      }
      for (const path of paths) {
        const { status } = yield* Effect.promise(() =>
          client.send(off.base, "GET", `/api/v1/statistics/${path}`, undefined, headers)
        )
        assert.strictEqual(status, 404, path)
      }
      const written = yield* query(
        url,
        (sql) => sql`
        select 1 from entry where last_quarter is not null or prior_quarter is not null
        union all select 1 from statistics_difference union all select 1 from statistics_quarter
        union all select 1 from statistics_state union all select 1 from statistics_refusal`
      )
      assert.deepStrictEqual(written, [])
      off.signal("SIGTERM")
      yield* Effect.promise(() => off.exited)

      const on = yield* Service.start(url)
      const total = yield* Service.until(
        "they are counted",
        Effect.map(
          Effect.promise(() => client.send(on.base, "GET", "/api/v1/statistics/total", undefined, headers)),
          ({ body }) => (body["isComplete"] === true ? body : undefined)
        )
      )
      assert.deepInclude(total, {
        plays: 3,
        players: 2,
        contacts: { asked: 2, existed: 0, created: 2, rejected: 0, unknown: 0 }
      })
    })
)
