import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { modules } from "../../src/Modules.ts"
import { fairground } from "../support/service/CommandLine.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const card = {
  kind: "truth-or-dare",
  input: { type: "truth", language: "en", mood: "calm", ageGroup: "adults", players: ["Nora"] }
}

it.live("two replicas with different modules on one database: what is off is not there, and what it stored stays", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client(4)
    yield* addGame(url, "open")
    // With tasks off, none of their settings is asked for.
    const [all, none] = yield* Effect.all(
      [Service.start(url), Service.start(url, { MODULES: "none", TASK_POLL: "wrong", TRUTH_OR_DARE_RUNNER: "wrong" })],
      { concurrency: 2 }
    )
    const send = (base: string, method: string, path: string, body?: unknown) =>
      Effect.promise(() => client.send(base, method, path, body))

    const handedIn = yield* send(all.base, "POST", "/api/v1/tasks", card)
    assert.strictEqual(handedIn.status, 202, JSON.stringify(handedIn.body))
    const path = `/api/v1/tasks/${String(handedIn.body["id"])}`
    assert.strictEqual((yield* send(all.base, "GET", `${path}?wait=30`)).body["status"], "succeeded")

    for (const [method, at] of [
      ["POST", "/api/v1/tasks"],
      ["GET", path],
      ["GET", `${path}/events`],
      ["POST", `${path}/cancel`],
      ["DELETE", "/api/v1/tasks"],
      ["POST", `${path}/callback?token=1`],
      ["GET", "/problems/task-not-found"]
    ] as const) {
      const answer = yield* send(none.base, method, at, method === "POST" ? card : undefined)
      assert.deepStrictEqual([answer.status, answer.body["type"]], [404, "/problems/not-found"], `${method} ${at}`)
      assert.isUndefined(answer.headers["allow"])
    }
    // The rest goes on, side by side.
    for (const [place, base] of [all.base, none.base, all.base].entries()) {
      const play = yield* Effect.promise(() => client.play(base, "open", { email: "nora@shop.example" }))
      assert.deepStrictEqual([play.status, play.body["plays"]], [201, place + 1])
    }
    assert.strictEqual((yield* send(none.base, "GET", "/health/ready")).status, 200)
    // Where they are on, what was stored is there.
    assert.strictEqual((yield* send(all.base, "GET", path)).body["status"], "succeeded")
  })
)

it.live("each optional module starts with the modules that it needs and no other", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const client = yield* Service.client()
    const optional: ReadonlyArray<{ readonly name: string; readonly needs: ReadonlyArray<string> }> = modules.filter(
      ({ isOptional }) => isOptional
    )
    const withNeeds = (name: string): ReadonlyArray<string> => [
      name,
      ...(optional.find((module) => module.name === name)?.needs ?? []).flatMap(withNeeds)
    ]
    for (const { name } of optional) {
      // It would end with "Service not found" if the module, or a core module, used another one.
      const chosen = [...new Set(withNeeds(name))].join(",")
      const { base } = yield* Service.start(url, { MODULES: chosen })
      const ready = yield* Effect.promise(() => client.send(base, "GET", "/health/ready"))
      assert.strictEqual(ready.status, 200, chosen)
    }
  })
)

it.live("every table belongs to a module, and to one", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const rows = yield* query(
      url,
      (sql) =>
        sql<{
          readonly name: string
        }>`select tablename as name from pg_tables where schemaname = 'public' order by tablename`
    )
    assert.deepStrictEqual(
      modules.flatMap(({ tables }) => tables).toSorted(),
      rows.map(({ name }) => name).filter((name) => name !== "fairground_migration"),
      "the face of a module names its tables"
    )
  })
)

it.live("whose tables know a player or an address says how a person is exported and forgotten, and no other", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const rows = yield* query(
      url,
      (sql) => sql<{ readonly name: string }>`
        select distinct table_name as name from information_schema.columns
        where table_schema = 'public'
          and (column_name ~ '(^|_)(player_id|email|address|phone)(_|$)' or table_name ~ '(^|_)player(_|$)')`
    )
    const personal = new Set(rows.map(({ name }) => name))
    // Their addresses are those of the brand's staff, whose accounts are deleted whole, and of the clients of deeds.
    const ofStaff = ["accounts", "audit"]
    assert.includeMembers([...personal], ["player", "entry", "play", "contact", "sandbox_contact", "idempotency_key"])
    for (const { name, person, tables } of modules) {
      assert.strictEqual(
        person.length === 1,
        !ofStaff.includes(name) && tables.some((table) => personal.has(table)),
        `the module ${name}`
      )
    }
  })
)

it.live("commands of a module that is off say so; those of others work", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        process.env["MODULES"] = "none"
      }),
      () => Effect.sync(() => delete process.env["MODULES"])
    )
    for (const args of [
      ["task", "list"],
      ["task", "drain"],
      ["task", "show", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52"]
    ]) {
      const { code, stderr, stdout } = yield* fairground(url, ...args)
      assert.deepStrictEqual([code, stdout, stderr], [1, "", "The module tasks is off (MODULES).\n"], args.join(" "))
    }
    const { code, stdout } = yield* fairground(url, "game", "list")
    assert.deepStrictEqual([code, stdout], [0, "There are no games yet. `fairground game add` adds one.\n"])

    process.env["MODULES"] = "bogus"
    const document = yield* fairground(url, "openapi")
    assert.deepStrictEqual([document.code, document.stdout], [1, ""])
    assert.match(document.stderr, /^MODULES is "bogus": it must be /)
  })
)
