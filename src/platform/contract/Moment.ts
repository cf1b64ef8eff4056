import { DateTime, Option, Schema, SchemaTransformation } from "effect"

/**
 * RFC 3339: a date, a time to the second or finer, and an offset. No 24:00 and no leap seconds: they cannot be stored.
 */
const written =
  /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/u

/** A local time without an offset, for a known time zone. The seconds are optional. */
const onTheWall = /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?$/u

/**
 * JavaScript takes 30 February for 2 March, and accepts the year 0, which neither the calendar nor `timestamptz` has.
 */
const isOfCalendar = (text: string): boolean => {
  const date = text.slice(0, 10)
  const day = new Date(`${date}T00:00:00Z`)
  return !date.startsWith("0000") && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date)
}

const first = Date.parse("0001-01-01T00:00:00Z")
const last = Date.parse("9999-12-31T23:59:59.999Z")

/** Milliseconds since 1970, in the years 1 to 9999: those before and after are no dates of PostgreSQL's or JavaScript's. For cursors. */
export const Millis = Schema.Int.check(Schema.isBetween({ minimum: first, maximum: last }))

/** In the first and the last year, an offset can lead to a moment whose year cannot be written. */
const isWithin = (millis: number): boolean => millis >= first && millis <= last

const read = (text: string): Option.Option<number> =>
  Option.filter(Option.some(Date.parse(text.toUpperCase())), isWithin)

/** What `parse` accepts, in words. */
export const allowed = "a moment with its zone, such as 2026-12-01T08:00:00Z or 2026-12-01T09:00:00+01:00"

/** What `parseIn` accepts, in words. */
export const allowedIn = `${allowed}, or without one, such as 2026-12-01T09:00`

/**
 * Parses a moment in RFC 3339 format, in the years 1 to 9999, to the millisecond. Other texts that JavaScript accepts
 * are mostly mistakes: it reads `5` as a day in 2001, and `1.12.2027` as one in January.
 */
export const parse = (text: string): Option.Option<DateTime.Utc> =>
  written.test(text) && isOfCalendar(text) ? Option.map(read(text), DateTime.makeUnsafe) : Option.none()

/**
 * Parses a moment, or a local time in a zone. A local time that is skipped when the clocks go forward moves forward by
 * the length of the gap. A local time that occurs twice when they go back means the first occurrence (RFC 5545).
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

/** ISO 8601 in UTC; null stays null. */
export const iso = (moment: DateTime.Utc | null): string | null => (moment === null ? null : DateTime.formatIso(moment))

/** A moment in a request. */
export const fromClient = (description: string, example: string) =>
  Schema.String.check(Schema.isPattern(written, { expected: allowed }).abort())
    // Before the last check, which JSON Schema cannot express: annotations after it are missing from the document.
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

/** A moment in an answer. */
export const toClient = (description: string, example: string) =>
  Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ description, format: "date-time", examples: [example] }))

/** A moment in an answer, or null. The description says what null means. */
export const toClientOrNull = (description: string, example: string) =>
  Schema.NullOr(
    Schema.DateTimeUtcFromString.pipe(Schema.annotateEncoded({ format: "date-time", examples: [example] }))
  ).annotate({ description })
