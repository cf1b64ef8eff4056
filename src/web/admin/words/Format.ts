import { fill, type Plural } from "./Words.ts"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const steps = [
  ["year", 365 * day],
  ["month", 30 * day],
  ["day", day],
  ["hour", hour],
  ["minute", minute]
] as const

/** Numbers, moments and plurals in one language. Moments are shown in `timeZone`; left out, in that of the browser. */
export const makeFormat = (language: string, timeZone?: string) => {
  const zone = timeZone === undefined ? {} : { timeZone }
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 2 })
  const short = new Intl.NumberFormat(language, { notation: "compact", maximumFractionDigits: 1 })
  const share = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 })
  const change = new Intl.NumberFormat(language, {
    style: "percent",
    maximumFractionDigits: 1,
    signDisplay: "exceptZero"
  })
  const seconds = new Intl.NumberFormat(language, { style: "unit", unit: "second", maximumFractionDigits: 2 })
  const millis = new Intl.NumberFormat(language, { style: "unit", unit: "millisecond", maximumFractionDigits: 0 })
  const moment = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short", ...zone })
  const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long", ...zone })
  const clock = new Intl.DateTimeFormat(language, { timeStyle: "medium", ...zone })
  const date = new Intl.DateTimeFormat(language, { dateStyle: "medium", ...zone })
  const monthDay = new Intl.DateTimeFormat(language, { month: "short", day: "numeric", timeZone: "UTC" })
  const fullDay = new Intl.DateTimeFormat(language, { dateStyle: "full", timeZone: "UTC" })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "long" })
  const list = new Intl.ListFormat(language)
  const cardinal = new Intl.PluralRules(language)
  return {
    language,
    /** 24,913 */
    number: (value: number) => whole.format(value),
    /** 24.9K, where there is little room. */
    short: (value: number) => short.format(value),
    /** 0.56 → 56% */
    percent: (value: number) => share.format(value),
    /** 0.354 → +35.4% */
    change: (value: number) => change.format(value),
    /** 0.412 → 412 ms; 1.5 → 1.5 sec */
    seconds: (value: number) => (value < 1 ? millis.format(value * 1000) : seconds.format(value)),
    /** Nov 18, 2026, 11:39 PM */
    moment: (at: number) => moment.format(at),
    /** The same with weekday, seconds and zone. */
    exact: (at: number) => exact.format(at),
    /** 11:39:05 PM, of a moment that is near. */
    clock: (at: number) => clock.format(at),
    /** Nov 18, 2026 */
    date: (at: number) => date.format(at),
    /** `2026-11-18` → Nov 18. The server names days in the game's zone, so no zone may shift them here. */
    dayName: (name: string) => monthDay.format(Date.parse(`${name}T00:00:00Z`)),
    /** `2026-11-18` → Wednesday, November 18, 2026 */
    dayFull: (name: string) => fullDay.format(Date.parse(`${name}T00:00:00Z`)),
    /** 3 hours ago */
    relative: (at: number, now: number) => {
      const away = at - now
      const step = steps.find(([, length]) => Math.abs(away) >= length)
      return step === undefined ? relative.format(0, "second") : relative.format(Math.trunc(away / step[1]), step[0])
    },
    /** Title, Closes, and Tags */
    list: (parts: ReadonlyArray<string>) => list.format(parts),
    /** The sentence for this count, with `{count}` and other values in it. */
    plural: (forms: Plural, count: number, values: Readonly<Record<string, string | number>> = {}) =>
      fill(forms[cardinal.select(count)] ?? forms.other, { count: whole.format(count), ...values })
  }
}

export type Format = ReturnType<typeof makeFormat>
