import { greatestUuidAt, leastUuidAt } from "../../platform/Ids.ts"
import type { PlayerPlaysPlace } from "./PlayDetails.ts"
import type { Range } from "./PlaysListRepo.ts"

/** What an entry tells of where its plays are. */
export interface EntryTimes {
  readonly plays: number
  readonly firstPlayedAt: Date
  readonly lastSeenAt: Date
}

/**
 * By how much a play may be older than its entry, in milliseconds: another replica may store a later play first. The difference is a
 * few seconds at most, unless a clock was wrong.
 */
const outOfOrder = 60_000

/** Exactly the moment of an entry's first play, which is the one that made the entry. */
const firstOf = ({ firstPlayedAt }: EntryTimes): Range => ({
  after: leastUuidAt(firstPlayedAt.getTime()),
  before: greatestUuidAt(firstPlayedAt.getTime())
})

const wholeOf = (entry: EntryTimes): Range =>
  entry.plays === 1
    ? firstOf(entry)
    : {
        after: leastUuidAt(entry.firstPlayedAt.getTime() - outOfOrder),
        before: greatestUuidAt(entry.lastSeenAt.getTime())
      }

/**
 * The newest range of ids below a place in which plays of a player with these entries can be; undefined: none are left. If as many
 * plays are left as entries whose first play is below the place, they are these first plays, and nothing between them need be read.
 */
export const placesOf = (entries: ReadonlyArray<EntryTimes>, { id, left }: PlayerPlaysPlace): Range | undefined => {
  if (left === 0) return undefined
  const firsts = entries.map(firstOf).filter(({ before }) => before < id)
  const ranges = (firsts.length === left ? firsts : entries.map(wholeOf))
    .filter(({ after }) => after < id)
    .map(({ after, before }) => ({ after, before: before < id ? before : id }))
    .toSorted((a, b) => (a.before < b.before ? 1 : -1))
  return ranges.reduce<Range | undefined>((newest, range) => {
    if (newest === undefined) return range
    // Ranges that touch are one: their plays come in one order.
    return range.before >= newest.after && range.after < newest.after ? { ...newest, after: range.after } : newest
  }, undefined)
}
