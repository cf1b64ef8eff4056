import { DateTime } from "effect"
import type { Slug } from "../games/Game.ts"
import { calendarOf, type Period, type Unit } from "./Calendar.ts"
import * as Counts from "./Counts.ts"
import { startOf } from "./Quarter.ts"
import type { GameTotals } from "./Statistic.ts"
import type { InPeriod, Total } from "./StatisticsRepo.ts"

const added = ["plays", "players", "contacts", "existed", "created", "rejected"] as const

/** Counts that can be added up. `players` are plays that were their player's first in the game. */
export type Added = { readonly [name in (typeof added)[number]]: number }

export const addUp = (rows: ReadonlyArray<Added>): Added =>
  Object.fromEntries(added.map((name) => [name, rows.reduce((sum, row) => sum + row[name], 0)])) as unknown as Added

export interface Sum extends Added {
  readonly period: Period
  /** Different players; undefined: the sums do not tell. */
  readonly different: number | undefined
}

/**
 * The counts of one period of the zone that was asked for. They tell how many different players there were if each play was looked at when the period was the same hour,
 * day or week in the game's own zone. That is not so in a zone with other days, on the day on which the zone of the game changed, and
 * where plays were counted again.
 */
export const sumOf = (unit: Unit, asked: string, period: Period, rows: ReadonlyArray<InPeriod>): Sum => {
  const sum = addUp(rows)
  const timed = rows.filter(({ isWaiting, timeZone }) => {
    if (isWaiting || timeZone === asked) return true
    if (timeZone === null) return false
    const own = calendarOf(timeZone).periodOf(unit, period.first)
    return own.first === period.first && own.end === period.end
  })
  const timedPlays = timed.reduce((plays, row) => plays + row.timedPlays, 0)
  const different = timed.reduce((players, row) => players + row.timedPlayers, 0)
  return { ...sum, period, different: timedPlays === sum.plays ? different : undefined }
}

const rounded = (value: number) => Math.round(value * 100) / 100

const ratio = (plays: number, players: number) => (players === 0 ? null : rounded(plays / players))

/** A count of different players that was made from the plays. */
export interface Counted {
  readonly players: number
  readonly plays: number
  readonly countedAt: Date
}

/** The different players of a period, from its sums or else from such a count. */
export const playersOf = ({ different, plays }: Sum, counted: Counted | undefined) => {
  if (different !== undefined) {
    return { players: different, playersAsOf: null, playsPerPlayer: ratio(plays, different) }
  }
  if (counted === undefined) return { players: null, playersAsOf: null, playsPerPlayer: null }
  return {
    players: counted.players,
    playersAsOf: counted.plays === plays ? null : DateTime.fromDateUnsafe(counted.countedAt),
    playsPerPlayer: ratio(counted.plays, counted.players)
  }
}

/** Plays of new players for each play. */
export const newShareOf = ({ players, plays }: Added) => ratio(players, plays)

/**
 * The wait, in seconds, that this part of the contacts did not exceed, as far as the counts of `Counts.waits` tell: within a count,
 * waits are taken to lie evenly. Null: there are none. Waits beyond the last bound are taken for the bound.
 */
export const waitWithin = (waits: ReadonlyArray<number>, part: number): number | null => {
  const all = waits.reduce((sum, count) => sum + count, 0)
  if (all <= 0) return null
  let left = part * all
  let from = 0
  for (const [at, [, to]] of Counts.waits.entries()) {
    const count = waits[at] ?? 0
    if (left <= count && Number.isFinite(to)) return Math.round((from + (to - from) * (left / count)) * 1000) / 1000
    left -= count
    if (Number.isFinite(to)) from = to
  }
  return from
}

export const playsOf = ({ players, plays }: Added) => ({ plays, newPlayers: players, returningPlays: plays - players })

export const contactsOf = ({ contacts, created, existed, rejected }: Added) => ({
  asked: contacts,
  existed,
  created,
  rejected,
  unknown: contacts - existed - created - rejected
})

const none: Omit<Total, "gameId"> = { ...addUp([]), reached: [] }

export const totalsOf = (game: Slug | null, total: Total | undefined, isComplete: boolean): GameTotals => {
  const { reached, ...counts } = total ?? none
  return {
    game,
    plays: counts.plays,
    players: counts.players,
    returningPlays: counts.plays - counts.players,
    playsPerPlayer: ratio(counts.plays, counts.players),
    reached: [
      { plays: 1, players: counts.players },
      ...Counts.reaches.map((plays, at) => ({ plays, players: reached[at] ?? 0 }))
    ],
    contacts: contactsOf(counts),
    isComplete
  }
}

interface Refused {
  readonly reason: string
  readonly refusals: number
}

/** Refusals by reason, the most frequent first. */
export const reasonsOf = (refused: ReadonlyArray<Refused>) => {
  const reasons = [...Map.groupBy(refused, ({ reason }) => reason)].map(([reason, counts]) => ({
    reason,
    refusals: counts.reduce((sum, { refusals }) => sum + refusals, 0)
  }))
  return {
    refusals: reasons.reduce((sum, { refusals }) => sum + refusals, 0),
    reasons: reasons.toSorted((a, b) => b.refusals - a.refusals || (a.reason < b.reason ? -1 : 1))
  }
}

export const momentOf = (quarter: number) => DateTime.makeUnsafe(startOf(quarter))

export const momentsOf = ({ end, first }: Period) => ({ from: momentOf(first), to: momentOf(end) })
