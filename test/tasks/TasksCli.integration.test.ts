import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { execFile, spawn } from "node:child_process"
import { userInfo } from "node:os"
import { httpPeer } from "../support/esp/HttpPeer.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as Engine from "../support/tasks/Engine.ts"
import { Tasks } from "../../src/tasks/Tasks.ts"
import type { Input } from "../../src/tasks/kinds/truth-or-dare/Card.ts"
import { truthOrDare } from "../../src/tasks/kinds/truth-or-dare/TruthOrDare.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const fairground = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }>((resume) => {
    const env = {
      PATH: process.env["PATH"],
      NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
      NO_COLOR: "1",
      DATABASE_URL: Redacted.value(url)
    }
    execFile(process.execPath, ["src/main.ts", "task", ...args], { env }, (error, stdout, stderr) =>
      resume(Effect.succeed({ code: error === null ? 0 : error.code, stdout, stderr }))
    )
  })

const inputOf = (player: string): Input => ({
  type: "dare",
  language: "en",
  mood: "calm",
  ageGroup: "kids",
  players: [player]
})

/** Each test starts a dozen processes, and a busy machine takes seconds for each. */
const patience = 120_000

it.live(
  "lists, shows, cancels, queues again and works off tasks",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const ids = yield* Effect.gen(function* () {
        const tasks = yield* Tasks
        const submitted = yield* Effect.forEach(["one", "two", "three"], (player) =>
          tasks.submit({ kind: truthOrDare, input: inputOf(player) })
        )
        return submitted.map(({ id }) => String(id))
      }).pipe(Effect.provide(Engine.replica(url, [truthOrDare], () => Effect.succeed(null), { WORKERS: "0" })))
      const [one = "", two = "", three = ""] = ids

      const [list, first] = yield* Effect.all(
        [fairground(url, "list"), fairground(url, "list", "--json", "--limit", "1")],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(
        list.stdout
          .trim()
          .split("\n")
          .map((line) => line.slice(0, 36)),
        ids.toReversed()
      )
      assert.deepInclude(JSON.parse(first.stdout)[0], {
        id: three,
        kind: "truth-or-dare",
        status: "queued",
        input: inputOf("three"),
        error: null
      })
      const cancelled = yield* fairground(url, "cancel", two, "--json")
      assert.strictEqual(JSON.parse(cancelled.stdout).status, "cancelled", cancelled.stderr)

      // Watched until it is over, by lines as it is no terminal.
      const watched = spawn(process.execPath, ["src/main.ts", "task", "show", one, "--watch", "--json"], {
        env: {
          PATH: process.env["PATH"],
          NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"],
          DATABASE_URL: Redacted.value(url)
        },
        stdio: ["ignore", "pipe", "inherit"]
      })
      let seen = ""
      watched.stdout.setEncoding("utf8").on("data", (text: string) => {
        seen += text
      })
      yield* Service.untilTrue("it is watched", () => seen.includes('"queued"'))

      const drained = yield* fairground(url, "drain", "--json")
      assert.strictEqual(drained.code, 0, drained.stderr)
      assert.strictEqual(JSON.parse(drained.stdout).attempts, 2)
      yield* Service.untilTrue("the watch ends", () => watched.exitCode === 0)
      assert.deepInclude(JSON.parse(seen.trim().split("\n").at(-1)!), { id: one, status: "succeeded", attempts: 1 })

      const again = yield* fairground(url, "retry", two)
      assert.match(again.stdout, /truth-or-dare, queued/)
      assert.deepStrictEqual(
        yield* query(
          url,
          (sql) => sql`select action, via, account_id, address, target_id from audit_entry order by id`
        ),
        ["task.cancel", "task.retry"].map((action) => ({
          action,
          via: "command-line",
          account_id: null,
          address: userInfo().username,
          target_id: two
        }))
      )
      const [done, refused, missing, filtered, wrong] = yield* Effect.all(
        [
          fairground(url, "show", one),
          fairground(url, "retry", one),
          fairground(url, "show", "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52"),
          fairground(url, "list", "--json", "--status", "succeeded", "--kind", "truth-or-dare", "--since", "1 hour"),
          fairground(url, "drain", "--kind", "nothing")
        ],
        { concurrency: 2 }
      )
      assert.match(done.stdout, /content: \{.*"player":"one"/)
      assert.deepStrictEqual(
        [refused.code, refused.stderr.trim()],
        [1, "The task is succeeded: only one that failed or was cancelled can be queued again."]
      )
      assert.strictEqual(missing.code, 1)
      assert.sameMembers(
        (JSON.parse(filtered.stdout) as ReadonlyArray<{ id: string }>).map(({ id }) => id),
        [one, three]
      )
      assert.match(wrong.stderr, /There is no kind nothing\. There are: truth-or-dare/)
      assert.deepStrictEqual(
        yield* query(
          url,
          (sql) => sql`select status, count(*)::int as count from task group by status order by status`
        ),
        [
          { status: "queued", count: 1 },
          { status: "succeeded", count: 2 }
        ]
      )
    }),
  patience
)

it.live(
  "says that it was stopped before everything was worked off, and gives back what ran",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      yield* Effect.gen(function* () {
        yield* (yield* Tasks).submit({ kind: truthOrDare, input: inputOf("one") })
      }).pipe(Effect.provide(Engine.replica(url, [truthOrDare], () => Effect.succeed(null), { WORKERS: "0" })))
      let stop = () => undefined as unknown
      const silent = yield* httpPeer(() => stop())
      const ended = yield* Effect.callback<{
        readonly code: unknown
        readonly stdout: string
        readonly stderr: string
      }>((resume) => {
        const env = {
          PATH: process.env["PATH"],
          NO_COLOR: "1",
          DATABASE_URL: Redacted.value(url),
          SHUTDOWN_GRACE: "1 millis",
          TRUTH_OR_DARE_RUNNER: "http",
          TASK_INTEGRATIONS: JSON.stringify({ "truth-or-dare": { url: silent.url, allowPrivate: true } })
        }
        const child = execFile(process.execPath, ["src/main.ts", "task", "drain"], { env }, (error, stdout, stderr) =>
          resume(Effect.succeed({ code: error === null ? 0 : error.code, stdout, stderr }))
        )
        stop = () => child.kill("SIGTERM")
      })
      assert.deepInclude(ended, { code: 1, stderr: "Stopped early: what is still due stays in the queue.\n" })
      assert.deepStrictEqual(yield* query(url, (sql) => sql`select status, attempts from task`), [
        { status: "queued", attempts: 0 }
      ])
    }),
  patience
)

it.live(
  "queues again and cancels all tasks that the filters name, and none where nothing was named",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [first] = yield* Effect.gen(function* () {
        const tasks = yield* Tasks
        return yield* Effect.forEach(
          Array.from({ length: 520 }, (_, place) => `p${place}`),
          (player) => tasks.submit({ kind: truthOrDare, input: inputOf(player) }),
          { concurrency: "unbounded" }
        )
      }).pipe(Effect.provide(Engine.replica(url, [truthOrDare], () => Effect.succeed(null), { WORKERS: "0" })))
      const statuses = query(
        url,
        (sql) => sql<{ status: string; count: number }>`
        select status, count(*)::int as count from task group by status order by status`
      )
      const [nothing, both, other, wrong, ...times] = yield* Effect.all(
        [
          fairground(url, "cancel"),
          fairground(url, "cancel", first!.id, "--status", "running"),
          fairground(url, "cancel", "--kind", "other"),
          fairground(url, "retry", "--status", "queued"),
          // JavaScript reads the first ones as moments of 2001 and March, and no zone is said for a day; the last is before any calendar.
          ...["5", "last 5", "2026-02-30T00:00:00Z", "2026-12-01", "100000000000 days"].map((time) =>
            fairground(url, "cancel", "--since", time)
          )
        ],
        { concurrency: 3 }
      )
      for (const { code, stderr } of [nothing, both]) {
        assert.deepStrictEqual(
          [code, stderr.trim()],
          [1, "Name either a task by its id, or tasks by --kind, --status or --since."]
        )
      }
      assert.strictEqual(other.stdout.trim(), "Cancelled: 0")
      assert.strictEqual(wrong.code, 1)
      for (const { code, stderr } of times) {
        assert.strictEqual(code, 1)
        assert.include(
          stderr,
          'Expected: a length of time such as "2 hours", or a moment with its zone, such as 2026-12-01T08:00:00Z'
        )
      }
      assert.deepStrictEqual(yield* statuses, [{ status: "queued", count: 520 }])

      // One page of them and some more.
      const cancelled = yield* fairground(url, "cancel", "--kind", "truth-or-dare", "--json")
      assert.deepStrictEqual(JSON.parse(cancelled.stdout), { tasks: 520 }, cancelled.stderr)
      yield* query(
        url,
        (sql) => sql`
        update task set status = 'failed', error_code = 'internal'
        where id = any(array(select id from task order by id limit 510))`
      )
      const failed = yield* fairground(url, "retry", "--since", "1 hour")
      assert.strictEqual(failed.stdout.trim(), "Queued again: 510", failed.stderr)
      assert.deepStrictEqual(yield* statuses, [
        { status: "cancelled", count: 10 },
        { status: "queued", count: 510 }
      ])
      assert.deepStrictEqual(yield* query(url, (sql) => sql`select count(*)::int as count from task_queue`), [
        { count: 510 }
      ])
    }),
  patience
)
