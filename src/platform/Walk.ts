import { Effect } from "effect"
import * as Paging from "./contract/Paging.ts"

/**
 * A page of a list that no index serves, because each such index would slow down every play. The rows are found by a walk along
 * the key of a table, some thousand rows per statement, so that no statement runs long. A request walks a bounded way: its page may
 * hold fewer items than asked for, even none, and still have a `nextCursor`, with which the next request walks on.
 */

/** How many rows each statement of a request reads. Where items are dense, the first and cheapest one fills the page. */
export const strides: ReadonlyArray<number> = [500, 5_000, ...Array.from({ length: 10 }, () => 20_000)]

export interface Step<Item, Place> {
  /** At most as many as were asked for, in the list's order. */
  readonly found: ReadonlyArray<Item>
  /** Where the rows end that were read; undefined: there are no more. */
  readonly next: Place | undefined
}

/**
 * Walks from `from` until the page is full, the rows are at their end, or every stride is taken. `step` reads the next `rows` rows
 * after a place and gives the first `most` items among them.
 */
export const walk = Effect.fnUntraced(function* <Item, Place, E, R>(options: {
  readonly limit: number
  readonly from: Place
  readonly keyOf: (item: Item) => Place
  readonly step: (after: Place, rows: number, most: number) => Effect.Effect<Step<Item, Place>, E, R>
  /** Fewer, where a row costs more than to be read. */
  readonly strides?: ReadonlyArray<number>
}): Effect.fn.Return<Paging.Page<Item, Place>, E, R> {
  const { from, keyOf, limit, step } = options
  const items: Array<Item> = []
  let place = from
  for (const rows of options.strides ?? strides) {
    const { found, next }: Step<Item, Place> = yield* step(place, rows, limit + 1 - items.length)
    items.push(...found)
    if (items.length > limit || next === undefined) return Paging.page(items, limit, keyOf)
    place = next
  }
  return { items, nextCursor: place }
})
