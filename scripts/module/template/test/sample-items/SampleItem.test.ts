import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { NewSampleItem, SampleItemChange, SampleItemCursor, SampleItemId } from "../../src/sample-items/SampleItem.ts"

const strict = { onExcessProperty: "error" } as const

/** Whether the contract accepts the body; unknown fields are refused. */
const accepts = <A>(schema: Schema.Codec<A, unknown>, body: unknown): boolean =>
  Option.isSome(Schema.decodeUnknownOption(schema, strict)(body))

describe("a sample item", () => {
  it("is created from a name and an optional note", () => {
    for (const body of [{ name: "Autumn" }, { name: "Kolo štěstí 😀", note: null }, { name: "a", note: "b" }]) {
      assert.isTrue(accepts(NewSampleItem, body), JSON.stringify(body))
    }
    for (const body of [
      {},
      { name: "" },
      { name: " " },
      { name: "two\nlines" },
      { name: "x".repeat(201) },
      { name: "a", note: "" },
      { name: "a", note: "x".repeat(1001) },
      { name: "a", version: 7 },
      { name: null }
    ]) {
      assert.isFalse(accepts(NewSampleItem, body), JSON.stringify(body))
    }
  })

  it("is changed field by field, and its note can be removed", () => {
    for (const body of [{}, { name: "Autumn" }, { note: null }, { note: "b" }]) {
      assert.isTrue(accepts(SampleItemChange, body), JSON.stringify(body))
    }
    for (const body of [{ name: null }, { name: " " }, { id: "7" }]) {
      assert.isFalse(accepts(SampleItemChange, body), JSON.stringify(body))
    }
  })

  it("has a cursor that decodes to its id", () => {
    const id = SampleItemId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53")
    const cursor = Schema.encodeSync(SampleItemCursor)(id)
    assert.deepStrictEqual(Schema.decodeUnknownOption(SampleItemCursor)(cursor), Option.some(id))
    assert.isTrue(Option.isNone(Schema.decodeUnknownOption(SampleItemCursor)(id)))
  })
})
