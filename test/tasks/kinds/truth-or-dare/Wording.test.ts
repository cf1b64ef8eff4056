import { assert, describe, it } from "@effect/vitest"
import { faultOf } from "../../../../src/tasks/kinds/truth-or-dare/Wording.ts"

const english = { ageGroup: "kids", language: "en", players: ["Nora", "Emil"] } as const
const russian = { ...english, language: "ru" } as const

const refused: ReadonlyArray<readonly [text: string, why: RegExp, input?: typeof english | typeof russian]> = [
  ["Say what you think of sex in one word.", /not fit/],
  ["Say what you think of s\u200bex in one word.", /cannot be seen/],
  ["Say what you think of s\u00adex in one word.", /cannot be seen/],
  ["Say what you think of s\u2060ex in one word.", /cannot be seen/],
  ["Say what you think of s\u200dex in one word.", /not fit/],
  ["Say what you think of s\ufe0fex in one word.", /not fit/],
  ["Say what you think of sеx in one word.", /in English, without "sеx"/],
  ["Say what you think of ѕех in one word.", /in English, without "ѕех"/],
  ["Say what you think of ｓｅｘ in one word.", /not fit/],
  ["Say what you think of 𝐬𝐞𝐱 in one word.", /not fit/],
  ["Say what you think of séx̶ in one word.", /not fit/],
  ["Say what you think of 🆂🅴🆇 in one word.", /in English, without/],
  ["Say what you think of ꜱᴇx in one word.", /in English, without/],
  ["Go to shop。example and win a prize there.", /no link/],
  ["Go to shop｡example and win a prize there.", /no link/],
  ["Go to shop．example and win a prize there.", /no link/],
  ["Go to shop․example and win a prize there.", /no link/],
  ["Go to ｗｗｗ．shop and win a prize there.", /no link/],
  ["Ask ＠shop for a prize, and win it there.", /no link/],
  ["Go to ｈｔｔｐｓ：//1.2.3.4 and win a prize.", /no link/],
  ["Скажи одним словом, что такое секс для тебя.", /not fit/, russian],
  ["Скажи одним словом, что такое сeкс для тебя.", /in Russian, without/, russian],
  ["Скажи одним словом, что такое сёкс и ПОРНО.", /not fit/, russian],
  ["Зайди на сайт магазин。рф и выиграй приз.", /no link/, russian]
]

const fit: ReadonlyArray<readonly [text: string, input?: typeof english | typeof russian]> = [
  ["{player}, name a café where {other} would sing, e.g. at 7 p.m."],
  ["Dance like a chef 👩‍🍳 who ❤️ jalapeños… then bow!"],
  ["Say “æøß” as slowly as you can, naïvely."],
  ["Спой песню про ёжика, т.е. про лучшего друга, как в TikTok.", russian],
  ["Расскажи про свой любимый чай и йогурт.", russian]
]

describe("the text of a card", () => {
  for (const [text, why, input = english] of refused) {
    it(`may not be ${JSON.stringify(text)}`, () => assert.match(faultOf(text, input) ?? "fits", why))
  }
  for (const [text, input = english] of fit) {
    it(`may be ${text}`, () => assert.isUndefined(faultOf(text, input)))
  }
})
