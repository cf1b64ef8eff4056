import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as Service from "../../support/service/Service.ts"
import * as Processes from "../../support/tasks/Processes.ts"

const from = (address: string) => ({ "x-forwarded-for": address })

it.live(
  "one address cannot hold the places of all: it is told to come again, and so is everybody when all are taken",
  () =>
    Effect.gen(function* () {
      const url = yield* Processes.makeUrl
      const client = yield* Service.client()
      const { base } = yield* Processes.start(url, {
        TASK_WAITERS: "3",
        TASK_WAITERS_ADDRESS: "2",
        TRUSTED_PROXIES: "127.0.0.1",
        WORKERS: "0"
      })
      const [id = "", over = ""] = yield* Processes.submit(client, [base], 2)
      const follow = (address: string) => Processes.events(base, id, undefined, from(address))
      const wait = (address: string, seconds: number, task = id) =>
        Effect.promise(() =>
          client.send(base, "GET", `/api/v1/tasks/${task}?wait=${seconds}`, undefined, from(address))
        )
      const streams = [yield* follow("192.0.2.1"), yield* follow("192.0.2.1")]
      yield* Service.untilTrue("both wait", () => streams.every(({ received }) => received.length === 1))
      const refused = yield* wait("192.0.2.1", 5)
      assert.deepStrictEqual(
        [refused.status, refused.body["type"], refused.body["retryAfterSeconds"], refused.headers["retry-after"]],
        [429, "/problems/too-many-requests", 5, "5"]
      )
      assert.include(refused.body["detail"], "address")
      const third = yield* follow("192.0.2.1")
      yield* Service.untilTrue("429", () => third.state.status === 429)
      // Who does not wait is answered, and so is who waits elsewhere.
      assert.strictEqual((yield* Effect.promise(() => client.get(base, `/api/v1/tasks/${id}`))).status, 200)
      const other = yield* follow("192.0.2.2")
      yield* Service.untilTrue("the other waits", () => other.received.length === 1)
      const crowded = yield* wait("192.0.2.3", 5)
      assert.deepStrictEqual(
        [crowded.status, crowded.body["type"], crowded.headers["retry-after"]],
        [503, "/problems/overloaded", "1"]
      )
      // A stream that is left makes room, and so does a wait that ends.
      streams[0]!.close()
      for (let round = 0; round < 3; round++) {
        yield* Service.until(
          "there is room again",
          Effect.map(wait("192.0.2.1", 1), ({ status }) => (status === 200 ? true : undefined))
        )
      }
      // What is over is waited for by nobody.
      const last = yield* follow("192.0.2.3")
      yield* Service.untilTrue("all places are taken", () => last.received.length === 1)
      yield* Effect.promise(() => client.send(base, "POST", `/api/v1/tasks/${over}/cancel`))
      assert.strictEqual((yield* wait("192.0.2.4", 5, over)).body["status"], "cancelled")
    })
)

it.live("a stream ends after its time, and is taken up where it was; an id that is none is passed over", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { TASK_STREAM_MAX: "1 second", WORKERS: "0" })
    const [id = ""] = yield* Processes.submit(client, [base], 1)
    const one = yield* Processes.events(base, id)
    yield* Service.untilTrue("it ends", () => one.state.isOver)
    assert.deepStrictEqual(
      one.received.map(({ task }) => task["status"]),
      ["queued"]
    )
    const two = yield* Processes.events(base, id, one.received[0]!.id)
    yield* Service.untilTrue("it ends as well", () => two.state.isOver)
    assert.deepStrictEqual([two.state.status, two.received], [200, []])
    for (const rubbish of ["x", "", "1e3", "-1", " ", "NaN", "2, 2", "99999999999", "0x1"]) {
      const { received, state } = yield* Processes.events(base, id, rubbish)
      yield* Service.untilTrue(`${rubbish} is passed over`, () => received.length === 1)
      assert.strictEqual(state.status, 200, rubbish)
    }
  })
)

it.live("a task is not put off for longer than the setting allows, and the answer says how long that is", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const { base } = yield* Processes.start(url, { TASK_RUN_AT_MAX: "2 days", WORKERS: "0" })
    const submit = (runAt: string) =>
      Effect.promise(() => client.send(base, "POST", "/api/v1/tasks", { kind: "probe", input: {}, runAt }))
    const hoursOn = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    for (const runAt of [hoursOn(49), "9999-12-31T23:59:59Z"]) {
      const { body, status } = yield* submit(runAt)
      assert.deepStrictEqual([status, body["type"]], [400, "/problems/validation-failed"])
      const [error] = body["errors"] as ReadonlyArray<{ readonly path: unknown; readonly message: string }>
      assert.deepStrictEqual(error?.path, ["payload", "runAt"])
      assert.match(error?.message ?? "", /^Expected a moment within 2d, so up to \d{4}-\d\d-\d\dT[\d:.]+Z$/)
    }
    assert.strictEqual((yield* submit(hoursOn(47))).status, 202)
  })
)
