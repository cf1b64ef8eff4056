import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { accepted, choose, directionOf, textIn, wellFormed } from "../../src/pages/Languages.ts"

describe("Languages", () => {
  it("reads Accept-Language by its weights, and leaves out what is no tag", () => {
    assert.deepStrictEqual(accepted(undefined), [])
    assert.deepStrictEqual(accepted("de-AT, en;q=0.5, fr;q=0.9"), ["de-AT", "fr", "en"])
    assert.deepStrictEqual(accepted("*, ru;q=0, <x>;q=1, en;q=nan, es"), ["es"])
    assert.lengthOf(accepted(Array.from({ length: 5000 }, () => "en").join(",")), 20)
  })

  it("finds the language that fits best", () => {
    const page = ["en", "pt-BR", "zh-Hant"]
    assert.strictEqual(choose(page, ["pt-BR"]), "pt-BR")
    assert.strictEqual(choose(page, ["PT"]), "pt-BR")
    assert.strictEqual(choose(page, ["pt-PT"]), "pt-BR")
    assert.strictEqual(choose(page, ["zh-hant-TW"]), "zh-Hant")
    assert.strictEqual(choose(page, ["cs", "en-GB"]), "en")
    assert.isUndefined(choose(page, ["cs"]))
    fc.assert(
      fc.property(fc.array(fc.string()), (wanted) => {
        const found = choose(page, wanted)
        assert.isTrue(found === undefined || page.includes(found))
      })
    )
  })

  it("knows which are written from right to left", () => {
    assert.deepStrictEqual(
      ["ar", "he-IL", "fa", "ur", "az-Arab"].map(directionOf),
      Array.from({ length: 5 }, () => "rtl")
    )
    assert.deepStrictEqual(["en", "ru", "az-Latn", "ar-Latn"].map(directionOf), ["ltr", "ltr", "ltr", "ltr"])
  })

  it("takes a text in the first of some languages that it has", () => {
    assert.strictEqual(textIn({ de: "Kaffee", en: "Coffee" }, ["fr", "en"]), "Coffee")
    assert.strictEqual(textIn({ de: "Kaffee" }, ["fr", "en"]), "Kaffee")
    assert.strictEqual(textIn({}, ["fr"]), "")
  })

  it("takes no text from what every object has", () => {
    const names = Object.getOwnPropertyNames(Object.prototype).filter((name) => wellFormed.test(name))
    assert.include(names, "valueOf")
    for (const name of names) assert.strictEqual(textIn({ en: "Coffee" }, [name, "en"]), "Coffee")
  })
})
