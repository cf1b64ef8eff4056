import { day, type Raw } from "../Search.ts"

/** The last days with today, or days of one's own, both included. */
export type PeriodChoice =
  | { readonly kind: "last"; readonly days: number }
  | { readonly kind: "own"; readonly from: string; readonly to: string }

export const presets = [7, 30, 90] as const

/** The period before is asked for with it, and one answer has at most 1,000 days. */
export const mostDays = 400

const dayMillis = 86_400_000

/** `2026-11-20` and 3 → `2026-11-23` */
export const addDays = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMillis).toISOString().slice(0, 10)

/** Days from the first to the last, both included. */
export const daysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(to) - Date.parse(from)) / dayMillis) + 1

/** The date that it is now in a time zone. */
export const todayIn = (timeZone: string, now: number = Date.now()): string => {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    numberingSystem: "latn",
    year: "numeric",
    month: "2-digit",
    day: "2-digit"
  }).formatToParts(now)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ""
  return `${part("year").padStart(4, "0")}-${part("month")}-${part("day")}`
}

/** The choice that the address holds; 30 days where it holds none. */
export const readPeriod = (raw: Raw): PeriodChoice => {
  const from = day(raw["from"])
  const to = day(raw["to"])
  if (from !== undefined && to !== undefined) {
    const days = daysBetween(from, to)
    if (days >= 1 && days <= mostDays) return { kind: "own", from, to }
  }
  const days = presets.find((one) => String(one) === raw["days"])
  return { kind: "last", days: days ?? 30 }
}

/** What the address holds for a choice. */
export const writePeriod = (choice: PeriodChoice): { days?: string; from?: string; to?: string } =>
  choice.kind === "own" ? { from: choice.from, to: choice.to } : choice.days === 30 ? {} : { days: String(choice.days) }

/** The first and the last day of a choice, and the first day of as many days before it. */
export const daysOf = (choice: PeriodChoice, timeZone: string, now?: number) => {
  const to = choice.kind === "own" ? choice.to : todayIn(timeZone, now)
  const from = choice.kind === "own" ? choice.from : addDays(to, 1 - choice.days)
  const days = daysBetween(from, to)
  return { from, to, days, before: addDays(from, -days) }
}
