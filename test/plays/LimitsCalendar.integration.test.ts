import { assert, layer } from "@effect/vitest"
import { DateTime, Effect } from "effect"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"

// The last moment of each day, in UTC, and the length of the next day.
const days: ReadonlyArray<readonly [zone: string, end: string, hours: number, why: string]> = [
  ["UTC", "2026-11-20T23:59:59.999Z", 24, "no offset"],
  ["Asia/Kolkata", "2026-11-20T18:29:59.999Z", 24, "half an hour"],
  ["Asia/Kathmandu", "2026-11-20T18:14:59.999Z", 24, "three quarters of an hour"],
  ["Pacific/Kiritimati", "2026-11-20T09:59:59.999Z", 24, "14 hours ahead"],
  ["Pacific/Pago_Pago", "2026-11-20T10:59:59.999Z", 24, "11 hours behind"],
  ["Europe/Prague", "2026-03-28T22:59:59.999Z", 23, "the clocks go forward"],
  ["Europe/Prague", "2026-10-24T21:59:59.999Z", 25, "the clocks go back"],
  ["Africa/Cairo", "2026-04-23T21:59:59.999Z", 23, "the clocks go forward at midnight, which there is none of"],
  ["Atlantic/Azores", "2026-10-24T23:59:59.999Z", 25, "the clocks go back over midnight, which there are two of"],
  ["America/Havana", "2026-11-01T03:59:59.999Z", 25, "the same in the west"],
  [
    "America/Santiago",
    "2026-04-05T03:59:59.999Z",
    24,
    "the clocks go back at midnight, and it is the day before again"
  ],
  ["Australia/Lord_Howe", "2026-04-04T12:59:59.999Z", 24.5, "the clocks go back half an hour"],
  ["America/St_Johns", "2027-01-01T03:29:59.999Z", 24, "the year ends"]
]

layer(layerTime(), { excludeTestServices: true })("A limit per day", (it) => {
  for (const [timeZone, end, hours, why] of days) {
    it.effect(`${timeZone}, ${end}: ${why}`, () =>
      Effect.gen(function* () {
        const time = yield* Time
        const slug = yield* addGame({ timeZone, limit: { plays: 2, period: "day", windowSeconds: null } })
        const last = DateTime.makeUnsafe(end)
        const midnight = DateTime.add(last, { milliseconds: 1 })
        const play = Effect.result(record(slug, "day@shop.example"))
        const untilOf = (result: Effect.Success<typeof play>) =>
          result._tag === "Failure" && result.failure._tag === "PlayLimitReached"
            ? result.failure.nextPlayAt && DateTime.formatIso(result.failure.nextPlayAt)
            : result._tag

        time.set(DateTime.toEpochMillis(last) - 3_600_000)
        assert.strictEqual(untilOf(yield* play), "Success")
        time.set(DateTime.toEpochMillis(last))
        assert.strictEqual(untilOf(yield* play), "Success")
        assert.strictEqual(untilOf(yield* play), DateTime.formatIso(midnight), "the next day is when it may play again")

        time.adjust("1 millis")
        assert.strictEqual(untilOf(yield* play), "Success")
        assert.strictEqual(untilOf(yield* play), "Success")
        const next = DateTime.add(midnight, { minutes: hours * 60 })
        assert.strictEqual(untilOf(yield* play), DateTime.formatIso(next))

        time.set(DateTime.toEpochMillis(next) - 1)
        assert.strictEqual(untilOf(yield* play), DateTime.formatIso(next))
        time.adjust("1 millis")
        assert.deepInclude(yield* record(slug, "day@shop.example"), { plays: 5 })
      })
    )
  }

  it.effect("a week without plays, and the day is new", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const slug = yield* addGame({ limit: { plays: 1, period: "day", windowSeconds: null } })
      time.set("2027-02-01T12:00:00Z")
      yield* record(slug, "week@shop.example")
      time.adjust("7 days")
      yield* record(slug, "week@shop.example")
      const refused = yield* Effect.flip(record(slug, "week@shop.example"))
      assert.deepInclude(refused, {
        _tag: "PlayLimitReached",
        limit: { plays: 1, period: "day", windowSeconds: null },
        nextPlayAt: DateTime.makeUnsafe("2027-02-09T00:00:00Z")
      })
    })
  )
})
