import { Array, Effect } from "effect"
import type { Person } from "../Module.ts"
import { greatestUuidAt, leastUuidAt, maxUuid, nilUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "../players/Player.ts"
import * as PlaysPersonRepo from "./PlaysPersonRepo.ts"

/** How many plays, of all players, one statement scans. */
const playsAStep = 20_000

/** How many plays of the player one statement reads or empties. Each has up to 4 KiB of data; locks last for milliseconds. */
const playsAStatement = 200

/**
 * By how much a play may be older than its entry, in milliseconds: another replica may store a later play first. The difference
 * is a few seconds at most, unless a clock was wrong.
 */
const outOfOrder = 60_000

/** The ids after `after`, up to and including `to`. */
type Range = readonly [after: string, to: string]

/** The ranges of ids in which the plays of these entries lie by their times. Overlapping ranges are merged. */
const rangesOf = (entries: ReadonlyArray<PlaysPersonRepo.Entry>): ReadonlyArray<Range> =>
  entries
    .map(({ createdAt, updatedAt }): Range => [
      leastUuidAt(createdAt.getTime() - outOfOrder),
      greatestUuidAt(updatedAt.getTime())
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .reduce<ReadonlyArray<Range>>((ranges, [after, to]) => {
      const last = ranges.at(-1)
      if (last === undefined || after > last[1]) return [...ranges, [after, to]]
      return [...ranges.slice(0, -1), [last[0], to > last[1] ? to : last[1]]]
    }, [])

/** The ranges of all other ids. */
const between = (ranges: ReadonlyArray<Range>): ReadonlyArray<Range> => {
  const [starts, ends] = [ranges.map(([after]) => after), ranges.map(([, to]) => to)]
  return Array.zip([nilUuid, ...ends], [...starts, maxUuid])
}

/**
 * The plays of a player, their entries and idempotency keys.
 *
 * `forget` empties the name and the data of each play and deletes its idempotency key, which holds a hash of a request with the
 * address. Numbers, scores, times, entries, and the version and language of the consent text stay: they identify nobody.
 *
 * There is no index on plays by player, because it would slow down every play. Ids begin with the time, so the search for a
 * player's plays scans the times of the player's entries. If it finds fewer plays than the entries count, it scans all other
 * times too.
 */
export const make = Effect.gen(function* () {
  const repo = yield* PlaysPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  type Use = (ids: ReadonlyArray<string>) => Effect.Effect<unknown, DatabaseUnavailable>

  /** Passes the player's plays in these ranges to `use`, `playsAStatement` at a time; gives how many there were. */
  const walk = Effect.fnUntraced(function* (
    playerId: string,
    ranges: ReadonlyArray<Range>,
    use: Use
  ): Effect.fn.Return<number, DatabaseUnavailable> {
    let count = 0
    for (const [first, to] of ranges) {
      for (let after: string | null = first; after !== null;) {
        const step: PlaysPersonRepo.Step = yield* retry(repo.step(playerId, after, to, playsAStep))
        for (const ids of Array.chunksOf(step.ids, playsAStatement)) yield* use(ids)
        count += step.ids.length
        after = step.last
      }
    }
    return count
  })

  /** Passes all plays of the player, who has these entries, to `use`. */
  const eachOf = Effect.fnUntraced(function* (
    playerId: string,
    entries: ReadonlyArray<PlaysPersonRepo.Entry>,
    use: Use
  ): Effect.fn.Return<void, DatabaseUnavailable> {
    const ranges = rangesOf(entries)
    const found = yield* walk(playerId, ranges, use)
    if (found < entries.reduce((sum, { plays }) => sum + plays, 0)) yield* walk(playerId, between(ranges), use)
  })

  const person: Person = {
    export: Effect.fn("PlaysPerson.export")(function* ({ id }: Player) {
      const entries = yield* retry(repo.entries(id))
      const plays: Array<PlaysPersonRepo.StoredPlay> = []
      const keys: Array<PlaysPersonRepo.Key> = []
      yield* eachOf(
        id,
        entries,
        Effect.fnUntraced(function* (ids) {
          plays.push(...(yield* retry(repo.find(id, ids))))
          keys.push(...(yield* retry(repo.findKeys(id, ids))))
        })
      )
      return {
        entries: entries.map(({ createdAt, game, periodEndsAt, periodPlays, plays, updatedAt }) => ({
          game,
          plays,
          since: createdAt.toISOString(),
          last: updatedAt.toISOString(),
          period: { plays: periodPlays, endsAt: periodEndsAt?.toISOString() ?? null }
        })),
        plays: plays
          .toSorted((a, b) => (a.id < b.id ? -1 : 1))
          .map(({ consentLanguage, consentTextVersion, playedAt, ...play }) => ({
            ...play,
            playedAt: playedAt.toISOString(),
            consent: consentTextVersion === null ? null : { textVersion: consentTextVersion, language: consentLanguage }
          })),
        idempotencyKeys: keys.map(({ createdAt, game, key, playId }) => ({
          game,
          key,
          play: playId,
          since: createdAt.toISOString()
        }))
      }
    }),
    forget: Effect.fn("PlaysPerson.forget")(function* ({ id }: Player) {
      const entries = yield* retry(repo.entries(id))
      yield* eachOf(id, entries, (ids) => Effect.andThen(retry(repo.removeKeys(id, ids)), retry(repo.empty(id, ids))))
    })
  }
  return person
})
