import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { calendarOf, dayIn, periodsOf, type Unit, units } from "../../src/statistics/Calendar.ts"
import { quarterAt, startOf } from "../../src/statistics/Quarter.ts"

const at = (moment: string) => quarterAt(Date.parse(moment))
const written = (quarter: number) => new Date(startOf(quarter)).toISOString().slice(0, 16)

const periods = (timeZone: string, unit: Unit, from: string, to: string) =>
  periodsOf(calendarOf(timeZone), unit, at(from), at(to), 1000)!.map((period) => [
    written(period.first),
    period.end - period.first,
    calendarOf(timeZone).nameOf(unit, period)
  ])

/** The date and the time on the clocks of a zone, by the runtime's own formatter and quarter for quarter. */
const clocksOf = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "short",
    hourCycle: "h23"
  })
  return (quarter: number) => {
    const [date, time] = format.format(startOf(quarter)).split(", ")
    return { date: date!, hour: time!.slice(0, 2) }
  }
}

/** Days as a person would find them: one begins with the first quarter whose date is later than all before. */
const daysByHand = (timeZone: string, first: number, end: number) => {
  const clocks = clocksOf(timeZone)
  const starts: Array<number> = []
  let latest = clocks(first).date
  for (let quarter = first; quarter < end; quarter++) {
    const { date } = clocks(quarter)
    if (date <= latest) continue
    latest = date
    starts.push(quarter)
  }
  return starts
}

const zones = [
  "UTC",
  "Europe/Prague",
  "America/New_York",
  "America/St_Johns",
  "Asia/Kolkata",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "Pacific/Kiritimati",
  "Africa/Casablanca",
  "America/Havana",
  "America/Santiago",
  "Asia/Beirut",
  "Atlantic/Azores",
  "Etc/GMT+12"
]

describe("calendars", () => {
  it("a day has 23 hours when clocks go forward and 25 when they go back", () => {
    assert.deepStrictEqual(periods("Europe/Prague", "day", "2026-03-28T12:00Z", "2026-03-30T12:00Z"), [
      ["2026-03-27T23:00", 96, "2026-03-28"],
      ["2026-03-28T23:00", 92, "2026-03-29"],
      ["2026-03-29T22:00", 96, "2026-03-30"]
    ])
    assert.deepStrictEqual(periods("Europe/Prague", "day", "2026-10-25T12:00Z", "2026-10-25T12:15Z"), [
      ["2026-10-24T22:00", 100, "2026-10-25"]
    ])
  })

  it("the hour that comes twice is two hours, with different names", () => {
    assert.deepStrictEqual(periods("Europe/Prague", "hour", "2026-10-24T23:30Z", "2026-10-25T02:00Z"), [
      ["2026-10-24T23:00", 4, "2026-10-25T01:00+02:00"],
      ["2026-10-25T00:00", 4, "2026-10-25T02:00+02:00"],
      ["2026-10-25T01:00", 4, "2026-10-25T02:00+01:00"]
    ])
  })

  it("where clocks change by half an hour, an hour is cut at the change", () => {
    assert.deepStrictEqual(periods("Australia/Lord_Howe", "hour", "2026-04-04T14:00Z", "2026-04-04T16:30Z"), [
      ["2026-04-04T14:00", 4, "2026-04-05T01:00+11:00"],
      ["2026-04-04T15:00", 2, "2026-04-05T01:30+10:30"],
      ["2026-04-04T15:30", 4, "2026-04-05T02:00+10:30"]
    ])
    assert.deepStrictEqual(periods("Asia/Kathmandu", "hour", "2026-01-01T00:00Z", "2026-01-01T00:30Z"), [
      ["2025-12-31T23:15", 4, "2026-01-01T05:00+05:45"],
      ["2026-01-01T00:15", 4, "2026-01-01T06:00+05:45"]
    ])
  })

  it("weeks are those of ISO 8601, over the turn of the year and of the clocks", () => {
    assert.deepStrictEqual(periods("Europe/Prague", "week", "2026-12-31T12:00Z", "2027-01-04T12:00Z"), [
      ["2026-12-27T23:00", 672, "2026-W53"],
      ["2027-01-03T23:00", 672, "2027-W01"]
    ])
    assert.deepStrictEqual(periods("America/New_York", "week", "2026-11-01T12:00Z", "2026-11-01T12:15Z"), [
      ["2026-10-26T04:00", 676, "2026-W44"]
    ])
  })

  it("a day that a zone skipped has no time, and the next one begins when the clocks jumped", () => {
    const apia = calendarOf("Pacific/Apia")
    assert.strictEqual(apia.startOfDay(dayIn("2011-12-30")), apia.startOfDay(dayIn("2011-12-31")))
    assert.deepStrictEqual(periods("Pacific/Apia", "day", "2011-12-30T00:00Z", "2011-12-30T12:00Z"), [
      ["2011-12-29T10:00", 96, "2011-12-29"],
      ["2011-12-30T10:00", 96, "2011-12-31"]
    ])
  })

  it("too many periods are none", () => {
    const utc = calendarOf("UTC")
    assert.lengthOf(periodsOf(utc, "hour", 0, 40, 10)!, 10)
    assert.isUndefined(periodsOf(utc, "hour", 0, 41, 10))
    assert.deepStrictEqual(periodsOf(utc, "day", 5, 5, 10), [])
  })

  it("in every zone and at any time, days begin where a person who looks at each quarter sees a new date", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at("2012-01-15T00:00Z"), max: at("2037-01-01T00:00Z") }),
        (timeZone, around) => {
          const calendar = calendarOf(timeZone)
          const starts = daysByHand(timeZone, around - 300, around + 300)
          for (let at = 1; at < starts.length; at++) {
            for (const quarter of [starts[at - 1]!, starts[at]! - 1]) {
              const day = calendar.periodOf("day", quarter)
              assert.deepStrictEqual(
                day,
                { first: starts[at - 1]!, end: starts[at]! },
                `${timeZone} ${written(quarter)}`
              )
            }
          }
        }
      ),
      { numRuns: 60 }
    )
  })

  it("at every change of the clocks of a zone too", () => {
    for (const timeZone of zones) {
      const calendar = calendarOf(timeZone)
      const starts = daysByHand(timeZone, at("2025-12-25T00:00Z"), at("2027-01-10T00:00Z"))
      for (let at = 1; at < starts.length; at++) {
        const found = calendar.periodOf("day", starts[at - 1]!)
        assert.deepStrictEqual(found, { first: starts[at - 1]!, end: starts[at]! }, timeZone)
      }
    }
  })

  it("periods follow each other without a gap, hold whom they are asked for, and hours make days and days make weeks", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: at("2012-01-15T00:00Z"), max: at("2037-01-01T00:00Z") }),
        (timeZone, quarter) => {
          const calendar = calendarOf(timeZone)
          for (const unit of units) {
            const period = calendar.periodOf(unit, quarter)
            assert.isTrue(period.first <= quarter && quarter < period.end)
            assert.deepStrictEqual(calendar.periodOf(unit, period.first), period)
            assert.deepStrictEqual(calendar.periodOf(unit, period.end - 1), period)
            assert.strictEqual(calendar.periodOf(unit, period.end).first, period.end)
          }
          const week = calendar.periodOf("week", quarter)
          for (const unit of ["hour", "day"] as const) {
            const parts = periodsOf(calendar, unit, week.first, week.end, 1000)!
            assert.strictEqual(parts[0]!.first, week.first)
            assert.strictEqual(parts.at(-1)!.end, week.end)
            assert.isTrue(unit === "hour" || parts.length === 7)
            const names = parts.map((period) => calendar.nameOf(unit, period))
            assert.deepStrictEqual(names, [...new Set(names)])
          }
          const clocks = clocksOf(timeZone)(quarter)
          const { first } = calendar.periodOf("hour", quarter)
          assert.deepStrictEqual(clocksOf(timeZone)(first), clocks)
        }
      ),
      { numRuns: 60 }
    )
  })
})
