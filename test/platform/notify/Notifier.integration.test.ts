import { assert, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Redacted } from "effect"
import * as Notifier from "../../../src/platform/notify/Notifier.ts"
import * as Sql from "../../../src/platform/postgres/Sql.ts"
import { Settings } from "../../../src/platform/settings/Settings.ts"
import { layerOf } from "../../../src/platform/settings/SettingsGroup.ts"
import { databaseProxy } from "../../support/esp/FaultProxy.ts"
import * as Service from "../../support/service/Service.ts"
import { query } from "../../support/service/Stored.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

/** A process of its own, as far as the notifier is concerned. */
const start = Effect.fnUntraced(function* (url: Redacted.Redacted<string>) {
  const env = { DATABASE_URL: Redacted.value(url) }
  const built = yield* Layer.build(
    Layer.fresh(
      Notifier.layer.pipe(
        Layer.provide(Sql.layerShared),
        Layer.provide(layerOf(Settings)),
        Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))
      )
    )
  )
  const notifier = Context.get(built, Notifier.Notifier)
  const heard: Array<Notifier.Heard> = []
  yield* notifier.hear((one) => heard.push(one))
  return {
    notifier,
    heard,
    news: () => heard.flatMap(({ news }) => news),
    missed: () => heard.flatMap(({ missed }) => missed ?? ["everything"]),
    tell: (item: string, topic = "plays") => notifier.tell(topic, () => [{ game: "wheel", item }])
  }
})

const listeners = (url: Redacted.Redacted<string>) =>
  Effect.map(
    query(
      url,
      (sql) =>
        sql`select 1 from pg_stat_activity where datname = current_database() and application_name like 'fairground-news%'`
    ),
    ({ length }) => length
  )

it.live(
  "a process hears its own topics and those of others, gathered, and has a connection for it only while it listens",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const [one, two] = [yield* start(url), yield* start(url)]
      one.tell("before")
      assert.strictEqual(yield* listeners(url), 0)

      one.notifier.want("plays", 1)
      assert.isTrue(one.notifier.isWanted("plays"))
      yield* Service.untilTrue("it listens", () => one.missed().includes("everything"))
      assert.strictEqual(yield* listeners(url), 1)
      // A thousand hand-overs in one go are one event, and what nobody wants is none.
      for (let at = 0; at < 1000; at++) {
        one.tell(`own ${at}`)
        one.tell("nothing", "tasks")
      }
      yield* Service.untilTrue("it has heard itself", () => one.news().length > 0)
      assert.lengthOf(one.news(), 1)
      assert.deepInclude(one.news()[0], { topic: "plays", game: "wheel", count: 1000 })
      assert.strictEqual(one.news()[0]?.newest.at(-1), "own 999")

      // The other process learns that it is heard; what it told before is missed.
      two.tell("unheard")
      yield* Service.untilTrue("the other one is heard of", () => one.missed().includes("plays"))
      for (let at = 0; at < 1000; at++) two.tell(`other ${at}`)
      yield* Service.untilTrue("the other one is heard", () => one.news().length > 1)
      assert.deepInclude(one.news()[1], { topic: "plays", game: "wheel", count: 1000 })
      assert.strictEqual(one.news()[1]?.newest.at(-1), "other 999")
      assert.deepStrictEqual(two.heard, [])
      // What is told to this process alone goes nowhere else.
      two.notifier.tellHere("plays", () => [{ game: "wheel", item: "here" }])
      two.notifier.miss("plays")
      const misses = one.missed().length
      yield* Service.untilTrue("it has missed something", () => one.missed().length > misses)
      assert.lengthOf(one.news(), 2)
      one.notifier.want("plays", -1)
      assert.isFalse(one.notifier.isWanted("plays"))
    })
)

it.live("what happens while the database is gone is told as missed once it is back, and nobody waits", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const { proxy, through } = yield* databaseProxy(url)
    const [near, cut] = [yield* start(url), yield* start(through)]
    near.notifier.want("plays", 1)
    yield* Service.untilTrue("it listens", () => near.missed().length > 0)
    cut.tell("first")
    yield* Service.untilTrue("it is heard of", () => near.missed().includes("plays"))
    cut.tell("second")
    yield* Service.untilTrue("it is heard", () => near.news().length === 1)

    near.heard.length = 0
    yield* proxy.set("reset")
    const received = proxy.received()
    for (let at = 0; at < 1000; at++) cut.tell("lost")
    yield* Service.untilTrue("it has tried to tell it", () => proxy.received() > received)
    yield* proxy.set("pass")
    cut.tell("found")
    yield* Service.untilTrue("it is told as missed", () => near.missed().includes("plays"))
    assert.deepStrictEqual(near.news(), [])
  })
)

it.live("what is told last is told before the process ends", () =>
  Effect.gen(function* () {
    const url = yield* TestDatabase.makeUrl
    const near = yield* start(url)
    near.notifier.want("games", 1)
    yield* Service.untilTrue("it listens", () => near.missed().length > 0)
    near.heard.length = 0
    yield* Effect.scoped(Effect.map(start(url), (command) => command.tell("closed", "games")))
    yield* Service.untilTrue("it is told", () => near.missed().includes("games"))
  })
)
