import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { OpenApi } from "effect/http-api"
import { PgClient } from "@effect/sql-pg"
import { SqlClient } from "effect/sql"
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { apiOf } from "../../src/Http.ts"
import { modules } from "../../src/Modules.ts"
import { keyFor } from "../support/service/Credentials.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { blocks, read, root, section } from "./Markdown.ts"
import { command, demo, run } from "./RunningService.ts"

const documented = "http://localhost:8080"

/** An answer as the pages show it: ids and times are cut. */
const cut = (answer: string) =>
  answer
    .replace(/"id":"[^"]*"/, `"id":"…"`)
    .replace(/"playedAt":"[^"]*"/, `"playedAt":"…"`)
    .trim()

const shell = (script: string) => run("sh", ["-ec", script], { cwd: root })

/** A directory in which the code of the pages stands as if at the top of the repository. */
const asIfAtTheTop = Effect.acquireRelease(
  Effect.sync(() => {
    const directory = mkdtempSync(join(tmpdir(), "fairground-docs-"))
    for (const name of ["src", "node_modules", "package.json"]) symlinkSync(join(root, name), join(directory, name))
    return directory
  }),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true }))
)

describe("README.md", () => {
  it.live("shows what comes back", () =>
    Effect.gen(function* () {
      const readme = read("README.md")
      const url = yield* TestDatabase.makeUrl
      const service = yield* demo(url)
      const there = (script: string) => shell(script.replaceAll("curl ", "curl -s ").replaceAll(documented, service))

      const first = blocks(section(readme, "## Start"), "sh").find((code) => code.startsWith("curl"))!
      const answers = blocks(section(readme, "## Start"), "json")
      assert.lengthOf(answers, 2)
      for (const answer of answers) assert.strictEqual(cut(yield* there(first)), cut(answer))

      const list = blocks(section(readme, "## Start"), "sh").find((code) => code.includes("$KEY"))!
      const { token } = yield* query(url, () => keyFor("editor", ["players:read"]))
      assert.strictEqual(JSON.parse(yield* there(list)).status, 401)
      assert.lengthOf(JSON.parse(yield* there(`KEY=${token}\n${list}`)).items, 2)

      const api = section(readme, "## The API")
      const whole = JSON.parse(yield* there(blocks(api, "sh")[0]!))
      assert.strictEqual(whole.plays, 3)
      assert.deepStrictEqual(JSON.parse(yield* there(blocks(api, "sh")[0]!)), whole)
      const wrong = yield* there(first.replace("nora@shop.example", "nora@"))
      assert.strictEqual(wrong, blocks(api, "json")[0]!.trim())

      const served = JSON.parse(yield* there(`curl ${documented}/openapi.json`))
      assert.deepStrictEqual(served, JSON.parse(JSON.stringify(OpenApi.fromApi(apiOf(modules)))))
    })
  )

  it.live("adds a game by the command that it shows", () =>
    Effect.gen(function* () {
      const [line] = blocks(section(read("README.md"), "## The command line"), "sh")
      const [, words] = /^npm run fairground -- (.*)$/m.exec(line!)!
      const args = [...words!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!)
      const url = yield* TestDatabase.makeUrl
      assert.include(yield* command(url, ...args), "limit: 1 per day; time zone: Europe/Prague")
      assert.deepStrictEqual(
        JSON.parse(yield* command(url, "openapi")),
        JSON.parse(JSON.stringify(OpenApi.fromApi(apiOf(modules))))
      )
    })
  )
})

describe("docs/client.md", () => {
  it.live("has code that type-checks and prints what it says", () =>
    Effect.gen(function* () {
      const page = read("docs/client.md")
      const programs = blocks(page, "ts")
      const outputs = blocks(page, "text")
      assert.lengthOf(programs, 4)
      assert.isAtMost(programs[0]!.split("\n").length, 16)
      const url = yield* TestDatabase.makeUrl
      const service = yield* demo(url)
      const { token } = yield* query(url, () => keyFor("viewer", ["tasks:read"]))
      const env = { ...process.env, FAIRGROUND_KEY: token }
      const directory = yield* asIfAtTheTop
      for (const [index, program] of programs.entries()) {
        const file = `program${index}.ts`
        writeFileSync(join(directory, file), program.replaceAll(documented, service))
        assert.strictEqual(yield* run(process.execPath, [file], { cwd: directory, env }), outputs[index])
      }
      const compilerOptions = { noEmit: true, typeRoots: [join(root, "node_modules/@types")] }
      const settings = { extends: join(root, "tsconfig.json"), compilerOptions, include: [`${directory}/program*.ts`] }
      writeFileSync(join(directory, "tsconfig.json"), JSON.stringify(settings))
      yield* run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", directory], { cwd: directory })
    })
  )
})

describe("docs/architecture.md", () => {
  it.live("has SQL that partitions play while the service goes on", () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const service = yield* demo(url)
      const play = shell(`curl -s ${service}/api/v1/games/wheel/plays --json '{"email":"nora@shop.example"}'`)
      assert.strictEqual(JSON.parse(yield* play).plays, 1)
      const [partition] = blocks(section(read("docs/architecture.md"), "## Growth"), "sql")
      yield* Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        // The page's time has to lie ahead of the plays.
        const year = `${new Date().getUTCFullYear() + 1}`
        // Simple queries, as psql sends them: functions have semicolons only in their bodies, which here have none.
        for (const statement of partition!
          .replaceAll("2027", year)
          .replaceAll(/^ *--.*$/gm, "")
          .split(";")) {
          if (statement.trim() !== "" && !/^\s*(begin|commit)\s*$/.test(statement)) yield* sql.unsafe(statement)
        }
        assert.strictEqual(JSON.parse(yield* play).plays, 2)
        const rows = yield* sql`select tableoid::regclass::text as partition, number from play order by number`
        const name = `play_before_${year}`
        assert.deepStrictEqual(rows, [
          { partition: name, number: 1 },
          { partition: name, number: 2 }
        ])
        const next = yield* sql`
          insert into play select uuid_v7_floor(${`${year}-01-01Z`}::timestamptz), player_id, game_id, 9, esp, played_at
          from play where number = 1 returning tableoid::regclass::text as partition`
        assert.deepStrictEqual(next, [{ partition: `play_${year}_01` }])
      }).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))
    })
  )
})
