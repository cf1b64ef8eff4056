import { assert, describe, it } from "@effect/vitest"
import { en } from "../../../src/web/game/texts/en.ts"
import { ru } from "../../../src/web/game/texts/ru.ts"
import { moment, texts } from "../../../src/web/game/texts/texts.ts"
import { thanksOf } from "../../../src/web/game/states.ts"
import { gameOf } from "./support/Games.ts"

const formsOf = (entry: string | object): ReadonlyArray<string> =>
  typeof entry === "string" ? [entry] : (Object.values(entry) as Array<string>)
const placesOf = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted()

describe("words", () => {
  it("both catalogues have the same keys, and the same places to fill in", () => {
    assert.deepStrictEqual(Object.keys(ru).toSorted(), Object.keys(en).toSorted())
    for (const key of Object.keys(en) as Array<keyof typeof en>) {
      const expected = placesOf(formsOf(en[key])[0] ?? "")
      for (const form of [...formsOf(en[key]), ...formsOf(ru[key])]) {
        assert.deepStrictEqual(placesOf(form), expected, key)
        assert.notStrictEqual(form.trim(), "", key)
      }
    }
  })

  it("plurals have each form that their language knows", () => {
    for (const [language, catalogue] of Object.entries({ en, ru })) {
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
      for (const [key, entry] of Object.entries(catalogue)) {
        if (typeof entry === "string") continue
        assert.includeMembers(Object.keys(entry), [...pluralCategories], `${language} ${key}`)
      }
    }
  })

  it("the number chooses the form, and is written as the language writes it", () => {
    const say = texts("ru-RU", null)
    assert.strictEqual(say("score", { n: 1 }), "1 очко")
    assert.strictEqual(say("score", { n: 3 }), "3 очка")
    assert.strictEqual(say("score", { n: 11 }), "11 очков")
    assert.strictEqual(texts("en", null)("score", { n: 12_500 }), "12,500 points")
  })

  it("words that came with the game win, also flattened plurals; what is missing is English", () => {
    const say = texts("ar", { play: "العب", "score.one": "نقطة", "score.two": "نقطتان", "score.other": "{n} نقطة" })
    assert.strictEqual(say("play"), "العب")
    assert.strictEqual(say("score", { n: 2 }), "نقطتان")
    assert.match(say("score", { n: 100 }), /نقطة$/)
    assert.strictEqual(say("copy"), "Copy")
  })

  it("a tag that is none, a key that is none and values that are missing break nothing", () => {
    assert.strictEqual(texts("not a tag!", null)("play"), "Play")
    assert.strictEqual(texts("", null)("play"), "Play")
    assert.strictEqual(texts("en", null)("nothing"), "")
    assert.strictEqual(texts("en", null)("limitUntil"), "You can play again from {when}.")
    assert.include(moment("??", "2026-12-24T12:00:00.000Z"), "2026")
  })

  it("thanks go by who came", () => {
    const page = gameOf("wheel")
    const say = texts("en", null)
    const play = { id: "x", playedBefore: false, plays: 1, contact: "created" } as const
    assert.strictEqual(thanksOf(play, page, say), en.newThanks)
    assert.strictEqual(thanksOf({ ...play, contact: "existed" }, page, say), en.returningThanks)
    assert.include(thanksOf({ ...play, playedBefore: true, plays: 3 }, page, say), "3 times")
    const own = { ...page, texts: { ...page.texts, thanks: { new: "Hi", returning: "Hello again", nth: "No. {n}" } } }
    assert.strictEqual(thanksOf(play, own, say), "Hi")
    assert.strictEqual(thanksOf({ ...play, contact: "existed" }, own, say), "Hello again")
    assert.strictEqual(thanksOf({ ...play, playedBefore: true, plays: 4 }, own, say), "No. 4")
    const thanks = { new: "Hi", returning: "Hello again", nth: "" }
    const without = { ...page, texts: { ...page.texts, thanks } }
    assert.strictEqual(thanksOf({ ...play, playedBefore: true, plays: 4 }, without, say), "Hello again")
  })
})
