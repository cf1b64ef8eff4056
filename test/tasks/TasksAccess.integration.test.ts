import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as Processes from "../support/tasks/Processes.ts"

type Headers = Readonly<Record<string, string>>

const nobody: Headers = {}
const unknown = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"

it.live("tasks of a private kind are for callers with the permission, and do not exist for all others", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { WORKERS: "0" })
    const send = (method: string, path: string, headers: Headers, body?: unknown) =>
      Effect.promise(() => client.send(base, method, `/api/v1/tasks${path}`, body, headers))
    const submit = (kind: string, headers: Headers) => send("POST", "", headers, { kind, input: { millis: 5 } })
    const short = (answer: Service.Answer) => [answer.status, answer.body["type"] ?? answer.body["status"]]

    const viewer = (yield* query(url, () => keyFor("viewer"))).headers
    const editor = yield* query(url, () => keyFor("editor"))
    const person = yield* query(url, () => sessionFor("editor"))
    // A key that may do something, but nothing with tasks.
    const other = (yield* query(url, () => keyFor("admin", ["games:read"]))).headers

    const refused = yield* submit("private", nobody)
    assert.deepStrictEqual(short(refused), [401, "/problems/not-signed-in"])
    assert.include(refused.headers["www-authenticate"], "Bearer")
    for (const headers of [viewer, other]) {
      const { body, status } = yield* submit("private", headers)
      assert.deepStrictEqual(
        [status, body["type"], body["permission"]],
        [403, "/problems/not-permitted", "tasks:write"]
      )
    }
    const made = yield* submit("private", editor.headers)
    assert.deepStrictEqual(short(made), [202, "queued"])
    assert.strictEqual((yield* submit("private", person.headers)).status, 202)
    // A page of another site has the cookie, and still is not its person.
    const forged = yield* submit("private", { ...person.headers, "sec-fetch-site": "cross-site" })
    assert.deepStrictEqual(short(forged), [403, "/problems/cross-site-request"])

    const shared = yield* submit("probe", nobody)
    assert.strictEqual(shared.status, 202)
    assert.strictEqual((yield* submit("probe", viewer)).status, 202)
    // Who sends a credential means it, also where none is needed.
    assert.deepStrictEqual(short(yield* submit("probe", { authorization: "Bearer fgk_junk" })), [
      401,
      "/problems/not-signed-in"
    ])

    const [hidden, open] = [String(made.body["id"]), String(shared.body["id"])]
    for (const headers of [nobody, other]) {
      for (const [method, rest] of [
        ["GET", ""],
        ["GET", "?wait=1"],
        ["GET", "/events"],
        ["POST", "/cancel"]
      ] as const) {
        const answers = [
          yield* send(method, `/${hidden}${rest}`, headers),
          yield* send(method, `/${unknown}${rest}`, headers)
        ]
        assert.deepStrictEqual(answers.map(short), [
          [404, "/problems/task-not-found"],
          [404, "/problems/task-not-found"]
        ])
        assert.deepStrictEqual(answers[0]?.body, answers[1]?.body, "it tells nothing apart")
      }
      const { body, status } = yield* send("GET", `/${open}`, headers)
      assert.deepStrictEqual([status, body["status"], "input" in body], [200, "queued", false])
    }
    for (const id of [hidden, open]) {
      const { body, status } = yield* send("GET", `/${id}`, viewer)
      assert.deepStrictEqual([status, body["input"]], [200, { millis: 5 }])
    }
    const followed = yield* Processes.events(base, hidden, undefined, viewer)
    yield* Service.untilTrue("the viewer follows it", () => followed.received.length === 1)

    // Seeing it is not enough to stop it.
    assert.deepStrictEqual(short(yield* send("POST", `/${hidden}/cancel`, viewer)), [403, "/problems/not-permitted"])
    assert.strictEqual((yield* send("GET", `/${hidden}`, viewer)).body["status"], "queued")
    for (const headers of [nobody, viewer, other]) {
      const status = headers === nobody ? 401 : 403
      assert.strictEqual((yield* send("POST", `/${hidden}/retry`, headers)).status, status)
    }
    for (const headers of [nobody, other]) {
      assert.strictEqual((yield* send("GET", "", headers)).status, headers === nobody ? 401 : 403)
    }
    assert.deepStrictEqual(short(yield* send("POST", `/${hidden}/cancel`, editor.headers)), [200, "cancelled"])
    assert.deepStrictEqual(short(yield* send("POST", `/${open}/cancel`, nobody)), [200, "cancelled"])
  })
)

it.live("what people and programs do to tasks is in the audit log, what visitors do is not", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { WORKERS: "0" })
    const send = (path: string, headers: Headers) =>
      Effect.promise(() => client.send(base, "POST", `/api/v1/tasks${path}`, undefined, headers))
    const [first = "", second = ""] = yield* Processes.submit(client, [base], 2)
    const editor = yield* query(url, () => keyFor("editor"))
    const entries = query(
      url,
      (sql) => sql<{
        action: string
        via: string
        account: string | null
        key: string | null
        target: string
        details: unknown
      }>`
        select action, via, account_id as account, api_key_id as key, target_kind || ' ' || target_id as target, details
        from audit_entry order by id`
    )

    assert.strictEqual((yield* send(`/${first}/cancel`, nobody)).status, 200)
    assert.deepStrictEqual(yield* entries, [])
    assert.strictEqual((yield* send(`/${second}/cancel`, editor.headers)).status, 200)
    // Nothing is done any more, and nothing is told.
    assert.strictEqual((yield* send(`/${second}/cancel`, editor.headers)).status, 200)
    // Of many at once, one queues it again.
    const answers = yield* Effect.all(
      Array.from({ length: 8 }, () => send(`/${second}/retry`, editor.headers)),
      { concurrency: 8 }
    )
    assert.deepStrictEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, ...Array<number>(7).fill(409)]
    )
    const taken = answers.find(({ status }) => status === 409)
    assert.deepInclude(taken?.body, { type: "/problems/task-not-retryable", taskStatus: "queued" })
    const requeued = answers.find(({ status }) => status === 200)
    assert.deepInclude(requeued?.body, {
      id: second,
      status: "queued",
      attempts: 0,
      input: {},
      content: null,
      error: null
    })
    assert.strictEqual((yield* send(`/${unknown}/retry`, editor.headers)).status, 404)
    const told = {
      via: "http",
      account: editor.accountId,
      key: editor.id,
      target: `task ${second}`,
      details: { kind: "probe" }
    }
    assert.deepStrictEqual(yield* entries, [
      { action: "task.cancel", ...told },
      { action: "task.retry", ...told }
    ])

    // What cannot be told is not done. What visitors do asks for no entry.
    yield* query(url, (sql) => sql`alter table audit_entry rename to hidden_entry`)
    const failed = yield* send(`/${second}/cancel`, editor.headers)
    assert.deepStrictEqual([failed.status, failed.body["type"]], [500, "/problems/internal-error"])
    const status = () => query(url, (sql) => sql`select status from task where id = ${second}`)
    assert.deepStrictEqual(yield* status(), [{ status: "queued" }])
    assert.strictEqual((yield* query(url, (sql) => sql`select from task_queue`)).length, 1)
    assert.strictEqual((yield* send(`/${second}/cancel`, nobody)).status, 200)
    assert.strictEqual((yield* send(`/${second}/retry`, editor.headers)).status, 500)
    assert.deepStrictEqual(yield* status(), [{ status: "cancelled" }])
  })
)

it.live("the list has all tasks as they are stored, by kind, status and time, in pages", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { WORKERS: "0" })
    const { headers } = yield* query(url, () => keyFor("viewer"))
    const get = (search: string) =>
      Effect.promise(() => client.send(base, "GET", `/api/v1/tasks${search}`, undefined, headers))
    const ids: Array<string> = []
    for (const kind of ["probe", "narrow", "probe", "narrow", "probe"]) {
      ids.push(...(yield* Processes.submit(client, [base], 1, { kind, input: { millis: 1 } })))
    }
    const [a = "", b = "", c = "", d = "", e = ""] = ids
    yield* Effect.promise(() => client.send(base, "POST", `/api/v1/tasks/${c}/cancel`))
    // Of a kind that no version knows any more, and one that waits for its next attempt.
    yield* query(url, (sql) => sql`update task set kind = 'gone', input = '[1, "two"]' where id = ${a}`)
    yield* query(
      url,
      (sql) => sql`update task set error_code = 'busy', error_detail = 'Not now.', attempts = 1 where id = ${e}`
    )
    const found = (search: string) =>
      Effect.map(get(search), ({ body }) => (body["items"] as ReadonlyArray<{ id: string }>).map(({ id }) => id))

    assert.deepStrictEqual(yield* found(""), [e, d, c, b, a])
    assert.deepStrictEqual(yield* found("?kind=narrow"), [d, b])
    assert.deepStrictEqual(yield* found("?kind=gone&status=queued"), [a])
    assert.deepStrictEqual(yield* found("?kind=probe&status=cancelled"), [c])
    assert.deepStrictEqual(yield* found("?status=queued"), [e, d, b, a])
    assert.deepStrictEqual(yield* found("?status=running"), [])
    assert.deepStrictEqual(yield* found("?kind=nothing"), [])
    assert.deepStrictEqual(yield* found("?since=2100-01-01T00:00:00Z"), [])
    assert.deepStrictEqual(yield* found("?until=2000-01-01T00:00:00Z"), [])
    assert.deepStrictEqual(yield* found("?since=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z"), [e, d, c, b, a])

    const { body } = yield* get("?limit=1")
    const [waits] = body["items"] as ReadonlyArray<Record<string, unknown>>
    assert.deepInclude(waits, {
      kind: "probe",
      status: "queued",
      attempts: 1,
      input: { millis: 1 },
      content: null,
      error: { code: "busy", detail: "Not now." },
      finishedAt: null
    })
    assert.deepInclude(((yield* get("?kind=gone")).body["items"] as ReadonlyArray<object>)[0], { input: [1, "two"] })

    for (const filter of ["", "&status=queued", "&kind=probe", "&kind=narrow&status=queued"]) {
      const all = yield* found(`?limit=100${filter}`)
      const paged: Array<string> = []
      let cursor: unknown = ""
      do {
        const page: Service.Answer = yield* get(`?limit=2${filter}${cursor === "" ? "" : `&cursor=${String(cursor)}`}`)
        assert.strictEqual(page.status, 200)
        paged.push(...(page.body["items"] as ReadonlyArray<{ id: string }>).map(({ id }) => id))
        cursor = page.body["nextCursor"]
      } while (cursor !== null)
      assert.deepStrictEqual(paged, all, filter)
    }
    for (const wrong of [
      "?limit=0",
      "?limit=101",
      "?status=done",
      "?since=yesterday",
      "?cursor=x",
      "?cursor=WyJnYW1lcyIsIjAxOWFhMGM1LThmM2UtN2NjMS1iMWE0LTBlNmYzYTNmOWI1MyJd",
      "?kind="
    ]) {
      assert.strictEqual((yield* get(wrong)).status, 400, wrong)
    }
  })
)

it.live("who is signed in waits on the account's own places, wherever from, and takes none of the address's", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, {
      WORKERS: "0",
      TASK_WAITERS_ADDRESS: "1",
      TASK_WAITERS_ACCOUNT: "2",
      TRUSTED_PROXIES: "127.0.0.1"
    })
    const [id = ""] = yield* Processes.submit(client, [base], 1)
    const [one, two] = [yield* query(url, () => keyFor("viewer")), yield* query(url, () => keyFor("viewer"))]
    let address = 0
    const follow = (headers: Headers) =>
      Processes.events(base, id, undefined, { "x-forwarded-for": `192.0.2.${++address}`, ...headers })
    const refusal = (headers: Headers) =>
      Effect.map(
        Effect.promise(() => client.send(base, "GET", `/api/v1/tasks/${id}?wait=1`, undefined, headers)),
        ({ body, status }) => [status, body["detail"] ?? null]
      )
    const at = (from: string) => ({ "x-forwarded-for": from })

    const streams = [yield* follow(one.headers), yield* follow(one.headers), yield* follow(two.headers)]
    yield* Service.untilTrue("all three wait", () => streams.every(({ received }) => received.length === 1))
    assert.deepStrictEqual(yield* refusal({ ...one.headers, ...at("192.0.2.99") }), [
      429,
      "As many requests of this account wait for tasks as may: 2."
    ])
    assert.deepStrictEqual(yield* refusal({ ...two.headers, ...at("192.0.2.1") }), [200, null])
    assert.deepStrictEqual(yield* refusal(at("192.0.2.1")), [200, null], "its address has all its places")
    streams[0]?.close()
    yield* Service.until(
      "the account has a place again",
      Effect.map(refusal({ ...one.headers, ...at("192.0.2.99") }), ([status]) => (status === 200 ? true : undefined))
    )
  })
)
