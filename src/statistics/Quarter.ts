/**
 * Statistics count by quarters of an hour: whole quarters since 1970 in UTC. The offsets of all time zones are whole quarters (since
 * 1990 at least), so that hours, days and weeks of any zone consist of whole ones.
 */
const millisInQuarter = 900_000

export const quartersInHour = 4
export const quartersInDay = 96

/** The quarter that holds a moment, in milliseconds since 1970. */
export const quarterAt = (millis: number): number => Math.floor(millis / millisInQuarter)

/** The first quarter that begins at this moment or later. */
export const quarterFrom = (millis: number): number => Math.ceil(millis / millisInQuarter)

/** When a quarter begins, in milliseconds since 1970. */
export const startOf = (quarter: number): number => quarter * millisInQuarter
