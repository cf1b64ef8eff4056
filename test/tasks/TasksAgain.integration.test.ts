/** Tasks that are done once more, one or many, and how many there are. */
import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { keyFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as Processes from "../support/tasks/Processes.ts"

type Headers = Readonly<Record<string, string>>

const unknown = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

const start = Effect.fnUntraced(function* (env: Record<string, string>) {
  const url = yield* Processes.makeUrl
  const client = yield* Service.client()
  const { base } = yield* Processes.start(url, env)
  const editor = yield* query(url, () => keyFor("editor"))
  const viewer = yield* query(url, () => keyFor("viewer"))
  const send = (method: string, path: string, body?: unknown, headers: Headers = editor.headers) =>
    Effect.promise(() => client.send(base, method, `/api/v1/tasks${path}`, body, headers))
  return { url, editor, viewer, send }
})

const short = ({ body, status }: Service.Answer) => [status, body["type"] ?? body["status"]]

const told = (url: Redacted.Redacted<string>) =>
  query(
    url,
    (sql) => sql<{ action: string; account: string | null; target: string | null; details: Record<string, unknown> }>`
      select action, account_id as account, target_id as target, details from audit_entry order by id`
  )

it.live("a task that is over is run again with the same input, once for each key", () =>
  Effect.gen(function* () {
    const { editor, send, url, viewer } = yield* start({})
    const input = { millis: 3 }
    const task = { kind: "private", input, priority: "high" }
    const id = String((yield* send("POST", "", task)).body["id"])
    yield* Processes.untilOver(url, 1)
    const repeat = (of: string, headers: Headers = {}) =>
      send("POST", `/${of}/repeat`, undefined, { ...editor.headers, ...headers })

    const first = yield* repeat(id)
    assert.strictEqual(first.status, 202)
    assert.deepInclude(first.body, { kind: "private", input, priority: "high", status: "queued", attempts: 0 })
    const again = String(first.body["id"])
    assert.notStrictEqual(again, id)
    assert.strictEqual(first.headers["location"], `/api/v1/tasks/${again}`)
    yield* Processes.untilOver(url, 2)
    assert.deepStrictEqual(yield* told(url), [
      { action: "task.repeat", account: editor.accountId, target: again, details: { kind: "private", of: id } }
    ])

    // Eight at once with one key make one task, and one entry.
    const key = { "idempotency-key": "run-it-again" }
    const answers = yield* Effect.all(
      Array.from({ length: 8 }, () => repeat(id, key)),
      { concurrency: 8 }
    )
    assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [202])
    assert.lengthOf([...new Set(answers.map(({ body }) => body["id"]))], 1)
    assert.lengthOf(yield* told(url), 2)
    yield* Processes.untilOver(url, 3)
    assert.deepStrictEqual(short(yield* repeat(again, key)), [422, "/problems/idempotency-key-reused"])
    const without = { ...editor.headers, ...key }
    assert.deepStrictEqual(short(yield* send("POST", "", task, without)), [422, "/problems/idempotency-key-reused"])

    for (const [headers, status] of [
      [viewer.headers, 403],
      [{}, 401]
    ] as const) {
      assert.strictEqual((yield* send("POST", `/${id}/repeat`, undefined, headers)).status, status)
    }
    assert.deepStrictEqual(short(yield* repeat(unknown)), [404, "/problems/task-not-found"])
    assert.strictEqual((yield* repeat("no-id")).status, 400)
    assert.strictEqual((yield* repeat(id, { "idempotency-key": "x".repeat(256) })).status, 400)

    const inTheWay = (of: string) => Effect.map(repeat(of), ({ body, status }) => [status, body["type"], body["why"]])
    const problem = "/problems/task-not-repeatable"
    const runAt = new Date(Date.now() + 86_400_000).toISOString()
    const later = yield* send("POST", "", { kind: "probe", input: {}, runAt })
    assert.deepStrictEqual(yield* inTheWay(String(later.body["id"])), [409, problem, "not-over"])
    yield* query(url, (sql) => sql`update task set input = '{"millis":"many"}' where id = ${id}`)
    assert.deepStrictEqual(yield* inTheWay(id), [409, problem, "input-refused"])
    yield* query(url, (sql) => sql`update task set kind = 'gone' where id = ${id}`)
    assert.deepStrictEqual(yield* inTheWay(id), [409, problem, "unknown-kind"])

    // What cannot be told is not done.
    yield* query(url, (sql) => sql`alter table audit_entry rename to hidden_entry`)
    assert.deepStrictEqual(short(yield* repeat(again)), [500, "/problems/internal-error"])
    assert.deepStrictEqual(yield* query(url, (sql) => sql`select count(*)::int as count from task`), [{ count: 4 }])
  })
)

/** Tasks that are over, the later ones newer: their ids begin with the time of `since` below. */
const addEnded = (url: Redacted.Redacted<string>, status: string, kind: string, from: number, count: number) =>
  query(
    url,
    (sql) => sql`
      insert into task (id, kind, status, priority, input, content, error_code, attempts, version, run_at, created_at, finished_at,
        updated_at)
      select ('019aa0c5-8f3e-7cc1-b1a4-' || lpad(to_hex(n), 12, '0'))::uuid, ${kind}, ${status}, 'normal', '{}',
        case when ${status} = 'succeeded' then '{"pid":1,"attempt":1}'::jsonb end,
        case when ${status} = 'failed' then 'busy' end, 4, 9, now(), now(), now(), now()
      from generate_series(${from}::int, ${from + count - 1}::int) n`
  )

it.live(
  "thousands that failed are queued again in bounded pieces, each once, whoever else does the same",
  () =>
    Effect.gen(function* () {
      const { editor, send, url, viewer } = yield* start({ WORKERS: "0" })
      yield* addEnded(url, "failed", "probe", 1, 5000)
      yield* addEnded(url, "failed", "narrow", 6001, 10)
      yield* addEnded(url, "cancelled", "probe", 7001, 20)
      yield* addEnded(url, "succeeded", "probe", 10_001, 20_000)
      const retry = (body: unknown, headers?: Headers) => send("POST", "/retry", body, headers)
      let requests = 0
      const retryAll = Effect.fnUntraced(function* (body: Record<string, unknown>) {
        let sum = 0
        let cursor: unknown
        do {
          const page: Service.Answer = yield* retry({ ...body, ...(cursor === undefined ? {} : { cursor }) })
          assert.strictEqual(page.status, 200, JSON.stringify(page.body))
          requests++
          sum += Number(page.body["retried"])
          cursor = page.body["nextCursor"] ?? undefined
        } while (cursor !== undefined)
        return sum
      })
      const counts = (search = "") => Effect.map(send("GET", `/counts${search}`), ({ body }) => body)
      const exact = (tasks: number) => ({ tasks, isExact: true })
      const atLeast = (tasks: number) => ({ tasks, isExact: false })

      assert.deepStrictEqual(yield* counts(), {
        queued: exact(0),
        running: exact(0),
        succeeded: atLeast(10_000),
        failed: atLeast(0),
        cancelled: atLeast(0)
      })

      for (const wrong of [
        {},
        { status: "queued" },
        { status: "succeeded" },
        { status: ["failed"] },
        { status: "failed", kind: "" },
        { status: "failed", since: "yesterday" },
        { status: "failed", cursor: "x" },
        []
      ]) {
        assert.strictEqual((yield* retry(wrong)).status, 400, JSON.stringify(wrong))
      }
      assert.strictEqual((yield* retry({ status: "failed" }, viewer.headers)).status, 403)
      assert.strictEqual((yield* retry({ status: "failed" }, {})).status, 401)
      assert.strictEqual(yield* retryAll({ status: "failed", until: "2000-01-01T00:00:00Z" }), 0)
      assert.strictEqual(yield* retryAll({ status: "failed", since: "2100-01-01T00:00:00Z" }), 0)
      assert.strictEqual(yield* retryAll({ status: "failed", kind: "narrow" }), 10)
      requests = 0
      const sums = yield* Effect.all(
        Array.from({ length: 4 }, () => retryAll({ status: "failed", kind: "probe" })),
        { concurrency: 4 }
      )
      assert.strictEqual(
        sums.reduce((sum, count) => sum + count, 0),
        5000
      )
      assert.isAbove(requests, 4, "a request looks through a bounded number of tasks")
      assert.strictEqual(yield* retryAll({ status: "failed" }), 0)
      assert.strictEqual(yield* retryAll({ status: "cancelled" }), 20)

      assert.deepStrictEqual(
        yield* query(
          url,
          (sql) => sql`
            select task_queue.kind, count(*)::int as count from task_queue join task on task.id = task_id
            where status = 'queued' and task_queue.attempts = 0 and error_code is null and version = 10
            group by task_queue.kind order by task_queue.kind`
        ),
        [
          { kind: "narrow", count: 10 },
          { kind: "probe", count: 5020 }
        ]
      )
      const entries = yield* told(url)
      const retried = (status: string, kind: string | null) =>
        entries
          .filter(({ details }) => details["status"] === status && details["kind"] === kind)
          .reduce((sum, { details }) => sum + Number(details["retried"]), 0)
      assert.deepStrictEqual(
        [retried("failed", "narrow"), retried("failed", "probe"), retried("cancelled", null)],
        [10, 5000, 20]
      )
      for (const { account, action, target } of entries) {
        assert.deepStrictEqual([action, account, target], ["task.retry", editor.accountId, null])
      }

      assert.deepStrictEqual(yield* counts("?kind=narrow"), {
        queued: exact(10),
        running: exact(0),
        succeeded: atLeast(0),
        failed: atLeast(0),
        cancelled: atLeast(0)
      })
      assert.deepStrictEqual((yield* counts("?since=2100-01-01T00:00:00Z"))["queued"], exact(0))
      assert.strictEqual((yield* send("GET", "/counts?kind=")).status, 400)
      assert.strictEqual((yield* send("GET", "/counts", undefined, {})).status, 401)

      // What cannot be told is not done.
      yield* addEnded(url, "failed", "probe", 40_001, 3)
      yield* query(url, (sql) => sql`alter table audit_entry rename to hidden_entry`)
      assert.strictEqual((yield* retry({ status: "failed" })).status, 500)
      assert.deepStrictEqual(
        yield* query(url, (sql) => sql`select count(*)::int as count from task where status = 'failed'`),
        [{ count: 3 }]
      )
    }),
  60_000
)
