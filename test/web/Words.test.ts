import { assert, describe, it } from "@effect/vitest"
import { en } from "../../src/web/admin/words/en.ts"
import { makeFormat } from "../../src/web/admin/words/Format.ts"
import { ru } from "../../src/web/admin/words/ru.ts"
import { fill } from "../../src/web/admin/words/Words.ts"

interface Tree {
  readonly [key: string]: string | Tree
}

const trees: Readonly<Record<string, unknown>> = { en, ru }

const isPlural = (tree: Tree): boolean => typeof tree["other"] === "string"

/** The texts of a sentence: one, or one for each plural form. */
const textsOf = (value: Tree | string): ReadonlyArray<string> =>
  typeof value === "string" ? [value] : Object.values(value).filter((text) => typeof text === "string")

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted()

/** Every sentence with its path; the forms of a plural count as one. */
const sentences = (tree: Tree, at: ReadonlyArray<string> = []): ReadonlyArray<readonly [string, Tree | string]> =>
  Object.entries(tree).flatMap(([key, value]) => {
    const path = [...at, key]
    return typeof value === "string" || isPlural(value) ? [[path.join("."), value] as const] : sentences(value, path)
  })

const catalogues = trees as Readonly<Record<string, Tree>>

const ofEnglish = new Map(sentences(catalogues["en"] ?? {}))

for (const [language, tree] of Object.entries(catalogues)) {
  describe(`the words in ${language}`, () => {
    it("are the same as in English, and none is empty", () => {
      const found = sentences(tree)
      assert.deepStrictEqual(
        found.map(([path]) => path),
        [...ofEnglish.keys()]
      )
      for (const [path, value] of found) {
        assert.isNotEmpty(textsOf(value), path)
        for (const text of textsOf(value)) assert.match(text, /\S/, path)
      }
    })

    it("have the same values in them", () => {
      for (const [path, value] of sentences(tree)) {
        const english = ofEnglish.get(path) ?? ""
        assert.strictEqual(typeof value, typeof english, path)
        const wanted = placeholders(textsOf(english).at(-1) ?? "")
        for (const text of textsOf(value)) assert.deepStrictEqual(placeholders(text), wanted, path)
      }
    })

    it("have all plural forms that the language has", () => {
      const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories.toSorted()
      const plurals = sentences(tree).filter(([, value]) => typeof value === "object")
      assert.isNotEmpty(plurals)
      for (const [path, value] of plurals) assert.sameMembers(Object.keys(value), forms, path)
    })
  })
}

describe("sentences", () => {
  it("keep what has no value, and take every value", () => {
    assert.strictEqual(fill("{a} and {b} and {a}", { a: 1, b: "{a}" }), "1 and {a} and 1")
    assert.strictEqual(fill("{constructor} {c}", { a: 1 }), "{constructor} {c}")
  })

  it("count as the language does", () => {
    const forms = { one: "{count} день", few: "{count} дня", many: "{count} дней", other: "{count} дня" }
    const { plural } = makeFormat("ru", "UTC")
    assert.deepStrictEqual(
      [1, 3, 5, 11, 21, 1.5].map((count) => plural(forms, count)),
      ["1 день", "3 дня", "5 дней", "11 дней", "21 день", "1,5 дня"]
    )
  })

  it("say how long ago something was, in the largest unit that fits", () => {
    const { relative } = makeFormat("en", "UTC")
    const now = Date.parse("2026-11-20T10:00:00Z")
    const ago = (seconds: number) => relative(now - seconds * 1000, now)
    assert.deepStrictEqual([5, 59, 60, 3599, 3600, 86_400, 172_800, 86_400 * 400].map(ago), [
      "now",
      "now",
      "1 minute ago",
      "59 minutes ago",
      "1 hour ago",
      "yesterday",
      "2 days ago",
      "last year"
    ])
    assert.strictEqual(relative(now + 7_200_000, now), "in 2 hours")
  })

  it("name days as the service does, whatever the zone of the reader", () => {
    for (const zone of ["Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      assert.strictEqual(makeFormat("en", zone).dayName("2026-11-18"), "Nov 18")
    }
  })
})
