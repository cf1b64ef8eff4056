import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import pg from "pg"
import { channel, connectionOf } from "../../src/platform/notify/NotifierRepo.ts"
import { keyFor, sessionFor } from "../support/service/Credentials.ts"
import { follow } from "../support/service/EventStream.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, query } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const path = "/api/v1/events"
const everything = `${path}?topics=plays,tasks,contacts,games`

const card = {
  kind: "truth-or-dare",
  input: { type: "truth", language: "en", mood: "calm", ageGroup: "adults", players: ["Nora"] }
}

const countOf = (events: ReadonlyArray<Record<string, unknown>>) =>
  events.reduce((sum, { count }) => sum + Number(count), 0)

const newestOf = (events: ReadonlyArray<Record<string, unknown>>) =>
  events.flatMap(({ newest }) => newest as ReadonlyArray<Record<string, unknown>>)

it.live("what happens at one process is heard at the other: plays, verdicts, tasks and games", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    for (const slug of ["wheel", "scratch"]) yield* addGame(url, slug)
    const [one, two] = yield* Effect.all([Service.start(url), Service.start(url)], { concurrency: 2 })
    const client = yield* Service.client(4)
    const key = yield* query(url, () => keyFor("owner"))
    const send = (method: string, to: string, body?: unknown) =>
      Effect.promise(() => client.send(two.base, method, to, body, key.headers))

    const near = yield* follow(two.base, everything, key.headers)
    const far = yield* follow(one.base, everything, key.headers)
    const ofScratch = yield* follow(one.base, `${path}?topics=games,plays&game=scratch`, key.headers)
    assert.deepStrictEqual(
      [near, far, ofScratch].map(({ status }) => status()),
      [200, 200, 200]
    )
    for (const { events } of [near, far]) {
      assert.deepStrictEqual(events[0], { event: "refresh", data: { reason: "started" } })
    }

    for (const slug of ["wheel", "wheel", "scratch"]) {
      const { status } = yield* Effect.promise(() => client.play(two.base, slug, { email: "nora@shop.example" }))
      assert.strictEqual(status, 201)
    }
    const task = yield* send("POST", "/api/v1/tasks", card)
    assert.strictEqual(task.status, 202)
    const changed = yield* send("PATCH", "/api/v1/games/wheel", { title: "The wheel" })
    assert.strictEqual(changed.status, 200)
    assert.strictEqual((yield* send("DELETE", "/api/v1/games/scratch")).status, 200)

    for (const stream of [near, far]) {
      // Whoever listens first hears of what happened before the other process knew of it by `refresh` alone.
      yield* stream.until("all is heard", () => {
        const isTold =
          stream.of("plays").length > 0 && stream.of("contacts").length > 0 && stream.of("games").length > 1
        const hasTask = newestOf(stream.of("tasks")).some(({ status }) => status === "succeeded")
        return hasTask && (isTold || (stream === far && stream.of("refresh").length > 1))
      })
      assert.isFalse(stream.isOver())
    }
    const plays = newestOf(near.of("plays"))
    const ofGame = (game: string) => countOf(near.of("plays").filter((one) => one["game"] === game))
    assert.deepStrictEqual([ofGame("wheel"), ofGame("scratch")], [2, 1])
    assert.lengthOf(plays, 3)
    assert.sameDeepMembers(
      near
        .of("contacts")
        .flatMap(({ game, newest }) =>
          (newest as ReadonlyArray<{ verdict: string }>).map(({ verdict }) => [game, verdict])
        ),
      [["wheel", "created"]]
    )
    assert.sameDeepMembers(
      near.of("games").map(({ game, newest }) => [game, newest]),
      [
        ["wheel", [{ slug: "wheel", version: 2 }]],
        ["scratch", [{ slug: "scratch", version: 2 }]]
      ]
    )
    const statuses = newestOf(near.of("tasks")).filter(({ id }) => id === task.body["id"])
    assert.deepInclude(statuses.at(-1), { kind: "truth-or-dare", status: "succeeded" })
    // No address, whoever follows.
    assert.notInclude(JSON.stringify(near.events), "nora")

    // A page is a part of its game.
    const seen = near.of("games").length
    assert.strictEqual((yield* send("PUT", "/api/v1/games/wheel/page/settings", { mechanic: "memory" })).status, 200)
    yield* near.until("the page's change is heard", () => near.of("games").length > seen)
    assert.deepInclude(near.of("games").at(-1), { game: "wheel", newest: [{ slug: "wheel", version: 2 }] })

    // The other process learns that it is heard, and tells in detail from then on.
    const before = far.of("plays").length
    yield* Service.until(
      "a play is heard far away",
      Effect.map(
        Effect.promise(() => client.play(two.base, "wheel", { email: "ada@shop.example" })),
        () => (far.of("plays").length > before ? true : undefined)
      )
    )
    const last = far.of("plays").at(-1)!
    assert.strictEqual(last["game"], "wheel")
    const [item] = newestOf([last])
    assert.hasAllKeys(item, ["id", "playedAt", "number", "contact"])
    assert.deepInclude(
      (yield* Effect.promise(() => client.get(two.base, `/api/v1/plays/${String(item!["id"])}`))).body,
      { plays: item!["number"], playedAt: item!["playedAt"] }
    )
    for (const { data, event } of ofScratch.events) {
      assert.include(["refresh", "plays", "games"], event)
      if (event !== "refresh") assert.strictEqual(data["game"], "scratch")
    }
  })
)

it.live("notifications come from a connection of their own, gathered, and only while somebody listens", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* addGame(url, "wheel")
    const { base } = yield* Service.start(url)
    const client = yield* Service.client(64)
    const play = (count: number, from: number) =>
      Effect.promise(() =>
        Promise.all(
          Array.from({ length: count }, (_, at) =>
            client.play(base, "wheel", { email: `player${from + at}@shop.example` })
          )
        )
      )

    // Like another process that listens, by the name of its connection.
    const watcher = yield* Effect.acquireRelease(
      Effect.promise(async () => {
        const connection = new pg.Client({ connectionString: Redacted.value(url) })
        await connection.connect()
        await connection.query(`listen ${channel}`)
        return connection
      }),
      (connection) => Effect.promise(() => connection.end())
    )
    const messages: Array<{ readonly processId: number; readonly text: string }> = []
    watcher.on("notification", ({ payload, processId }) => messages.push({ processId, text: payload ?? "" }))
    // It has no such name yet: nobody listens as far as the service knows, and nothing is told.
    yield* play(200, 0)
    yield* Effect.promise(() => watcher.query("select 1"))
    assert.deepStrictEqual(messages, [])

    yield* Effect.promise(() => watcher.query(`set application_name = '${connectionOf("watcher")}'`))
    // What was not told before is told as missed, once the service sees it.
    yield* Service.until(
      "the service has seen that somebody listens",
      Effect.map(play(1, 1000), () => (messages.length > 0 ? true : undefined))
    )
    const first = JSON.parse(messages[0]!.text) as { news: ReadonlyArray<unknown>; missed: ReadonlyArray<string> }
    assert.deepStrictEqual(first.news, [])
    assert.include(first.missed, "plays")
    const told = () =>
      messages
        .flatMap(({ text }) => (JSON.parse(text) as { news: ReadonlyArray<[string, string, number]> }).news)
        .reduce((sum, [topic, , count]) => sum + (topic === "plays" ? count : 0), 0)
    yield* Service.until(
      "it tells in detail",
      Effect.map(play(1, 2000), () => (told() > 0 ? true : undefined))
    )
    messages.length = 0
    const plays = 500
    yield* play(plays, 3000)
    yield* Service.untilTrue("all of them are told", () => told() >= plays)
    // Many plays a message, and each counted once; a last one from above may be among them.
    assert.isAtMost(told(), plays + 40)
    assert.isBelow(messages.length, plays / 5)
    const senders = yield* query(
      url,
      (sql) => sql<{ pid: number; name: string }>`select pid, application_name as name from pg_stat_activity`
    )
    const names = new Map(senders.map(({ name, pid }) => [pid, name]))
    // The plays' own connections have other names.
    assert.deepStrictEqual(
      [...new Set(messages.map(({ processId }) => names.get(processId)))],
      ["fairground-background"]
    )
  })
)

it.live("each topic needs its permission, by name, and what there is not is refused in words", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const { base } = yield* Service.start(url, {
      EVENT_STREAMS_ACCOUNT: "2",
      EVENT_STREAMS: "3",
      MODULES: "statistics"
    })
    const client = yield* Service.client(4)
    const send = (query: string, headers: Record<string, string>) =>
      Effect.map(
        Effect.promise(() => client.send(base, "GET", `${path}${query}`, undefined, headers)),
        ({ body, status }) => [status, String(body["type"]).replace("/problems/", ""), body["permission"]]
      )
    const viewer = yield* query(url, () => keyFor("viewer"))
    const narrow = yield* query(url, () => keyFor("owner", ["games:read"]))
    assert.deepStrictEqual(yield* send("?topics=plays", {}), [401, "not-signed-in", undefined])
    assert.deepStrictEqual(yield* send("?topics=plays,contacts", viewer.headers), [
      403,
      "not-permitted",
      "contacts:read"
    ])
    assert.deepStrictEqual(yield* send("?topics=games,plays", narrow.headers), [403, "not-permitted", "plays:read"])
    for (const query of ["", "?topics=", "?topics=plays,mails", "?topics=plays&game=No%20Game", "?topics=tasks"]) {
      const [status, type] = yield* send(query, viewer.headers)
      assert.deepStrictEqual([query, status, type], [query, 400, "validation-failed"])
    }

    // As many streams as an account may have, and as many as there may be.
    const first = yield* Effect.scoped(
      Effect.gen(function* () {
        yield* follow(base, `${path}?topics=plays`, viewer.headers)
        yield* follow(base, `${path}?topics=%20games%20,plays,games`, viewer.headers)
        const refused = yield* send("?topics=plays", viewer.headers)
        yield* follow(base, `${path}?topics=games`, narrow.headers)
        return [refused, yield* send("?topics=games", narrow.headers)]
      })
    )
    assert.deepStrictEqual(first, [
      [429, "too-many-requests", undefined],
      [503, "overloaded", undefined]
    ])
    // Who leaves makes room.
    yield* Service.until(
      "there is room again",
      Effect.scoped(
        Effect.map(follow(base, `${path}?topics=plays`, viewer.headers), (stream) =>
          stream.status() === 200 ? true : undefined
        )
      )
    )
  })
)

it.live("a stream ends with the session, the key, a right of it, and the service", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    // One process serves the streams, and the other one takes the rights away.
    const [one, two] = yield* Effect.all([Service.start(url), Service.start(url, { SHUTDOWN_DRAIN: "1 minute" })], {
      concurrency: 2
    })
    const client = yield* Service.client(4)
    const owner = yield* query(url, () => sessionFor("owner"))
    const [session, key] = yield* query(url, () => Effect.all([sessionFor("viewer"), keyFor("editor")]))
    const send = (
      method: string,
      to: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = owner.headers
    ) =>
      Effect.map(
        Effect.promise(() => client.send(two.base, method, to, body, headers)),
        (answer) => {
          assert.isBelow(answer.status, 300, `${method} ${to} ${JSON.stringify(answer.body)}`)
          return answer
        }
      )

    const bySession = yield* follow(one.base, `${path}?topics=plays,games`, session.headers)
    const byKey = yield* follow(one.base, `${path}?topics=contacts`, key.headers)
    const games = yield* follow(one.base, `${path}?topics=games`, key.headers)
    const owners = yield* follow(two.base, `${path}?topics=games`, owner.headers)

    // A viewer may see games, and no contacts.
    yield* send("PATCH", `/api/v1/accounts/${key.accountId}`, { role: "viewer" })
    assert.deepStrictEqual(yield* byKey.ended, { event: "end", data: { reason: "not-permitted" } })
    assert.isFalse(games.isOver())
    yield* send("DELETE", `/api/v1/api-keys/${key.id}`)
    assert.deepStrictEqual(yield* games.ended, { event: "end", data: { reason: "signed-out" } })
    assert.isFalse(bySession.isOver())
    yield* send("DELETE", "/api/v1/session", undefined, session.headers)
    assert.deepStrictEqual(yield* bySession.ended, { event: "end", data: { reason: "signed-out" } })

    // Whoever takes rights away behind the service's back is noticed too.
    const other = yield* query(url, () => sessionFor("viewer"))
    const quiet = yield* follow(one.base, `${path}?topics=plays`, other.headers)
    yield* query(url, (sql) => sql`update account set disabled_at = now() where id = ${other.accountId}`)
    assert.deepStrictEqual(yield* quiet.ended, { event: "end", data: { reason: "signed-out" } })

    // While it is drained it serves, but streams go elsewhere.
    assert.isFalse(owners.isOver())
    two.signal("SIGTERM")
    assert.deepStrictEqual(yield* owners.ended, { event: "end", data: { reason: "stopping" } })
    assert.strictEqual((yield* send("GET", "/api/v1/games")).status, 200)
    const here = yield* follow(one.base, `${path}?topics=games`, owner.headers)
    one.signal("SIGTERM")
    assert.deepStrictEqual(yield* here.ended, { event: "end", data: { reason: "stopping" } })
    assert.strictEqual(yield* Effect.promise(() => one.exited), 0)
  })
)

it.live("the database cuts all connections: the streams go on, and say that something may be missing", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    yield* addGame(url, "wheel")
    const [one, two] = yield* Effect.all([Service.start(url), Service.start(url)], { concurrency: 2 })
    const client = yield* Service.client(4)
    const key = yield* query(url, () => keyFor("viewer"))
    const stream = yield* follow(one.base, `${path}?topics=plays`, key.headers)
    const missed = () => stream.of("refresh").filter(({ reason }) => reason === "missed").length
    yield* stream.until("it listens", () => missed() > 0)
    const before = missed()
    yield* query(
      url,
      (sql) => sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name like 'fairground%'`
    )
    yield* stream.until("it listens again", () => missed() > before)
    assert.isFalse(stream.isOver())
    // The other process sees soon that it is heard again.
    yield* Service.until(
      "a play of the other process is heard",
      Effect.map(
        Effect.promise(() => client.play(two.base, "wheel", { email: "nora@shop.example" })),
        () => (stream.of("plays").length > 0 ? true : undefined)
      )
    )
  })
)
