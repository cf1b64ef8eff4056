import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { uuidV7At } from "../../../../src/platform/Ids.ts"
import { Card, Input } from "../../../../src/tasks/kinds/truth-or-dare/Card.ts"
import { cast, decks, draw, fitting, withNames } from "../../../../src/tasks/kinds/truth-or-dare/Draw.ts"
import { faultOf } from "../../../../src/tasks/kinds/truth-or-dare/Wording.ts"
import { truthOrDare } from "../../../../src/tasks/kinds/truth-or-dare/TruthOrDare.ts"
import { attemptOf, runners, taskId } from "../../../support/tasks/Runners.ts"

const types = ["truth", "dare"] as const
const languages = ["en", "ru"] as const
const moods = ["calm", "funny", "bold"] as const
const ageGroups = ["kids", "teens", "adults"] as const

const combinations = (players: ReadonlyArray<string>): ReadonlyArray<Input> =>
  types.flatMap((type) =>
    languages.flatMap((language) =>
      moods.flatMap((mood) => ageGroups.map((ageGroup) => ({ type, language, mood, ageGroup, players })))
    )
  )

const everyText = languages.flatMap((language) =>
  types.flatMap((type) =>
    decks[language][type].flatMap(({ ages, texts }) => texts.map((text) => ({ language, type, ages, text })))
  )
)

describe("the deck", () => {
  it("has at least 60 truths and 60 dares in each language, none of them twice", () => {
    for (const language of languages) {
      for (const type of types) {
        const texts = everyText.filter((one) => one.language === language && one.type === type).map(({ text }) => text)
        assert.isAtLeast(texts.length, 60, `${language} ${type}`)
        assert.strictEqual(new Set(texts).size, texts.length)
      }
    }
  })

  it("has at least 3 cards for every input, also for somebody who plays alone", () => {
    for (const players of [["Nora"], ["Nora", "Emil", "Ида"]]) {
      const all = combinations(players)
      assert.lengthOf(all, 36)
      for (const input of all) {
        assert.isAtLeast(fitting(input).length, 3, JSON.stringify(input))
        if (players.length === 1) assert.notInclude(fitting(input).join("\n"), "{other}")
      }
    }
  })

  it("has texts that hold to the rules for models, for each age that they are for", () => {
    for (const { ages, language, text } of everyText) {
      for (const ageGroup of ages) {
        const players = text.includes("{other}") ? ["a", "b"] : ["a"]
        assert.isUndefined(faultOf(text, { ageGroup, language, players }), text)
      }
      assert.match(text, /[.?!]$/, text)
      assert.strictEqual(text, text.trim().replaceAll(/\s+/g, " "))
      assert.isAtMost(text.match(/\{player\}/g)?.length ?? 0, 1, text)
      assert.isAtMost(text.match(/\{other\}/g)?.length ?? 0, 1, text)
    }
  })

  it("weaves names into some cards of every language and type", () => {
    for (const language of languages) {
      for (const type of types) {
        const of = everyText.filter((one) => one.language === language && one.type === type)
        assert.isAtLeast(of.filter(({ text }) => text.includes("{player}")).length, 6)
        assert.isAtLeast(of.filter(({ text }) => text.includes("{other}")).length, 2)
      }
    }
  })

  it("lets nothing in Russian depend on a name's case or gender", () => {
    for (const { language, text } of everyText) {
      if (language !== "ru") continue
      // The name that is addressed stands first and is followed by a comma.
      assert.match(text, /^(?:\{player\}, |(?!.*\{player\}))/, text)
      // Past tense would need a gender: it is not used of whoever plays.
      assert.notMatch(text, /(?:^|\s)(?:ты|\{other\})(?:\s\p{L}+)?\s\p{L}+(?:л|ла|лся|лась)(?!\p{L})/u, text)
      assert.notMatch(text, /\{other\}(?!\.| делает| играет| думает|\?)/, text)
    }
  })

  it("gives a task the same card every time, and tasks different ones", () => {
    const input = combinations(["Nora", "Emil", "Ида"])[4]!
    assert.deepStrictEqual(draw(taskId, input), draw(taskId, input))
    const drawn = Array.from({ length: 200 }, () => draw(uuidV7At(Date.now()), input))
    assert.isAbove(new Set(drawn.map(({ text }) => text)).size, 10)
    assert.deepStrictEqual(new Set(drawn.map(({ player }) => player)), new Set(["Nora", "Emil", "Ида"]))
  })

  it("names two different players, and takes a name for a name", () => {
    for (let count = 0; count < 50; count++) {
      const { other, player } = cast(uuidV7At(Date.now()), ["Nora", "Emil"])
      assert.sameMembers([player, other], ["Nora", "Emil"])
    }
    assert.isUndefined(cast(taskId, [" Nora "]).other)
    assert.strictEqual(
      withNames("{player} and {other} {player}", { player: "{other}", other: "$&{player}" }),
      "{other} and $&{player} {other}"
    )
  })

  it.effect("is what the runner draws from, for every input", () =>
    Effect.gen(function* () {
      const run = yield* truthOrDare.runner
      const decode = Schema.decodeUnknownEffect(Card)
      for (const input of combinations(["Nora", "x".repeat(40)])) {
        const card = yield* run(attemptOf(input).attempt)
        assert.deepStrictEqual(yield* decode(card), card)
        assert.strictEqual(card.source, "deck")
        assert.notMatch(card.text, /[{}]/)
        assert.include(input.players, card.player)
      }
    }).pipe(Effect.provide(runners({})))
  )
})

describe("the input", () => {
  const good = { type: "truth", language: "en", mood: "calm", ageGroup: "kids", players: ["Nora"] }
  const isInput = Schema.is(Input)

  it("takes names as people write them", () => {
    for (const name of ["Nora", "Анна-Мария", "李雷", "O'Neil", "👩‍👩‍👧", "x".repeat(40), "{player}"]) {
      assert.isTrue(isInput({ ...good, players: [name] }), name)
    }
    assert.isTrue(isInput({ ...good, players: Array.from({ length: 12 }, () => "Nora") }))
  })

  it("refuses anything else", () => {
    for (const name of [
      "",
      " ",
      "x".repeat(41),
      "a\nb",
      "a\u0000",
      "a\u202eb",
      "\ud800",
      "a\u2028b",
      "\u200b",
      " \u3164 "
    ]) {
      assert.isFalse(isInput({ ...good, players: [name] }), JSON.stringify(name))
    }
    for (const change of [
      { players: [] },
      { players: Array.from({ length: 13 }, () => "Nora") },
      { type: "lie" },
      { language: "de" },
      { mood: "sad" },
      { ageGroup: "babies" },
      { mood: undefined }
    ]) {
      assert.isFalse(isInput({ ...good, ...change }), JSON.stringify(change))
    }
  })
})
