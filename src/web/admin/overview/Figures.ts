import type { PlaysStatistics, VerdictTimes } from "../../../statistics/Statistic.ts"

export type Statistics = PlaysStatistics
export type Day = PlaysStatistics["periods"][number]

const sum = (days: ReadonlyArray<Day>, of: (day: Day) => number) => days.reduce((total, day) => total + of(day), 0)

const sums = (days: ReadonlyArray<Day>) => ({
  plays: sum(days, ({ plays }) => plays),
  newPlayers: sum(days, ({ newPlayers }) => newPlayers),
  contacts: {
    asked: sum(days, ({ contacts }) => contacts.asked),
    existed: sum(days, ({ contacts }) => contacts.existed),
    created: sum(days, ({ contacts }) => contacts.created),
    rejected: sum(days, ({ contacts }) => contacts.rejected),
    unknown: sum(days, ({ contacts }) => contacts.unknown)
  }
})

/** One answer holds the time that is shown and the one before it: the days before `firstDay` are those of the time before. */
export const compare = ({ periods }: Statistics, firstDay: string) => {
  const shown = periods.filter(({ name }) => name >= firstDay)
  return { periods: shown, current: sums(shown), before: sums(periods.filter(({ name }) => name < firstDay)) }
}

/**
 * Within how many seconds 95 of 100 verdicts came: the bound that the service counts by. Null: there were no verdicts, or they took
 * longer than the longest bound.
 */
export const p95Of = ({ settled, times }: VerdictTimes): number | null => {
  let left = Math.ceil(settled * 0.95)
  if (left === 0) return null
  for (const { contacts, upToSeconds } of times) {
    left -= contacts
    if (left <= 0) return upToSeconds
  }
  return null
}

/** The change of a value against the one before; undefined: there was nothing to compare with. */
export const changeOf = (now: number | undefined, before: number | undefined): number | undefined =>
  now === undefined || before === undefined || before === 0 ? undefined : (now - before) / before
