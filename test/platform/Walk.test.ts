import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { strides, walk } from "../../src/platform/Walk.ts"

/** A table of `length` rows, of which those that `isWanted` holds for are items of the list. Counts the rows that were read. */
const table = (length: number, isWanted: (row: number) => boolean) => {
  let read = 0
  return {
    read: () => read,
    step: (after: number, rows: number, most: number) =>
      Effect.sync(() => {
        const to = Math.min(length, after + rows)
        read += to - after
        const found: Array<number> = []
        for (let row = after + 1; row <= to && found.length < most; row++) if (isWanted(row)) found.push(row)
        return { found, next: after + rows <= length && to < length ? to : undefined }
      })
  }
}

const bound = strides.reduce((sum, rows) => sum + rows, 0)

describe("a walk", () => {
  it.effect("gives every item once, in order, whatever the limit and wherever they are", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.integer({ min: 1, max: 700_000 }), { maxLength: 40 }),
          fc.integer({ min: 1, max: 10 }),
          fc.integer({ min: 0, max: 700_000 }),
          (wanted, limit, length) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const rows = new Set(wanted)
                const { read, step } = table(length, (row) => rows.has(row))
                const all: Array<number> = []
                for (let from: number | null = 0; from !== null;) {
                  const before = read()
                  const page: { readonly items: ReadonlyArray<number>; readonly nextCursor: number | null } =
                    yield* walk({ limit, from, keyOf: (row: number) => row, step })
                  assert.isAtMost(read() - before, bound, "what one request reads is bounded")
                  assert.isAtMost(page.items.length, limit)
                  assert.isTrue(page.nextCursor === null || page.nextCursor > from, "it gets on")
                  all.push(...page.items)
                  from = page.nextCursor
                }
                assert.deepStrictEqual(
                  all,
                  [...rows].filter((row) => row <= length).toSorted((a, b) => a - b)
                )
              })
            )
        ),
        { numRuns: 60 }
      )
    )
  )

  it.effect("reads little where items are dense, and stops where the page is full", () =>
    Effect.gen(function* () {
      const { read, step } = table(1_000_000, () => true)
      const page = yield* walk({ limit: 25, from: 0, keyOf: (row: number) => row, step })
      assert.deepStrictEqual([page.items.length, page.nextCursor, read()], [25, 25, strides[0]])
    })
  )

  it.effect("ends a page without items at its bound, with a cursor", () =>
    Effect.gen(function* () {
      const { step } = table(1_000_000, () => false)
      assert.deepStrictEqual(yield* walk({ limit: 25, from: 0, keyOf: (row: number) => row, step }), {
        items: [],
        nextCursor: bound
      })
    })
  )
})
