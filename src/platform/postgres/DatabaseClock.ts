import { Clock, Effect, Layer, Metric, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { monotonicMillisOf } from "../Monotonic.ts"
import { Settings } from "../settings/Settings.ts"
import { row } from "./Rows.ts"
import { DatabaseError } from "./Sql.ts"
import { retryTransient } from "./Transient.ts"

const offset = Metric.gauge("fairground_clock_offset_seconds", {
  description: "How far this machine's clock is ahead of the database's, which is what counts"
})

/** Differences of fewer milliseconds are ignored: a round trip to the database takes as long. */
const tolerance = 50

/** From this many milliseconds on, the log warns about the difference. */
const warnFrom = 2000

const asTime = row(Schema.Struct({ millis: Schema.Finite }))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const system = yield* Clock.Clock
  const { databaseDeadline } = yield* Settings
  const monotonic = () => monotonicMillisOf(system)
  // The database's time when the machine's monotonic clock was at zero.
  let origin = 0
  let isKnown = false

  const read = sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as millis`.pipe(asTime())

  const adjust = Effect.gen(function* () {
    const sent = monotonic()
    const { millis } = yield* read
    const took = monotonic() - sent
    const found = millis - sent - took / 2
    if (!isKnown || Math.abs(found - origin) > tolerance + took) origin = found
    isKnown = true
    const ahead = system.currentTimeMillisUnsafe() - now()
    yield* Metric.update(offset, ahead / 1000)
    return ahead
  })

  const now = () => origin + monotonic()
  yield* retryTransient(databaseDeadline)(adjust)

  const warn = (ahead: number) =>
    Effect.logWarning("This machine's clock differs from the database's, which is what counts", {
      seconds: Math.round(ahead / 100) / 10
    })
  let warnedAt = -Infinity
  yield* adjust.pipe(
    Effect.tap((ahead) => {
      if (Math.abs(ahead) < warnFrom || monotonic() - warnedAt < 60_000) return Effect.void
      warnedAt = monotonic()
      return warn(ahead)
    }),
    // Without the database, the time continues on the monotonic clock.
    Effect.ignore,
    Effect.repeat(Schedule.spaced("10 seconds")),
    Effect.forkScoped
  )

  const millis = () => Math.round(now())
  const nanos = () => BigInt(Math.round(now() * 1000)) * 1000n
  return Clock.Clock.of({
    currentTimeMillisUnsafe: millis,
    currentTimeMillis: Effect.sync(millis),
    currentTimeNanosUnsafe: nanos,
    currentTimeNanos: Effect.sync(nanos),
    monotonicTimeNanosUnsafe: () => system.monotonicTimeNanosUnsafe(),
    monotonicTimeNanos: system.monotonicTimeNanos,
    sleep: (duration) => system.sleep(duration)
  })
})

/**
 * The database's time as the clock of the whole process. Stored times and all decisions about them follow one clock, even if
 * the clocks of the machines disagree. It is read at the start and every ten seconds; in between, the monotonic clock
 * continues it. So a jump of the machine's clock changes nothing, and no statement has to read the time. Times that are never
 * compared with stored ones (rate limits, pauses) follow it too. `Database` and `Settings` do not: they are built earlier.
 */
export const layer = Layer.effect(Clock.Clock, make).pipe(
  Layer.catchTag("DatabaseUnavailable", () =>
    Layer.effect(
      Clock.Clock,
      new DatabaseError({ message: "The database does not say what time it is. Does the server run?" })
    )
  )
)
