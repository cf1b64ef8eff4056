import { assert, it } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { databaseProxy } from "../support/esp/FaultProxy.ts"
import * as Embedded from "../platform/postgres/embedded/EmbeddedSupport.ts"
import * as Service from "../support/service/Service.ts"
import { query } from "../support/service/Stored.ts"
import * as Processes from "../support/tasks/Processes.ts"

/** Looks until the probes have noted what is looked for. */
const untilNoted = (
  url: Redacted.Redacted<string>,
  what: string,
  are: (noted: ReadonlyArray<Processes.Noted>) => boolean
) =>
  Service.until(
    what,
    Effect.map(Processes.noted(url), (noted) => (are(noted) ? noted : undefined))
  )

interface Row {
  readonly id: string
  readonly attempts: number
  readonly content: { readonly pid: number; readonly attempt: number } | null
}

const rows = (url: Redacted.Redacted<string>) =>
  query(url, (sql) => sql<Row>`select id, attempts, content from task order by id`)

/** Every task has succeeded, its queue is empty, and its content is of the attempt that it counts last. */
const assertDone = Effect.fnUntraced(function* (url: Redacted.Redacted<string>, count: number) {
  assert.deepStrictEqual(yield* Processes.statuses(url), { succeeded: count })
  assert.deepStrictEqual(yield* query(url, (sql) => sql`select 1 from task_queue`), [])
  const tasks = yield* rows(url)
  for (const { attempts, content, id } of tasks) assert.strictEqual(content?.attempt, attempts, id)
  return tasks
})

/** How long a client waits for an answer that takes a minute by itself, in milliseconds. */
const patience = 100_000

/** Leases that outlast a machine that stands still for some seconds: what else is repeated is the service's own doing. */
const quick = { TASK_LEASE: "8 seconds", TASK_POLL: "250 millis", WORKERS: "8" }

/** Lets tasks that go on by steps come to their ends. */
const tellToEnd = (url: Redacted.Redacted<string>, ids: ReadonlyArray<string>) =>
  Effect.forEach(ids, (id) => query(url, (sql) => sql`insert into probe (task_id, what) values (${id}, 'end')`))

it.live(
  "three replicas, 400 tasks, kill -9 of one: all are finished, each once; only what it had in hand is repeated",
  () =>
    Effect.gen(function* () {
      const url = yield* Processes.makeUrl
      const client = yield* Service.client()
      const services = yield* Effect.all(
        [1, 2, 3].map(() => Processes.start(url, quick)),
        { concurrency: 3 }
      )
      const bases = services.map(({ base }) => base)
      // Fewer than a replica has workers, and with no end of their own: one of them is in hand when its replica is killed.
      const held = yield* Processes.submit(client, bases, 6, { kind: "probe", input: { does: "steps" } })
      const [{ pid: holder }] = yield* Service.until(
        "they have begun",
        Effect.map(Processes.noted(url), ([first, ...others]) =>
          first === undefined || others.length < held.length - 1 ? undefined : ([first] as const)
        )
      )
      yield* Processes.submit(client, bases, 394, { kind: "probe", input: { millis: 60 } })
      const killed = services.find(({ pid }) => pid === holder)!
      yield* untilNoted(
        url,
        "it works",
        (noted) => noted.filter(({ pid, what }) => pid === killed.pid && what === "done").length >= 10
      )
      killed.signal("SIGKILL")
      yield* Effect.promise(() => killed.exited)
      yield* tellToEnd(url, held)
      yield* Processes.untilOver(url, 400)
      const tasks = yield* assertDone(url, 400)
      const noted = yield* Processes.noted(url)
      const begun = Map.groupBy(
        noted.filter(({ what }) => what === "begun"),
        ({ taskId }) => taskId
      )
      const repeated = [...begun.values()].filter((attempts) => attempts.length > 1)
      assert.strictEqual(begun.size, 400)
      assert.isAbove(repeated.length, 0, "it had some in hand")
      assert.isAtMost(repeated.length, 8, "no more than it had workers")
      assert.isTrue(
        repeated.every(
          ([first, second, ...more]) => first!.pid === killed.pid && second!.pid !== killed.pid && more.length === 0
        )
      )
      // One that was claimed and killed before its probe could note that it began counts as well.
      const counted = tasks.filter(({ attempts }) => attempts > 1).length
      assert.isTrue(counted >= repeated.length && counted <= 8, `${counted} repeats are counted`)
    })
)

it.live(
  "SIGSTOP for longer than the lease, then CONT: another replica takes over, and the stopped one's ends do not count",
  () =>
    Effect.gen(function* () {
      const url = yield* Processes.makeUrl
      const client = yield* Service.client()
      const one = yield* Processes.start(url, quick)
      yield* Processes.submit(client, [one.base], 8, { kind: "probe", input: { millis: 7000 } })
      yield* untilNoted(url, "all have begun", (noted) => noted.length >= 8)
      one.signal("SIGSTOP")
      const other = yield* Processes.start(url, quick)
      yield* untilNoted(
        url,
        "all were begun again",
        (noted) => noted.filter(({ pid }) => pid === other.pid).length >= 8
      )
      one.signal("SIGCONT")
      yield* Processes.untilOver(url, 8)
      const tasks = yield* assertDone(url, 8)
      assert.deepStrictEqual(
        tasks.map(({ attempts, content }) => [attempts, content?.pid]),
        tasks.map(() => [2, other.pid])
      )
      // It works on.
      yield* Processes.submit(client, [one.base], 1)
      yield* Processes.untilOver(url, 9)
      assert.notMatch(one.log() + other.log(), /"level":"(?:ERROR|FATAL)"/)
    })
)

it.live(
  "SIGTERM: what can end in the grace period does, the rest is given back uncounted, and the exit code is 0",
  () =>
    Effect.gen(function* () {
      const url = yield* Processes.makeUrl
      const client = yield* Service.client()
      const one = yield* Processes.start(url, { ...quick, SHUTDOWN_GRACE: "7 seconds" })
      const short = yield* Processes.submit(client, [one.base], 4, { kind: "probe", input: { does: "steps" } })
      const long = yield* Processes.submit(client, [one.base], 4, { kind: "probe", input: { does: "waits" } })
      yield* untilNoted(url, "all have begun", (noted) => noted.length >= 8)
      const late = yield* Processes.submit(client, [one.base], 4)
      one.signal("SIGTERM")
      yield* Service.untilTrue("it stops", () => one.log().includes("Fairground stops"))
      yield* tellToEnd(url, short)
      assert.strictEqual(yield* Effect.promise(() => one.exited), 0, one.log())
      const tasks = yield* query(
        url,
        (sql) => sql<{ id: string; status: string; attempts: number }>`select id, status, attempts from task`
      )
      const found = (ids: ReadonlyArray<string>) =>
        new Set(tasks.filter(({ id }) => ids.includes(id)).map(({ attempts, status }) => `${status} ${attempts}`))
      assert.deepStrictEqual(found(short), new Set(["succeeded 1"]))
      assert.deepStrictEqual(found(long), new Set(["queued 0"]))
      assert.deepStrictEqual(found(late), new Set(["queued 0"]), "nothing was claimed any more")
      // Without waiting for a lease, the next one goes on.
      const other = yield* Processes.start(url, { ...quick, TASK_LEASE: "10 minutes" })
      yield* untilNoted(
        url,
        "all have begun again",
        (noted) => noted.filter(({ pid }) => pid === other.pid).length >= 8
      )
      assert.notMatch(one.log(), /"level":"(?:ERROR|WARN|FATAL)"/)
    })
)

it.live("a pause before the next attempt outlasts the process: who comes after it does not begin before its time", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    const one = yield* Processes.start(url, quick)
    yield* Processes.submit(client, [one.base], 1, { kind: "patient", input: { does: "fails" } })
    const [{ due }] = yield* Service.until(
      "the first attempt has failed",
      Effect.map(
        query(
          url,
          (sql) => sql<{ due: string }>`
            select visible_at::text as due from task_queue join probe using (task_id)
            where lock is null and attempts = 1 and visible_at > at + interval '10 seconds'`
        ),
        ([row]) => (row === undefined ? undefined : ([row] as const))
      )
    )
    one.signal("SIGKILL")
    yield* Effect.promise(() => one.exited)
    const other = yield* Processes.start(url, quick)
    yield* untilNoted(url, "the second attempt has begun", (noted) => noted.some(({ attempt }) => attempt === 2))
    const attempts = yield* query(
      url,
      (sql) => sql<{ attempt: number; pid: number; isEarly: boolean }>`
        select attempt, pid, at < ${due}::timestamptz as "isEarly" from probe order by at limit 2`
    )
    assert.deepStrictEqual(attempts, [
      { attempt: 1, pid: one.pid, isEarly: true },
      { attempt: 2, pid: other.pid, isEarly: false }
    ])
  })
)

it.live("cancelled at one replica, a task stops at the other at once", () =>
  Effect.gen(function* () {
    const url = yield* Processes.makeUrl
    const client = yield* Service.client()
    // With leases so long that nobody notices by them: who stops within minutes was told.
    const env = { ...quick, TASK_LEASE: "1 hour" }
    const [api] = yield* Effect.all([Processes.start(url, { ...env, WORKERS: "0" }), Processes.start(url, env)], {
      concurrency: 2
    })
    const ids = yield* Processes.submit(client, [api.base], 4, { kind: "probe", input: { does: "waits" } })
    yield* untilNoted(url, "all have begun", (noted) => noted.length >= 4)
    yield* Effect.forEach(
      ids,
      (id) => Effect.promise(() => client.send(api.base, "POST", `/api/v1/tasks/${id}/cancel`)),
      { concurrency: 4 }
    )
    yield* untilNoted(
      url,
      "all are interrupted",
      (noted) => noted.filter(({ what }) => what === "interrupted").length >= 4
    )
    assert.deepStrictEqual(yield* Processes.statuses(url), { cancelled: 4 })
  })
)

it.live("PostgreSQL crashes and restarts under load: every task is finished once, and the replicas recover", () =>
  Effect.gen(function* () {
    const dataDir = yield* Embedded.makeDirectory()
    const { url } = yield* Embedded.start(dataDir, { settings: { fsync: "on" } })
    const client = yield* Service.client()
    const env = { ...quick, DATABASE_DEADLINE: "15 seconds" }
    const services = yield* Effect.all([Processes.start(url, env), Processes.start(url, env)], { concurrency: 2 })
    yield* Processes.prepare(url)
    const bases = services.map(({ base }) => base)
    yield* Processes.submit(client, bases, 200, { kind: "probe", input: { millis: 50 } })
    yield* untilNoted(url, "some are done", (noted) => noted.filter(({ what }) => what === "done").length >= 20)
    const [pid] = readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")
    process.kill(Number(pid), "SIGKILL")
    yield* Service.until(
      "the database is back",
      Effect.map(Effect.exit(Processes.statuses(url)), (exit) => (exit._tag === "Success" ? true : undefined))
    )
    // And is told of new work, as before.
    yield* Processes.submit(client, bases, 50)
    yield* Processes.untilOver(url, 250)
    const { succeeded = 0, failed = 0 } = yield* Processes.statuses(url)
    assert.deepStrictEqual([succeeded, failed], [250, 0])
    assert.deepStrictEqual(yield* query(url, (sql) => sql`select 1 from task_queue`), [])
  })
)

it.live(
  "2,000 clients wait at one replica: memory stays flat, the database is left in peace, and all are answered",
  () =>
    Effect.gen(function* () {
      const url = yield* Processes.makeUrl
      const { proxy, through } = yield* databaseProxy(url)
      const client = yield* Service.client(2000, patience)
      const other = yield* Service.client(64, patience)
      const { base, pid } = yield* Processes.start(through, {
        WORKERS: "0",
        TASK_WAITERS_ADDRESS: "3000",
        // On a busy machine 2,000 clients of one process are late with what they send.
        HEADER_TIMEOUT: "1 minute",
        REQUEST_TIMEOUT: "1 minute",
        // Below this, what is kept shows; above it is only what was not collected yet.
        NODE_OPTIONS: "--max-old-space-size=400 --max-semi-space-size=16"
      })
      const ids = yield* Processes.submit(other, [base], 20)
      const wait = (seconds: number) =>
        Promise.all(
          Array.from({ length: 2000 }, (_, place) =>
            client.get(base, `/api/v1/tasks/${ids[place % 20]}?wait=${seconds}`)
          )
        )
      const megabytes = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024
      const round = Effect.gen(function* () {
        const answers = yield* Effect.promise(() => wait(1))
        assert.isTrue(answers.every(({ body, status }) => status === 200 && body["status"] === "queued"))
        return megabytes()
      })
      yield* round
      const before = yield* round
      assert.isBelow((yield* round) - before, 60, "what has waited is forgotten")
      assert.isBelow(before, 400)

      const answers = wait(50)
      const waiting = () =>
        other
          .get(base, "/metrics")
          .then(({ body }) => /fairground_task_waiters(?:\{[^}]*\})? (\d+)/.exec(String(body["text"]))?.[1])
      yield* Effect.promise(waiting).pipe(Effect.repeat({ until: (count) => count === "2000" }))
      const aWhile = Effect.promise(async () => {
        const { status } = await other.get(base, `/api/v1/tasks/${ids[0]}?wait=2`)
        assert.strictEqual(status, 200, "it has a place too, and is no refusal at once")
      })
      // What the last of them asked is answered.
      yield* aWhile
      const asked = proxy.received()
      const since = performance.now()
      yield* aWhile
      const spent = (proxy.received() - asked) / ((performance.now() - since) / 1000)
      // A statement about a task has 100 bytes at least, and what a replica asks by itself is much less than this.
      assert.isBelow(spent, 0.1 * 2000 * 100, "bytes a second: one statement in ten seconds for each that waits")
      yield* Effect.forEach(ids, (id) => Effect.promise(() => other.send(base, "POST", `/api/v1/tasks/${id}/cancel`)))
      assert.isTrue((yield* Effect.promise(() => answers)).every(({ body }) => body["status"] === "cancelled"))
    }),
  // On a machine that does much else at once, 2,000 clients of one process need their time.
  3 * patience
)
