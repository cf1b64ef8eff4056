import { DateTime, Option } from "effect"
import { quarterAt, quartersInDay, quartersInHour, startOf } from "./Quarter.ts"

/** What statistics are shown by: hours, calendar days, or ISO weeks, which begin on Monday. */
export const units = ["hour", "day", "week"] as const
export type Unit = (typeof units)[number]

/** A time of whole quarters: from the first to the one before `end`. */
export interface Period {
  readonly first: number
  readonly end: number
}

/**
 * No zone is further behind or ahead of UTC, in quarters: −12 and +14 hours. Between the two moments that a local midnight can be at,
 * clocks change once at most.
 */
const behind = 12 * quartersInHour
const ahead = 14 * quartersInHour

/** The calendar of a time zone. Throws if there is no such zone. */
export interface Calendar {
  /** The hour, day or week that a quarter lies in. */
  readonly periodOf: (unit: Unit, quarter: number) => Period
  /** The first quarter of a calendar day, counted in days since 1970. A day that the zone skipped begins with the next one. */
  readonly startOfDay: (day: number) => number
  /** What people call the period: `2026-11-20T10:00+01:00`, `2026-11-20`, `2026-W47`. */
  readonly nameOf: (unit: Unit, period: Period) => string
}

const known = new Map<string, Calendar>()

/** More than there are zones. A zone has as many names as its letters can be written in, and a client may name any. */
const mostKnown = 1000

/** The calendar of an IANA time zone. */
export const calendarOf = (timeZone: string): Calendar => {
  const found = known.get(timeZone)
  if (found !== undefined) return found
  const made = make(timeZone)
  if (known.size >= mostKnown) known.clear()
  known.set(timeZone, made)
  return made
}

/** Quarters in four days: no zone changes its clocks twice in so short a time. */
const block = 4 * quartersInDay

/** A thousand weeks have 1750 blocks. */
const mostBlocks = 10_000

const make = (timeZone: string): Calendar => {
  const zone = Option.getOrThrow(DateTime.zoneFromString(timeZone))

  const lookUp = (quarter: number): number =>
    quarterAt(DateTime.zonedOffset(DateTime.setZone(DateTime.makeUnsafe(startOf(quarter)), zone)))

  // Looking an offset up takes some microseconds, and a year of days needs thousands. Null: the clocks change within the block.
  const blocks = new Map<number, number | null>()

  /** How far the clocks are ahead of UTC at the begin of a quarter, in quarters. */
  const offsetAt = (quarter: number): number => {
    const at = Math.floor(quarter / block)
    let offset = blocks.get(at)
    if (offset === undefined) {
      const first = lookUp(at * block)
      offset = first === lookUp((at + 1) * block) ? first : null
      if (blocks.size >= mostBlocks) blocks.clear()
      blocks.set(at, offset)
    }
    return offset ?? lookUp(quarter)
  }

  /** The first quarter after `before` with the new offset. Between the two the clocks change, and once. */
  const changeBetween = (before: number, after: number): number => {
    const old = offsetAt(before)
    let [low, high] = [before, after]
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (offsetAt(middle) === old) low = middle
      else high = middle
    }
    return high
  }

  // The first moment with this date on the clocks. Where clocks go back across midnight, the date comes twice, and the first counts;
  // where they skip midnight, the day begins when they go forward. So it is with limits per day (Days.ts).
  const startOfDay = (day: number): number => {
    const midnight = day * quartersInDay
    const before = midnight - ahead - quartersInHour
    const after = midnight + behind + quartersInHour
    const old = offsetAt(before)
    const next = offsetAt(after)
    if (old === next) return midnight - old
    const change = changeBetween(before, after)
    if (midnight - old < change) return midnight - old
    return Math.max(change, midnight - next)
  }

  const dayOf = (quarter: number): number => {
    let day = Math.floor((quarter + offsetAt(quarter)) / quartersInDay)
    while (startOfDay(day) > quarter) day--
    while (startOfDay(day + 1) <= quarter) day++
    return day
  }

  // An hour ends where the clocks show the next one, or change.
  const hourOf = (quarter: number): Period => {
    const offset = offsetAt(quarter)
    const local = quarter + offset
    const first = quarter - (((local % quartersInHour) + quartersInHour) % quartersInHour)
    const end = first + quartersInHour
    return {
      first: offsetAt(first) === offset ? first : changeBetween(first, quarter),
      end: offsetAt(end) === offset ? end : changeBetween(quarter, end)
    }
  }

  const periodOf = (unit: Unit, quarter: number): Period => {
    if (unit === "hour") return hourOf(quarter)
    const day = dayOf(quarter)
    if (unit === "day") return { first: startOfDay(day), end: startOfDay(day + 1) }
    const monday = mondayOf(day)
    return { first: startOfDay(monday), end: startOfDay(monday + 7) }
  }

  const nameOf = (unit: Unit, { first }: Period): string => {
    const offset = offsetAt(first)
    if (unit === "hour") return `${new Date(startOf(first + offset)).toISOString().slice(0, 16)}${written(offset)}`
    const day = dayOf(first)
    return unit === "day" ? dateOf(day).toISOString().slice(0, 10) : weekNameOf(day)
  }

  return { periodOf, startOfDay, nameOf }
}

const dateOf = (day: number) => new Date(startOf(day * quartersInDay))

/** 1970 began on a Thursday. */
const mondayOf = (day: number) => day - ((((day + 3) % 7) + 7) % 7)

/** ISO 8601: a week belongs to the year of its Thursday, and week 1 holds the first Thursday. */
const weekNameOf = (day: number): string => {
  const thursday = dateOf(mondayOf(day) + 3)
  const year = thursday.getUTCFullYear()
  const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * 86_400_000))
  return `${String(year).padStart(4, "0")}-W${String(week).padStart(2, "0")}`
}

const written = (offset: number): string => {
  const minutes = Math.abs(offset) * 15
  const two = (number: number) => String(number).padStart(2, "0")
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/**
 * The hours, days or weeks from the one that holds `first` to the one that holds the quarter before `end`. Undefined: there are more
 * than `most`.
 */
export const periodsOf = (
  calendar: Calendar,
  unit: Unit,
  first: number,
  end: number,
  most: number
): ReadonlyArray<Period> | undefined => {
  const periods: Array<Period> = []
  for (let quarter = first; quarter < end;) {
    if (periods.length === most) return undefined
    const period = calendar.periodOf(unit, quarter)
    periods.push(period)
    quarter = period.end
  }
  return periods
}

/** The day in text such as `2026-11-20`, counted in days since 1970. */
export const dayIn = (text: string): number => quarterAt(Date.parse(`${text}T00:00:00Z`)) / quartersInDay
