import { assert, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { FetchHttpClient } from "effect/http"
import { HttpApiClient } from "effect/http-api"
import { Api } from "../../src/Api.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import * as Processes from "../support/tasks/Processes.ts"

const uuidV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const moment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

it.live("tasks over HTTP", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base, log } = yield* Processes.start(url)
    const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      Effect.promise(() => client.send(base, method, path, body, headers))
    const post = (body: unknown, key?: string) =>
      send("POST", "/api/v1/tasks", body, key === undefined ? {} : { "idempotency-key": key })
    const get = (id: unknown, query = "") => send("GET", `/api/v1/tasks/${String(id)}${query}`)

    // Handed in, waited for, done.
    const first = yield* post({ kind: "probe", input: { does: "steps" }, priority: "high" })
    assert.strictEqual(first.status, 202)
    const { createdAt, id, runAt } = first.body
    assert.match(String(id), uuidV7)
    assert.match(String(createdAt), moment)
    assert.strictEqual(first.headers["location"], `/api/v1/tasks/${String(id)}`)
    assert.deepStrictEqual(first.body, {
      id,
      kind: "probe",
      status: "queued",
      priority: "high",
      attempts: 0,
      progress: null,
      content: null,
      error: null,
      createdAt,
      runAt,
      startedAt: null,
      finishedAt: null
    })
    assert.include(["queued", "running"], (yield* get(id)).body["status"])
    yield* query(url, (sql) => sql`insert into probe (task_id, what) values (${String(id)}, 'end')`)
    const done = yield* get(id, "?wait=25")
    assert.deepInclude(done.body, { status: "succeeded", attempts: 1, error: null })
    assert.hasAllKeys(done.body["content"], ["pid", "attempt"])
    assert.match(String(done.body["finishedAt"]), moment)

    // A wait ends when its time is up.
    const waits = yield* post({ kind: "probe", input: { does: "waits" } })
    yield* Service.until(
      "it runs",
      Effect.map(get(waits.body["id"]), ({ body }) => (body["status"] === "running" ? true : undefined))
    )
    const began = performance.now()
    assert.strictEqual((yield* get(waits.body["id"], "?wait=1")).body["status"], "running")
    assert.isAtLeast(performance.now() - began, 900)

    // An id in capitals is the same id: a client that waits by it gets its answer too.
    const capitals = yield* post({ kind: "probe", input: { millis: 1000 } })
    assert.deepInclude((yield* get(String(capitals.body["id"]).toUpperCase(), "?wait=20")).body, {
      id: capitals.body["id"],
      status: "succeeded"
    })

    // Cancelling.
    const cancel = (id: unknown) => send("POST", `/api/v1/tasks/${String(id)}/cancel`)
    const waiting = get(waits.body["id"], "?wait=50")
    const [told, cancelled] = yield* Effect.all([waiting, cancel(waits.body["id"])], { concurrency: 2 })
    assert.deepInclude(cancelled.body, { status: "cancelled", content: null, error: null })
    assert.deepStrictEqual(told.body, cancelled.body)
    assert.deepStrictEqual((yield* cancel(waits.body["id"])).body, cancelled.body)
    // Why the last attempt failed is not why the task did.
    yield* query(url, (sql) => sql`update task set error_code = 'busy' where id = ${String(waits.body["id"])}`)
    assert.isNull((yield* get(waits.body["id"])).body["error"])
    const tooLate = yield* cancel(id)
    assert.deepInclude(tooLate.body, { status: 409, type: "/problems/task-finished", taskStatus: "succeeded" })

    // Failures say why, and nothing internal.
    const fails = yield* post({ kind: "probe", input: { does: "fails" } })
    assert.deepInclude((yield* get(fails.body["id"], "?wait=20")).body, {
      status: "failed",
      attempts: 4,
      error: { code: "busy", detail: "It fails each time." }
    })
    // The contract lists all codes: one of an earlier version is answered as `internal`.
    yield* query(url, (sql) => sql`update task set error_code = 'gone' where id = ${String(fails.body["id"])}`)
    assert.deepInclude((yield* get(fails.body["id"])).body["error"], { code: "internal" })
    const hangs = yield* post({ kind: "hasty", input: { does: "hangs" } })
    const hung = (yield* get(hangs.body["id"], "?wait=20")).body
    assert.deepInclude(hung, { status: "failed", attempts: 2 })
    assert.strictEqual((hung["error"] as Record<string, unknown>)["code"], "timeout")

    // Keys.
    const keyed = yield* post({ kind: "probe", input: { millis: 1 } }, "key")
    const again = yield* post('{ "input": {"millis": 1.0}, "kind": "probe" }', "key")
    assert.deepStrictEqual([again.status, again.body["id"]], [202, keyed.body["id"]])
    const other = yield* post({ kind: "narrow", input: { millis: 1 } }, "key")
    assert.deepStrictEqual([other.status, other.body["type"]], [422, "/problems/idempotency-key-reused"])

    // Content of an earlier version of the kind cannot be answered.
    yield* get(keyed.body["id"], "?wait=20")
    yield* query(url, (sql) => sql`update task set content = '{}' where id = ${String(keyed.body["id"])}`)
    assert.strictEqual((yield* get(keyed.body["id"])).status, 404)
    const outdated = yield* post({ kind: "probe", input: { millis: 1 } }, "key")
    assert.deepStrictEqual([outdated.status, outdated.body["type"]], [422, "/problems/idempotency-key-reused"])

    // Invalid requests, and the paths of their errors.
    const refusals: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
      [{ kind: "nothing", input: {} }, ["payload", "kind"]],
      [{ input: {} }, ["payload", "kind"]],
      [{ kind: "probe" }, ["payload", "input"]],
      [{ kind: "probe", input: { millis: "x" } }, ["payload", "input", "millis"]],
      [{ kind: "probe", input: { unknown: 1 } }, ["payload", "input", "unknown"]],
      [{ kind: "probe", input: {}, priority: "low" }, ["payload", "priority"]],
      [{ kind: "probe", input: {}, runAt: "soon" }, ["payload", "runAt"]]
    ]
    for (const [body, path] of refusals) {
      const refused = yield* post(body)
      assert.strictEqual(refused.status, 400, JSON.stringify(body))
      assert.deepStrictEqual(
        (refused.body["errors"] as ReadonlyArray<{ path: unknown }>).map((error) => error.path),
        [path]
      )
    }
    const priority = yield* post({ kind: "probe", input: {}, priority: "low" })
    assert.include(JSON.stringify(priority.body["errors"]), String.raw`Expected \"high\" | \"normal\"`)
    // Texts that JavaScript accepts as dates, and times that PostgreSQL cannot store.
    for (const at of ["2027-01-01T00:00:00", "2027-01-01", "1", "2027-02-30T00:00:00Z", "-271821-04-20T00:00:00Z"]) {
      assert.strictEqual((yield* post({ kind: "probe", input: {}, runAt: at })).status, 400, at)
    }
    const nextYear = new Date().getUTCFullYear() + 1
    const dated = yield* post({ kind: "probe", input: { millis: 1 }, runAt: `${nextYear}-01-01T01:30:00.5+01:30` })
    assert.deepInclude(dated.body, { runAt: `${nextYear}-01-01T00:00:00.500Z` })
    // A time in the past means now.
    const past = yield* post({ kind: "probe", input: { millis: 1 }, runAt: "0001-01-01T00:00:00Z" })
    assert.strictEqual(past.body["runAt"], past.body["createdAt"])
    for (const wait of ["0", "51", "60", "x", "1.5", "1e1", "0x5", " 5", "05"])
      assert.strictEqual((yield* get(id, `?wait=${wait}`)).status, 400, wait)
    const missing = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52"
    for (const answer of [
      yield* get(missing),
      yield* get(missing, "?wait=20"),
      yield* cancel(missing),
      yield* get(`${missing}/events`)
    ]) {
      assert.deepStrictEqual([answer.status, answer.body["type"]], [404, "/problems/task-not-found"])
    }
    assert.strictEqual((yield* get("x")).status, 400)
    // A kind of an earlier or later version: a task that cannot be answered is not changed either.
    yield* query(url, (sql) => sql`update task set kind = 'gone' where id = ${String(id)}`)
    assert.strictEqual((yield* get(id)).status, 404)
    const later = yield* post({ kind: "probe", input: {}, runAt: `${nextYear}-01-01T00:00:00Z` })
    const gone = String(later.body["id"])
    yield* query(url, (sql) => sql`update task set kind = 'gone' where id = ${gone}`)
    assert.deepStrictEqual([(yield* get(gone)).status, (yield* cancel(gone)).status], [404, 404])
    assert.deepStrictEqual(yield* query(url, (sql) => sql`select status from task where id = ${gone}`), [
      { status: "queued" }
    ])
    assert.notMatch(log(), /"level":"(?:ERROR|FATAL)"/)
  })
)

it.live("the events of a task: as it stands, each change, progress; over a reconnect; to its end", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const service = yield* Processes.start(url)
    const [id = ""] = yield* Processes.submit(client, [service.base], 1, { kind: "probe", input: { does: "steps" } })
    const one = yield* Processes.events(service.base, id)
    yield* Service.untilTrue("progress is seen", () =>
      one.received.some(({ task }) => (task["progress"] as { message?: string } | null)?.message !== undefined)
    )
    one.close()
    assert.match(one.state.type, /^text\/event-stream/)
    // An id ahead of the task's version, as after a restore from a backup: only changes from now on.
    const ahead = yield* Processes.events(service.base, id, 999_999_999)
    yield* Service.untilTrue("what changes is sent", () => ahead.received.length > 0)
    ahead.close()
    const last = one.received.at(-1)!
    // Missed events come at once; seen events do not come again.
    const two = yield* Processes.events(service.base, id, last.id)
    yield* Service.untilTrue("further progress", () => two.received.length >= 2)
    yield* query(url, (sql) => sql`insert into probe (task_id, what) values (${id}, 'end')`)
    yield* Service.untilTrue("the stream ends", () => two.state.isOver)
    const ids = [...one.received, ...two.received].map((event) => event.id)
    assert.deepStrictEqual(
      ids,
      [...new Set(ids)].toSorted((a, b) => a - b)
    )
    assert.deepInclude(two.received.at(-1)!.task, { id, status: "succeeded", attempts: 1 })
    // Nothing newer will come.
    const three = yield* Processes.events(service.base, id, two.received.at(-1)!.id)
    yield* Service.untilTrue("204", () => three.state.status === 204)
    // A late client gets the current state.
    const four = yield* Processes.events(service.base, id)
    yield* Service.untilTrue("the whole stream", () => four.state.isOver)
    assert.lengthOf(four.received, 1)
    // The bytes on the wire, and the headers for proxies that would buffer them.
    const raw = yield* Effect.promise(() => fetch(`${service.base}/api/v1/tasks/${id}/events`))
    // Without `no-transform`, proxies of development servers compress the stream, and so buffer it.
    assert.strictEqual(raw.headers.get("cache-control"), "no-store, no-transform")
    assert.strictEqual(raw.headers.get("x-accel-buffering"), "no")
    const wire = yield* Effect.promise(() => raw.text())
    assert.match(wire, /^: [^\n]+\n\nid: \d+\nevent: task\ndata: \{[^\n]+\}\n\n$/)

    // The service stops: streams and long polls end cleanly, with the current state.
    const [open = ""] = yield* Processes.submit(client, [service.base], 1, { kind: "probe", input: { does: "waits" } })
    const five = yield* Processes.events(service.base, open)
    yield* Service.untilTrue("it runs", () => five.received.at(-1)?.task["status"] === "running")
    const poll = client.get(service.base, `/api/v1/tasks/${open}?wait=50`)
    yield* Service.until(
      "both wait",
      Effect.map(
        Effect.promise(() => client.get(service.base, "/metrics")),
        ({ body }) => (/fairground_task_waiters(?:\{[^}]*\})? 2$/m.test(String(body["text"])) ? true : undefined)
      )
    )
    const asked = performance.now()
    service.signal("SIGTERM")
    assert.deepInclude((yield* Effect.promise(() => poll)).body, { status: "running" })
    assert.isBelow(performance.now() - asked, 15_000, "before SHUTDOWN_GRACE is over")
    yield* Service.untilTrue("the stream ends", () => five.state.isOver)
    service.signal("SIGKILL")
  })
)

it.live("a stream outlasts a database that does not answer for a while", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { DATABASE_DEADLINE: "4 seconds" })
    const [id = ""] = yield* Processes.submit(client, [base], 1, { kind: "probe", input: { does: "waits" } })
    const { received, state } = yield* Processes.events(base, id)
    yield* Service.untilTrue("it is followed", () => received.at(-1)?.task["status"] === "running")
    const comments = state.comments
    yield* query(url, (sql) =>
      sql.withTransaction(
        Effect.andThen(
          sql`lock table task in access exclusive mode`,
          Service.untilTrue("it has been asked in vain", () => state.isOver || state.comments > comments)
        )
      )
    )
    assert.isFalse(state.isOver)
    yield* Service.until(
      "it answers again",
      Effect.map(
        Effect.promise(() => client.send(base, "POST", `/api/v1/tasks/${id}/cancel`)),
        ({ status }) => (status === 200 ? true : undefined)
      )
    )
    yield* Service.untilTrue("the stream ends", () => state.isOver)
    assert.strictEqual(received.at(-1)?.task["status"], "cancelled")
  })
)

it.live("the typed client knows each kind's input and content, and the events", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const { base } = yield* Service.start(url)
    const { tasks } = yield* HttpApiClient.make(Api, { baseUrl: base })
    const { body, headers } = yield* tasks.submit({
      headers: {},
      payload: {
        kind: "truth-or-dare",
        input: { type: "dare", language: "en", mood: "calm", ageGroup: "kids", players: ["Nora"] },
        priority: "high"
      }
    })
    assert.strictEqual(headers.location, `/api/v1/tasks/${body.id}`)
    const done = yield* tasks.get({ params: { id: body.id }, query: { wait: 20 } })
    const player: string | undefined = done.content?.player
    assert.strictEqual(player, "Nora")
    // @ts-expect-error -- none of the kind's codes
    assert.isFalse(done.error?.code === "busy")
    const events = yield* Stream.runCollect(yield* tasks.events({ params: { id: body.id }, headers: {} }))
    assert.deepStrictEqual(
      events.map(({ data }) => data),
      [done]
    )
    // A client that reconnects after the end gets an empty stream.
    const later = { params: { id: body.id }, headers: { "last-event-id": events.at(-1)!.id } }
    assert.deepStrictEqual(yield* Stream.runCollect(yield* tasks.events(later)), [])
    const error = yield* Effect.flip(tasks.cancel({ params: { id: body.id } }))
    assert.strictEqual(error._tag, "TaskFinished")
  }).pipe(Effect.provide(FetchHttpClient.layer))
)
