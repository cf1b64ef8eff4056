import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, Option, Schema } from "effect"
import * as fc from "fast-check"
import * as Moment from "../../../src/platform/contract/Moment.ts"

const iso = (moment: Option.Option<DateTime.Utc>) => Option.getOrNull(Option.map(moment, DateTime.formatIso))

/** Texts that nobody means or that cannot be stored. All are refused, even with a time zone. */
const refused = [
  "",
  " ",
  "5",
  "1",
  "-1",
  "soon",
  "now",
  "1.12.2027",
  "12/1/2027",
  "1 December 2027",
  "2027",
  "2027-12",
  "2027-12-01",
  "20271201T080000Z",
  "2027-335T08:00:00Z",
  "2027-W48-3T08:00:00Z",
  "2027-12-01 08:00:00Z",
  " 2027-12-01T08:00:00Z",
  "2027-12-01T08:00:00Z\n",
  "2027-12-01T08:00:00 Z",
  "2027-12-01T08Z",
  "2027-12-01T08:00Z",
  "2027-12-01T8:00:00Z",
  "2027-12-01T08:00:00,5Z",
  "2027-12-01T08:00:00.Z",
  "2027-12-01T08:00:00.1234567890Z",
  "2027-12-01T08:00:00+0100",
  "2027-12-01T08:00:00+01",
  "2027-12-01T08:00:00+24:00",
  "2027-12-01T08:00:00+01:60",
  "2027-12-01T08:00:00 CET",
  "2027-12-01T08:00:00Z[Europe/Prague]",
  "2027-12-01T24:00:00Z",
  "2027-12-01T25:00:00Z",
  "2027-12-01T08:60:00Z",
  "2026-12-31T23:59:60Z",
  "2016-12-31T23:59:60Z",
  "2027-02-30T08:00:00Z",
  "2027-02-29T08:00:00Z",
  "1900-02-29T08:00:00Z",
  "2027-04-31T08:00:00Z",
  "2027-13-01T08:00:00Z",
  "2027-00-01T08:00:00Z",
  "2027-12-00T08:00:00Z",
  "0000-12-31T08:00:00Z",
  "0001-01-01T00:30:00+01:00",
  "9999-12-31T23:30:00-01:00",
  "9999-12-31T23:59:59.999-00:01",
  "+010000-01-01T00:00:00Z",
  "-271821-04-20T00:00:00Z",
  "٢٠٢٧-12-01T08:00:00Z"
]

const readings: ReadonlyArray<readonly [text: string, moment: string]> = [
  ["2027-12-01T08:00:00Z", "2027-12-01T08:00:00.000Z"],
  ["2027-12-01t08:00:00z", "2027-12-01T08:00:00.000Z"],
  ["2027-12-01T08:00:00.5+05:45", "2027-12-01T02:15:00.500Z"],
  ["2027-12-01T08:00:00.123456789-00:00", "2027-12-01T08:00:00.123Z"],
  ["2028-02-29T23:59:59-23:59", "2028-03-01T23:58:59.000Z"],
  ["2000-02-29T00:00:00+23:59", "2000-02-28T00:01:00.000Z"],
  ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
  ["9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"],
  ["9999-12-31T23:59:59.999999999+00:00", "9999-12-31T23:59:59.999Z"]
]

describe("the reading of moments", () => {
  it("RFC 3339 is read, and nothing else", () => {
    for (const [text, moment] of readings) assert.strictEqual(iso(Moment.parse(text)), moment, text)
    for (const text of [...refused, "2027-12-01T08:00:00", "2027-12-01T08:00"]) {
      assert.isNull(iso(Moment.parse(text)), text)
    }
  })

  it("with a zone at hand the same, and a time without an offset is one of the zone", () => {
    for (const [text, moment] of readings) assert.strictEqual(iso(Moment.parseIn(text, "Asia/Kathmandu")), moment, text)
    for (const text of [
      ...refused,
      "2027-02-30T08:00",
      "0000-12-31T23:00",
      "2027-12-01T24:00",
      "2027-12-01T08:00:60"
    ]) {
      assert.isNull(iso(Moment.parseIn(text, "America/New_York")), text)
    }
    for (const [zone, text, moment] of [
      ["UTC", "2027-12-01T08:00", "2027-12-01T08:00:00.000Z"],
      ["Europe/Prague", "2027-12-01T08:00", "2027-12-01T07:00:00.000Z"],
      ["Europe/Prague", "2027-07-01t08:00:30", "2027-07-01T06:00:30.000Z"],
      ["Asia/Kathmandu", "2027-12-01T08:00:00", "2027-12-01T02:15:00.000Z"],
      ["America/New_York", "2027-12-31T23:59:59", "2028-01-01T04:59:59.000Z"]
    ] as const) {
      assert.strictEqual(iso(Moment.parseIn(text, zone)), moment, `${text} in ${zone}`)
    }
    assert.isNull(iso(Moment.parseIn("9999-12-31T23:30", "America/New_York")))
    assert.isNull(iso(Moment.parseIn("0001-01-01T00:30", "Europe/Prague")))
  })

  it("a time that clocks skip is as much later, a time that they show twice is the first", () => {
    for (const [zone, text, moment] of [
      // A gap of one hour and the moments around it.
      ["Europe/Prague", "2027-03-28T01:59:59", "2027-03-28T00:59:59.000Z"],
      ["Europe/Prague", "2027-03-28T02:00", "2027-03-28T01:00:00.000Z"],
      ["Europe/Prague", "2027-03-28T02:30", "2027-03-28T01:30:00.000Z"],
      ["Europe/Prague", "2027-03-28T03:00", "2027-03-28T01:00:00.000Z"],
      ["Europe/Prague", "2027-10-31T02:00", "2027-10-31T00:00:00.000Z"],
      ["Europe/Prague", "2027-10-31T02:59:59", "2027-10-31T00:59:59.000Z"],
      ["Europe/Prague", "2027-10-31T03:00", "2027-10-31T02:00:00.000Z"],
      // At midnight: a day that does not begin at 0:00, and one that does so twice.
      ["America/Havana", "2027-03-14T00:00", "2027-03-14T05:00:00.000Z"],
      ["Atlantic/Azores", "2027-10-31T00:00", "2027-10-31T00:00:00.000Z"],
      // By half an hour, by two hours, and a day that did not exist.
      ["Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-02T15:45:00.000Z"],
      ["Antarctica/Troll", "2027-03-28T02:00", "2027-03-28T02:00:00.000Z"],
      ["Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00:00.000Z"]
    ] as const) {
      assert.strictEqual(iso(Moment.parseIn(text, zone)), moment, `${text} in ${zone}`)
    }
  })

  it.effect("a client is told what a moment is; what it hands in comes out the same", () =>
    Effect.gen(function* () {
      const schema = Moment.fromClient("When.", "2026-12-01T08:00:00Z")
      const decode = (text: string) => Schema.decodeUnknownEffect(schema)(text)
      for (const [text, moment] of readings) {
        const decoded = yield* decode(text)
        assert.strictEqual(DateTime.formatIso(decoded), moment)
        assert.strictEqual(yield* Schema.encodeEffect(schema)(decoded), moment)
      }
      for (const text of [...refused, "2027-12-01T08:00"]) {
        const { message } = yield* Effect.flip(decode(text))
        assert.match(
          message,
          /^Expected (?:a moment with its zone, such as 2026-12-01T08:00:00Z|a day that there is)/,
          text
        )
      }
    })
  )
})

/** The local time of a zone, computed only by the formatter. */
const clockOf = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("sv-SE", {
    timeZone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit"
  })
  return (millis: number) => format.format(millis).replace(" ", "T")
}

const clocks = new Map(Intl.supportedValuesOf("timeZone").map((zone) => [zone, clockOf(zone)]))
const hour = 3_600_000

describe("times of all zones, 1970 to 2100", () => {
  const zoned = fc.record({
    zone: fc.constantFrom(...clocks.keys()),
    at: fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1000 }).map((seconds) => seconds * 1000)
  })
  const meant = (text: string, zone: string) => Option.getOrThrow(Moment.parseIn(text, zone)).epochMilliseconds

  it("what the clocks show at a moment means that moment, or the first at which they show it", () => {
    fc.assert(
      fc.property(zoned, ({ at, zone }) => {
        const clock = clocks.get(zone)!
        const shown = clock(at)
        const moment = meant(shown, zone)
        assert.strictEqual(clock(moment), shown)
        assert.isAtMost(moment, at)
        // No earlier moment shows the same local time: clocks go back by a day at most.
        for (let before = moment - hour / 2; before >= moment - 24 * hour; before -= hour / 2) {
          assert.notStrictEqual(clock(before), shown)
        }
      }),
      { numRuns: 500 }
    )
  })

  it("in 2026: what the clocks of a zone skip is as much later, what they show twice is the first of the two", () => {
    const changes = [...clocks].flatMap(([zone, clock]) => {
      const wall = (millis: number) => Date.parse(`${clock(millis)}Z`)
      const days = Array.from({ length: 365 }, (_, day) => Date.UTC(2026, 0, 1 + day))
      return days.flatMap((day) => {
        const by = wall(day + 24 * hour) - wall(day) - 24 * hour
        if (by === 0) return []
        let [from, at] = [day, day + 24 * hour]
        while (at - from > 60_000) {
          const middle = from + Math.floor((at - from) / 120_000) * 60_000
          if (wall(middle) - wall(from) === middle - from) from = middle
          else at = middle
        }
        return [{ zone, at, by, shown: wall(at) }]
      })
    })
    assert.isAbove(changes.filter(({ by }) => by > 0).length, 50)
    assert.isAbove(changes.filter(({ by }) => by < 0).length, 50)
    for (const { at, by, shown, zone } of changes) {
      for (const into of [0, Math.abs(by) / 2, Math.abs(by) - 1000]) {
        const [text, moment] = by > 0 ? [shown - by + into, at + into] : [shown + into, at + by + into]
        const local = new Date(text).toISOString().slice(0, 19)
        assert.strictEqual(meant(local, zone), moment, `${local} in ${zone}`)
      }
    }
  })
})
