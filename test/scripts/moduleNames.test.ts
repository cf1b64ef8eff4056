import * as assert from "node:assert/strict"
import { describe, it } from "vitest"
import { fill, namesOf, unfilled } from "../../scripts/module/names.ts"

const template =
  "A sample item, sample items. SampleItem SampleItems sampleItem sampleItems sample_item sample-items SAMPLE_ITEMS. Sample items"

describe("the names of a module", () => {
  it("have a plural by rule, or the given one", () => {
    for (const [one, many] of [
      ["loyalty", "loyalties"],
      ["gift-card", "gift-cards"],
      ["survey", "surveys"],
      ["box", "boxes"],
      ["prize", "prizes"],
      ["address", "addresses"],
      ["match", "matches"],
      ["wish", "wishes"],
      ["memo", "memos"]
    ] as const) {
      assert.equal(namesOf(one, undefined).many.kebab, many)
    }
    assert.equal(namesOf("person", "people").many.pascal, "People")
  })

  it("replace the template's name in every spelling", () => {
    assert.equal(
      fill(template, namesOf("gift-card", undefined)),
      "A gift card, gift cards. GiftCard GiftCards giftCard giftCards gift_card gift-cards GIFT_CARDS. Gift cards"
    )
    assert.equal(
      fill("src/sample-items/SampleItemsRepo.ts", namesOf("loyalty", undefined)),
      "src/loyalties/LoyaltiesRepo.ts"
    )
    // The name may contain the words of the template.
    assert.equal(fill("sample-items SampleItem", namesOf("sample", undefined)), "samples Sample")
    assert.equal(
      fill("sample-items SampleItem", namesOf("free-sample-item", undefined)),
      "free-sample-items FreeSampleItem"
    )
  })

  it("get the right indefinite article", () => {
    for (const [name, text] of [
      ["offer", "An offer, a new offer"],
      ["entry-form", "An entry form, a new entry form"],
      ["unit", "A unit, a new unit"],
      ["memo", "A memo, a new memo"]
    ] as const) {
      assert.equal(fill("A sample item, a new sample item", namesOf(name, undefined)), text)
    }
  })

  it("leave nothing of the template's name", () => {
    assert.ok(!unfilled(template))
    for (const text of ["a sample", "Samples", "sampleitem", "SAMPLE"]) assert.ok(unfilled(text), text)
  })
})
