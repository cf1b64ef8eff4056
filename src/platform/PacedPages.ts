import { Effect, type Option, Stream } from "effect"
import { monotonicMillis } from "./Monotonic.ts"

/** The longest rest, in milliseconds: a page that waited for a database that was away says nothing of how busy it is. */
const longestRest = 500

/**
 * The rows of a whole table, read page by page when they are asked for, with a rest after each page that is as long as the page took.
 * So whoever reads takes half of a connection and of a processor at most, and less where others are busy. `page` gives the rows after
 * a place, and the next place (none: that was the last page).
 */
export const pacedPages = <Row, Place, E, R>(
  first: Place,
  page: (after: Place) => Effect.Effect<readonly [ReadonlyArray<Row>, Option.Option<Place>], E, R>
): Stream.Stream<Row, E, R> =>
  Stream.suspend(() => {
    let rest = 0
    return Stream.paginate(
      first,
      Effect.fnUntraced(function* (after: Place) {
        if (rest > 0) yield* Effect.sleep(rest)
        const since = yield* monotonicMillis
        const read = yield* page(after)
        rest = Math.min(longestRest, (yield* monotonicMillis) - since)
        return read
      })
    )
  })
