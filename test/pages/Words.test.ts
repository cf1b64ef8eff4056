import { assert, describe, it } from "@effect/vitest"
import { momentIn, sayIn, sentWords, spoken } from "../../src/pages/Words.ts"
import { ar } from "../../src/pages/words/ar.ts"
import { de } from "../../src/pages/words/de.ts"
import { en } from "../../src/pages/words/en.ts"
import { es } from "../../src/pages/words/es.ts"
import { fr } from "../../src/pages/words/fr.ts"
import { ru } from "../../src/pages/words/ru.ts"
import { en as widgetEn } from "../../src/web/game/texts/en.ts"
import { ru as widgetRu } from "../../src/web/game/texts/ru.ts"

const catalogues = { en, ru, de, es, fr, ar }

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([one]) => one).sort()

describe("Words", () => {
  it("are there in six languages, with the same keys and placeholders", () => {
    assert.deepStrictEqual(spoken, Object.keys(catalogues))
    for (const [language, words] of Object.entries(catalogues)) {
      assert.deepStrictEqual(Object.keys(words), Object.keys(en), language)
      for (const [key, text] of Object.entries(words)) {
        const english = en[key as keyof typeof en]
        const forms: ReadonlyArray<string> = typeof text === "string" ? [text] : Object.values(text)
        for (const form of forms) assert.notStrictEqual(form.trim(), "", `${language} ${key}`)
        const other = typeof text === "string" ? text : text.other
        assert.deepStrictEqual(
          placeholders(other),
          placeholders(typeof english === "string" ? english : english.other),
          `${language} ${key}`
        )
      }
    }
  })

  it("are those of the widget, to the letter, in the languages that both have", () => {
    const { noScript: _, wait: _wait, ...english } = en
    assert.deepStrictEqual<unknown>(english, widgetEn)
    const { noScript: _noScript, wait: _later, ...russian } = ru
    assert.deepStrictEqual<unknown>(russian, widgetRu)
  })

  it("have every plural form that their language has", () => {
    for (const [language, words] of Object.entries(catalogues)) {
      const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions()
      for (const [key, text] of Object.entries(words)) {
        if (typeof text === "string") continue
        for (const category of pluralCategories) {
          // French and Spanish use `many` for millions only, in the form of `other`.
          if (category === "many" && (language === "fr" || language === "es")) continue
          assert.property(text, category, `${language} ${key}`)
        }
      }
    }
  })

  it("are sent where the widget lacks them, with the game's own before them", () => {
    assert.isNull(sentWords("en", {}))
    assert.isNull(sentWords("ru-RU", {}))
    assert.isNull(sentWords("cs", {}))
    const german = sentWords("de-AT", {})
    assert.strictEqual(german?.["play"], "Spielen")
    assert.strictEqual(german?.["nthThanks.one"], de.nthThanks.one)
    assert.notProperty(german, "noScript")
    assert.deepStrictEqual(sentWords("en", { email: "Your email" }), { email: "Your email" })
    assert.deepInclude(sentWords("de", { email: "Adresse" }), { email: "Adresse", name: "Name" })
  })

  it("fill in numbers and plurals as their language writes them", () => {
    assert.strictEqual(sayIn("en")("nthThanks", { n: 1 }), "You have played 1 time. Thank you!")
    assert.strictEqual(sayIn("ru")("nthThanks", { n: 3 }), "Вы сыграли 3 раза. Спасибо!")
    assert.strictEqual(sayIn("ar")("nthThanks", { n: 2 }), "لعبت مرتين. شكرًا لك!")
    assert.include(sayIn("de")("nthThanks", { n: 1234 }), "1.234")
    assert.strictEqual(sayIn("cs")("play"), "Play")
    assert.strictEqual(sayIn("x-broken-")("play"), "Play")
    assert.strictEqual(sayIn("cs", { play: "Hrát" })("play"), "Hrát")
    assert.include(momentIn("de", "Europe/Prague", new Date("2026-12-24T12:00:00Z")), "13:00 (Europe/Prague)")
  })
})
