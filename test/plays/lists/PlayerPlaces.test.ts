import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { greatestUuidAt, uuidV7At } from "../../../src/platform/Ids.ts"
import { type EntryTimes, placesOf } from "../../../src/plays/lists/PlayerPlaces.ts"

const day = 86_400_000
const start = Date.parse("2026-01-01T00:00:00Z")

/** Times of one entry's plays in the order of their numbers: an older one may be stored later, by at most a minute. */
const times = fc
  .tuple(
    fc.integer({ min: 0, max: 300 * day }),
    fc.array(fc.integer({ min: -50_000, max: 20 * day }), { maxLength: 5 })
  )
  .map(([first, gaps]) => {
    let newest = start + first
    const all = [newest]
    for (const gap of gaps) {
      // Never before the first one by more than is allowed, nor at its very moment.
      all.push(Math.max(newest + gap, start + first - 50_000))
      newest = Math.max(newest, newest + gap)
    }
    return all
  })

/** An entry as the statement leaves it: `seenLater` after its newest play the limit has turned one away. */
const entryOf = (times: ReadonlyArray<number>, seenLater: number): EntryTimes => ({
  plays: times.length,
  firstPlayedAt: new Date(times[0] ?? 0),
  lastSeenAt: new Date(Math.max(...times) + seenLater)
})

describe("the places of a player's plays", () => {
  it("hold all of them, newest first, and every range is below the one before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(times, fc.constantFrom(0, 0, 3 * day)), { minLength: 1, maxLength: 4 }),
        (entries) => {
          const known = entries.map(([times, later]) => entryOf(times, later))
          const plays = entries
            .flatMap(([times]) => times.map((time) => uuidV7At(time)))
            .toSorted()
            .toReversed()
          const seen: Array<string> = []
          let place = {
            id: greatestUuidAt(Math.max(...known.map(({ lastSeenAt }) => lastSeenAt.getTime()))),
            left: plays.length
          }
          for (let ranges = 0; ; ranges++) {
            assert.isBelow(ranges, 30)
            const range = placesOf(known, place)
            if (range === undefined) break
            assert.isTrue(range.after < place.id && range.before <= place.id)
            const found = plays.filter((id) => id >= range.after && id < range.before && id < place.id)
            // One at a time, as with a limit of one; the last one ends the range.
            const [first] = found
            if (first === undefined) place = { id: range.after, left: place.left }
            else {
              seen.push(first)
              place = { id: first, left: place.left - 1 }
            }
          }
          assert.deepStrictEqual(seen, plays)
        }
      ),
      { numRuns: 500 }
    )
  })

  it("are moments, not months, where the first plays alone are left", () => {
    const [first, last] = [start, start + 300 * day]
    const entry = { plays: 2, firstPlayedAt: new Date(first), lastSeenAt: new Date(last) }
    const newest = uuidV7At(last)
    const range = placesOf([entry], { id: newest, left: 1 })
    assert.strictEqual(range?.after.slice(0, 13), range?.before.slice(0, 13))
    assert.isUndefined(placesOf([entry], { id: newest, left: 0 }))
    const single = { plays: 1, firstPlayedAt: new Date(first), lastSeenAt: new Date(last) }
    const only = placesOf([single], { id: greatestUuidAt(last), left: 1 })
    assert.strictEqual(only?.after.slice(0, 13), only?.before.slice(0, 13))
  })
})
