import { assert, describe, it } from "@effect/vitest"
import { PgClient } from "@effect/sql-pg"
import { Effect, Redacted } from "effect"
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { get, type IncomingMessage } from "node:http"
import { parseCsv } from "../support/Csv.ts"
import { keyFor } from "../support/service/Credentials.ts"
import { held } from "../support/service/Held.ts"
import { seedMany } from "../support/service/Seeded.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const path = "/api/v1/exports"
/** Adds plays with `bytes` of data each to a new game. */
const seed = (url: Redacted.Redacted<string>, count: number, bytes: number) =>
  Effect.andThen(
    addGame(url, "wheel"),
    seedMany({
      game: "wheel",
      count,
      prefix: "p",
      // A game has no plays from long before it.
      at: new Date(Date.now() - 3_600_000),
      gap: 10,
      data: { text: "x".repeat(bytes) }
    })
  ).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))

/** Begins a download, and gives its answer with nothing of the body read. */
const begin = (url: string, headers: Readonly<Record<string, string>>) =>
  Effect.callback<IncomingMessage>((resume) => {
    const request = get(url, { headers, agent: false }, (response) => {
      response.pause()
      response.on("error", () => undefined)
      resume(Effect.succeed(response))
    })
    request.on("error", () => undefined)
  })

/** Reads the rest of a body; `isWhole`: it ended as the protocol wants it. */
const rest = (response: IncomingMessage) =>
  Effect.callback<{ readonly text: string; readonly isWhole: boolean }>((resume) => {
    const chunks: Array<Buffer> = []
    response.on("data", (chunk: Buffer) => chunks.push(chunk))
    response.on("close", () =>
      resume(Effect.succeed({ text: Buffer.concat(chunks).toString("utf8"), isWhole: response.complete }))
    )
    response.resume()
  })

/** When the service's last statement of an export began that is still to be seen, and whether one runs. */
const lastStatement = (url: Redacted.Redacted<string>) =>
  query(
    url,
    (sql) => sql<{ began: string | null; is_running: boolean | null }>`
      select max(query_start)::text as began, bool_or(state = 'active') as is_running from pg_stat_activity
      where datname = current_database() and application_name = 'fairground' and query like '%order by play.id%'`
  )

/** Waits until an export has begun and no statement of it has for a while: nobody takes what it has made. */
const untilQuiet = (url: Redacted.Redacted<string>) => {
  let last = ""
  let looks = 0
  return Service.until(
    "the export waits for its reader",
    Effect.map(lastStatement(url), ([found]) => {
      const began = found?.began ?? ""
      // Other statements take its connection, and hide it.
      looks = began > last || found?.is_running === true ? 0 : looks + 1
      if (began > last) last = began
      return last !== "" && looks > 60 ? true : undefined
    })
  )
}

const residentMegabytes = (pid: number) =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024

describe("exports over HTTP", () => {
  it.live(
    "are files for those who may have them",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        const { base, log } = yield* Service.start(url)
        yield* seed(url, 450, 10)
        const editor = yield* query(url, () => keyFor("editor"))
        const viewer = yield* query(url, () => keyFor("viewer"))
        const players = yield* query(url, () => keyFor("editor", ["players:read"]))
        const send = (method: string, to: string, headers: Readonly<Record<string, string>> = editor.headers) =>
          Effect.promise(() => client.send(base, method, `${path}${to}`, undefined, headers))

        const plays = yield* send("GET", "/plays?game=wheel")
        assert.strictEqual(plays.status, 200)
        assert.strictEqual(plays.headers["content-type"], "text/csv; charset=utf-8; header=present")
        assert.match(
          String(plays.headers["content-disposition"]),
          /^attachment; filename="plays-wheel-\d{4}-\d\d-\d\dT\d{6}Z\.csv"$/
        )
        assert.strictEqual(plays.headers["cache-control"], "no-store")
        const text = String(plays.body["text"])
        assert.lengthOf(parseCsv(text.slice(1)), 451)
        for (const what of ["plays", "players", "contacts"]) {
          const answer = yield* begin(`${base}${path}/${what}?format=jsonl&from=2026-11-01T00:00:00Z`, editor.headers)
          assert.deepStrictEqual([answer.statusCode, answer.headers["content-type"]], [200, "application/jsonl"], what)
          const lines = (yield* rest(answer)).text.trimEnd().split("\n")
          assert.lengthOf(lines, 450)
          for (const line of lines) assert.isObject(JSON.parse(line))
        }
        // HEAD takes nothing, and so nobody is told that it did.
        const taken = query(
          url,
          (sql) => sql<{ count: number }>`select count(*)::int from audit_entry where action like '%.export'`
        )
        assert.deepStrictEqual(yield* taken, [{ count: 4 }])
        const head = yield* send("HEAD", "/plays?game=wheel")
        assert.deepStrictEqual([head.status, head.headers["content-type"]], [200, plays.headers["content-type"]])
        assert.match(String(head.headers["content-disposition"]), /^attachment; filename="plays-wheel-/)
        assert.strictEqual((yield* send("HEAD", "/plays?game=nowhere")).status, 404)
        assert.deepStrictEqual(yield* taken, [{ count: 4 }])

        for (const what of ["plays", "players", "contacts"]) {
          assert.strictEqual((yield* send("GET", `/${what}`, {})).status, 401, what)
          assert.strictEqual((yield* send("GET", `/${what}`, viewer.headers)).status, 403, what)
          assert.strictEqual((yield* send("GET", `/${what}`, players.headers)).status, what === "contacts" ? 403 : 200)
        }
        for (const [query, status] of [
          ["/plays?format=xls", 400],
          ["/plays?from=yesterday", 400],
          ["/contacts?verdict=good", 400],
          ["/contacts?stuck=perhaps", 400],
          ["/plays?game=nowhere", 404],
          ["/contacts?game=nowhere", 404]
        ] as const) {
          assert.strictEqual((yield* send("GET", query)).status, status, query)
        }
        const audited = yield* query(
          url,
          (sql) =>
            sql`select action, account_id, details from audit_entry where action like '%.export' order by id limit 1`
        )
        assert.deepStrictEqual(audited, [
          { action: "plays.export", account_id: editor.accountId, details: { format: "csv", game: "wheel" } }
        ])
        assert.notInclude(log(), "ERROR")
      }),
    60_000
  )

  it.live(
    "are made at the reader's pace: one who does not read fills no memory, and one who leaves stops the work",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const client = yield* Service.client()
        const { base, log, pid } = yield* Service.start(url, { EXPORTS_AT_ONCE: "1", WORKERS: "0" })
        yield* seed(url, 20_000, 4000)
        const { headers } = yield* query(url, () => keyFor("editor"))
        const whole = `${base}${path}/plays?format=jsonl`

        const before = residentMegabytes(pid)
        const slow = yield* begin(whole, headers)
        assert.strictEqual(slow.statusCode, 200)
        yield* untilQuiet(url)
        // Of 80 MB a few are made: what the sockets hold, and a page.
        assert.isBelow(residentMegabytes(pid) - before, 60)
        const refused = yield* Effect.promise(() => client.send(base, "GET", `${path}/plays`, undefined, headers))
        assert.deepStrictEqual([refused.status, refused.body["type"]], [503, "/problems/too-many-exports"])
        assert.match(String(refused.headers["retry-after"]), /^\d+$/)
        slow.destroy()

        // Its place is free again as soon as the service knows.
        const next = yield* Service.until(
          "the place of who has left is free",
          Effect.flatMap(begin(whole, headers), (response) =>
            response.statusCode === 200 ? Effect.succeed(response) : Effect.as(rest(response), undefined)
          )
        )
        yield* untilQuiet(url)
        const { isWhole, text } = yield* rest(next)
        assert.isTrue(isWhole)
        const lines = text.trimEnd().split("\n")
        assert.lengthOf(lines, 20_000)
        assert.strictEqual((JSON.parse(lines.at(-1) ?? "") as { score: number }).score, 20_000)
        assert.notInclude(log(), "ERROR")
      }),
    120_000
  )

  it.live(
    "that fail in the middle break off, and so do those that the service's end cuts short",
    () =>
      Effect.gen(function* () {
        const url = yield* TestDatabase.makeUrl
        const { base, exited, log, signal } = yield* Service.start(url, {
          DATABASE_STATEMENT_TIMEOUT: "200 millis",
          DATABASE_DEADLINE: "500 millis",
          SHUTDOWN_GRACE: "300 millis",
          WORKERS: "0"
        })
        yield* seed(url, 5_000, 4000)
        const { headers } = yield* query(url, () => keyFor("editor"))
        const broken = yield* begin(`${base}${path}/plays`, headers)
        yield* untilQuiet(url)
        const { release } = yield* held(url, (sql) => sql`lock table play in access exclusive mode`)
        const cut = yield* rest(broken)
        assert.strictEqual(broken.statusCode, 200)
        assert.isFalse(cut.isWhole, "nobody takes it for the whole file")
        assert.include(log(), "An export broke off")
        yield* release

        const second = yield* begin(`${base}${path}/plays`, headers)
        yield* untilQuiet(url)
        yield* Effect.sync(() => signal("SIGTERM"))
        assert.isFalse((yield* rest(second)).isWhole)
        assert.strictEqual(yield* Effect.promise(() => exited), 0)
      }),
    120_000
  )
})

describe("fairground export", () => {
  /** Runs a command line in a shell; gives what it says and how it ends. */
  const shell = (url: string, script: string) =>
    Effect.callback<{ readonly code: number | null; readonly out: string; readonly err: string }>((resume) => {
      const child = spawn("bash", ["-o", "pipefail", "-c", script], {
        env: { ...process.env, NO_COLOR: "1", DATABASE_URL: url, NODE: process.execPath }
      })
      let [out, err] = ["", ""]
      child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text))
      child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text))
      child.on("close", (code) => resume(Effect.succeed({ code, out, err })))
    })

  it.live(
    "writes the same files, says in the audit log that it was the command line, and stops with its reader",
    () =>
      Effect.gen(function* () {
        const secret = yield* TestDatabase.makeUrl
        yield* seed(secret, 3000, 100)
        const url = Redacted.value(secret)
        const run = (script: string) => shell(url, script)
        const csv = yield* run('"$NODE" src/main.ts export plays --game wheel')
        assert.deepStrictEqual([csv.code, csv.err], [0, ""])
        assert.lengthOf(parseCsv(csv.out.slice(1)), 3001)
        const jsonl = yield* run('"$NODE" src/main.ts export contacts --format jsonl --verdict created --esp sandbox')
        assert.lengthOf(jsonl.out.trimEnd().split("\n"), 3000)
        const none = yield* run('"$NODE" src/main.ts export players --format jsonl --to 2026-01-01T00:00:00Z')
        assert.deepStrictEqual([none.code, none.out], [0, ""])
        const head = yield* run('"$NODE" src/main.ts export plays --format jsonl | head -n 1')
        assert.deepStrictEqual([head.code, head.err], [0, ""])
        assert.lengthOf(head.out.trimEnd().split("\n"), 1)
        const full = yield* run('"$NODE" src/main.ts export plays > /dev/full')
        assert.strictEqual(full.code, 1)
        assert.notStrictEqual(full.err, "")
        // All have a verdict.
        const waiting = yield* run('"$NODE" src/main.ts export contacts --format jsonl --waiting')
        assert.deepStrictEqual([waiting.code, waiting.out], [0, ""])
        for (const wrong of [
          "contacts --stuck --waiting",
          "plays --game nowhere",
          "plays --format xls",
          "plays --from yesterday"
        ]) {
          const { code, err, out } = yield* run(`"$NODE" src/main.ts export ${wrong}`)
          assert.notStrictEqual(code, 0, wrong)
          assert.notStrictEqual(err + out, "", wrong)
        }
        const audited = yield* query(
          secret,
          (sql) => sql`select action, via, details from audit_entry where action like '%.export' order by id limit 2`
        )
        assert.deepStrictEqual(audited, [
          { action: "plays.export", via: "command-line", details: { format: "csv", game: "wheel" } },
          {
            action: "contacts.export",
            via: "command-line",
            details: { format: "jsonl", verdict: "created", esp: "sandbox" }
          }
        ])
      }),
    120_000
  )
})
