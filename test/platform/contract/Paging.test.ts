import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import * as fc from "fast-check"
import * as Paging from "../../../src/platform/contract/Paging.ts"

const Id = Schema.String.check(Schema.isUUID(7))
const id = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"
const ById = Paging.cursor("notes", Id, id)
/** A list that is ordered by a text and a number. */
const ByBoth = Paging.cursor("scores", Schema.Tuple([Schema.String, Schema.Int]), ["a", 1])

const written = Schema.encodeSync(ById)
const read = Schema.decodeUnknownOption(ById)
const base64Url = (text: string) => Buffer.from(text).toString("base64url")

const Query = Schema.Struct(Paging.query(ById))
const readQuery = Schema.decodeUnknownEffect(Query)

describe("a cursor", () => {
  it("decodes to the key that it encodes", () => {
    assert.deepStrictEqual(read(written(id)), Option.some(id))
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.maxSafeInteger(), (text, number) => {
        const cursor = Schema.encodeSync(ByBoth)([text, number])
        assert.match(cursor, /^[\w-]+$/)
        assert.deepStrictEqual(Schema.decodeUnknownOption(ByBoth)(cursor), Option.some([text, number]))
      })
    )
  })

  it("is refused if the codec did not write it", () => {
    const cursor = written(id)
    for (const other of [
      "",
      "1",
      "25",
      id,
      `${cursor}=`,
      `${cursor}A`,
      cursor.slice(1),
      cursor.slice(0, -1),
      cursor.toUpperCase(),
      `"${cursor}"`,
      base64Url("notes"),
      base64Url(JSON.stringify(["notes"])),
      base64Url(JSON.stringify(["notes", "7"])),
      base64Url(JSON.stringify(["notes", id, id])),
      base64Url(JSON.stringify({ 0: "notes", 1: id })),
      // Of another list; another spelling of the same value.
      base64Url(JSON.stringify(["scores", id])),
      base64Url(`["notes", "${id}"]`),
      Buffer.from(JSON.stringify(["notes", id])).toString("latin1"),
      "A".repeat(100_000)
    ]) {
      assert.deepStrictEqual(read(other), Option.none(), other.slice(0, 100))
    }
  })

  it("is refused if it holds text that the database cannot be asked for", () => {
    for (const text of ["\0", "a\0b"]) {
      const forged = base64Url(JSON.stringify(["scores", [text, 1]]))
      assert.deepStrictEqual(Schema.decodeUnknownOption(ByBoth)(forged), Option.none())
    }
    const written = Schema.encodeSync(ByBoth)(["\\u0000", 1])
    assert.deepStrictEqual(Schema.decodeUnknownOption(ByBoth)(written), Option.some(["\\u0000", 1]))
  })

  it("is refused if it is random text, without a defect", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.base64String(), fc.json().map(base64Url)), (text) => {
        assert.deepStrictEqual(read(text), Option.none())
      })
    )
  })
})

describe("the query of a list", () => {
  it.effect("has a limit of 1 to 100, and a cursor", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* readQuery({}), {})
      assert.deepStrictEqual(yield* readQuery({ limit: "100", cursor: written(id) }), { limit: 100, cursor: id })
      for (const limit of ["0", "101", "-1", "1.0", "1e1", " 1", "01", "", "all"]) {
        assert.match((yield* Effect.flip(readQuery({ limit }))).message, /a whole number from 1 to 100/, limit)
      }
      const error = yield* Effect.flip(readQuery({ cursor: "nonsense" }))
      assert.match(error.message, /Expected the `nextCursor` of a page of this list/)
    })
  )

  it("describes the limit as an integer", () => {
    const List = HttpApiEndpoint.get("list", "/notes", {
      query: Paging.query(ById),
      success: Paging.pageOf(Schema.Struct({ id: Id }), ById, { identifier: "NotePage", description: "A page." })
    }).annotate(OpenApi.Transform, Paging.limitIsNumber)
    const document = OpenApi.fromApi(HttpApi.make("notes").add(HttpApiGroup.make("notes").add(List)))
    const parameters = document.paths["/notes"]?.get?.parameters ?? []
    const [limit, cursor] = parameters
    assert.deepInclude(limit?.schema, { type: "integer", minimum: 1, maximum: 100, default: 25 })
    assert.notProperty(limit?.schema, "pattern")
    assert.deepInclude(cursor?.schema, { type: "string", examples: [written(id)] })
    assert.isFalse(cursor?.required)
  })
})

describe("a page", () => {
  it("visits all items once, in order, with any limit", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat()), fc.integer({ min: 1, max: 100 }), (numbers, limit) => {
        const list = numbers.toSorted((a, b) => a - b)
        const seen: Array<number> = []
        for (let cursor: number | null = -1, pages = 0; cursor !== null; pages++) {
          const after: number = cursor
          const rows = list.filter((number) => number > after).slice(0, limit + 1)
          const page: Paging.Page<number, number> = Paging.page(rows, limit, (number) => number)
          assert.isAtMost(page.items.length, limit)
          assert.isAtMost(pages, list.length)
          seen.push(...page.items)
          cursor = page.nextCursor
        }
        assert.deepStrictEqual(seen, list)
      })
    )
  })
})
