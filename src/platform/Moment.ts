import { DateTime, Option, Schema, SchemaTransformation } from "effect"

/** RFC 3339: a date, a time to the second or finer, and an offset. Neither 24:00 nor a leap second: nothing here can hold one. */
const written =
  /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/u

/** The same without an offset, where it is known which clock is meant. Seconds may be left out. */
const onTheWall = /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/u

/** JavaScript takes 30 February for 2 March, and knows a year 0, which no calendar and no `timestamptz` has. */
const isOfCalendar = (text: string): boolean => {
  const date = text.slice(0, 10)
  const day = new Date(`${date}T00:00:00Z`)
  return !date.startsWith("0000") && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date)
}

const first = Date.parse("0001-01-01T00:00:00Z")
const last = Date.parse("9999-12-31T23:59:59.999Z")

/** An offset takes the ends of the first year and the last out of the years that can be written again. */
const isWithin = (millis: number): boolean => millis >= first && millis <= last

const read = (text: string): Option.Option<number> =>
  Option.filter(Option.some(Date.parse(text.toUpperCase())), isWithin)

/** What `parse` takes, in words. */
export const allowed = "a moment with its zone, such as 2026-12-01T08:00:00Z or 2026-12-01T09:00:00+01:00"

/** What `parseIn` takes beside that, in words. */
export const allowedIn = `${allowed}, or without one, such as 2026-12-01T09:00`

/**
 * The moment that a text means, by RFC 3339 alone, in the years 1 to 9999, to the millisecond. What JavaScript takes for a date
 * beside that is mostly a mistake: `5` is one of 2001, and `1.12.2027` is in January.
 */
export const parse = (text: string): Option.Option<DateTime.Utc> =>
  written.test(text) && isOfCalendar(text) ? Option.map(read(text), DateTime.makeUnsafe) : Option.none()

/**
 * The same, or a time on the clocks of a zone. Where they go forward, a time that they skip is as much later as they skip; where
 * they go back, a time that they show twice is the first of the two (RFC 5545).
 */
export const parseIn = (text: string, timeZone: string): Option.Option<DateTime.Utc> => {
  if (!onTheWall.test(text)) return parse(text)
  if (!isOfCalendar(text)) return Option.none()
  return read(`${text}Z`).pipe(
    Option.flatMap((millis) => DateTime.makeZoned(millis, { timeZone, adjustForTimeZone: true })),
    Option.map(DateTime.toUtc),
    Option.filter(({ epochMilliseconds }) => isWithin(epochMilliseconds))
  )
}

/** A moment in what a client sends. */
export const fromClient = (description: string, example: string) =>
  Schema.String.check(Schema.isPattern(written, { expected: allowed }).abort())
    // Before the last check, which JSON Schema cannot say: with it they would be left out.
    .annotate({ description, format: "date-time", examples: [example] })
    .check(
      Schema.makeFilter(
        (text: string) => Option.isSome(parse(text)) || "Expected a day that there is, in the years 0001 to 9999"
      )
    )
    .pipe(
      Schema.decodeTo(
        Schema.DateTimeUtc,
        SchemaTransformation.transform({
          decode: (text) => Option.getOrThrow(parse(text)),
          encode: DateTime.formatIso
        })
      )
    )
