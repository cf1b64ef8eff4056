import { assert, it } from "@effect/vitest"
import { Clock, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as DatabaseClock from "../../../src/platform/postgres/DatabaseClock.ts"
import { layerWith } from "../../support/Settings.ts"
import { Time } from "../../support/service/Recording.ts"
import * as TestDatabase from "../../support/TestDatabase.ts"

const databaseTime = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ millis: number }>`select (extract(epoch from clock_timestamp()) * 1000)::float8 as millis`
  return row!.millis
})

it.live("the time is the database's, wherever the machine's own clock stands or jumps to", () =>
  Effect.gen(function* () {
    // The time begins in the past.
    const time = yield* Time
    const agrees = Effect.gen(function* () {
      const before = yield* databaseTime
      const now = yield* Clock.currentTimeMillis
      const after = yield* databaseTime
      // As long as a busy machine may pause.
      assert.isTrue(now > before - 10_000 && now < after + 10_000)
    })
    yield* agrees.pipe(
      Effect.andThen(Effect.sync(() => time.adjust("365 days"))),
      Effect.andThen(agrees),
      Effect.andThen(Effect.sync(() => time.set("2020-01-01T00:00:00Z"))),
      Effect.andThen(agrees),
      Effect.provide(DatabaseClock.layer)
    )
  }).pipe(Effect.provide(Layer.mergeAll(TestDatabase.layer, layerWith({})).pipe(Layer.provideMerge(Time.layer))))
)
