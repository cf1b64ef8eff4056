import { Clock, Effect, Layer, Metric, Schedule, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Settings } from "../settings/Settings.ts"
import { DatabaseError } from "./Sql.ts"
import { retryTransient } from "./Transient.ts"

const offset = Metric.gauge("fairground_clock_offset_seconds", {
  description: "How far this machine's clock is ahead of the database's, which is what counts"
})

/** Differences below this many milliseconds are left: the way to the database and back takes as long. */
const slack = 50

/** From here on the log tells of it. */
const tooFar = 2000

const decodeTime = Schema.decodeUnknownEffect(Schema.Tuple([Schema.Struct({ millis: Schema.Finite })]))

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const system = yield* Clock.Clock
  const { databaseDeadline } = yield* Settings
  const monotonic = () => Number(system.monotonicTimeNanosUnsafe()) / 1e6
  // The database's time when the machine's monotonic clock was at zero.
  let origin = 0
  let isKnown = false

  const read = sql`select (extract(epoch from clock_timestamp()) * 1000)::float8 as millis`.pipe(
    Effect.flatMap(decodeTime),
    Effect.catchTag("SchemaError", Effect.die)
  )

  const adjust = Effect.gen(function* () {
    const sent = monotonic()
    const [{ millis }] = yield* read
    const took = monotonic() - sent
    const found = millis - sent - took / 2
    if (!isKnown || Math.abs(found - origin) > slack + took) origin = found
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
      if (Math.abs(ahead) < tooFar || monotonic() - warnedAt < 60_000) return Effect.void
      warnedAt = monotonic()
      return warn(ahead)
    }),
    // Without the database the time goes on by the monotonic clock.
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
 * The database's time, as the clock of the whole process: what is stored, and what is decided over it, goes by one clock whatever
 * the machines' own say. It is asked at the start and every ten seconds, and goes on by the monotonic clock between, so that
 * an own clock that jumps changes nothing, and no statement has to ask. Times that never meet stored ones (rate limits, pauses) go
 * by it too. Not used: by `Database` and `Settings`, which are there before it.
 */
export const layer = Layer.effect(Clock.Clock, make).pipe(
  Layer.catchTag("DatabaseUnavailable", () =>
    Layer.effect(
      Clock.Clock,
      new DatabaseError({ message: "The database does not say what time it is. Does the server run?" })
    )
  )
)
