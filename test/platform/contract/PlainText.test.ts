import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { Input } from "../../../src/tasks/kinds/truth-or-dare/Card.ts"
import { RecordPlay } from "../../../src/plays/Play.ts"

const play = { email: "nora@shop.example" }

const places: ReadonlyArray<readonly [what: string, decode: (text: string) => unknown]> = [
  ["the name of a player", (name) => Schema.decodeUnknownSync(RecordPlay)({ ...play, name })],
  [
    "the version of a consent text",
    (textVersion) => Schema.decodeUnknownSync(RecordPlay)({ ...play, consent: { textVersion, language: "en" } })
  ],
  [
    "a name for truth or dare",
    (name) =>
      Schema.decodeUnknownSync(Input)({ type: "dare", language: "en", mood: "calm", ageGroup: "kids", players: [name] })
  ]
]

const taken = [
  "Nora",
  "Nora O’Hara-Žižková III.",
  "李小龍",
  "👩‍🚀",
  "❤️",
  "علی‌رضا",
  "N\u0303",
  "<script>",
  "a\u200bb",
  " Nora "
]

const refused: ReadonlyArray<readonly [text: string, why: RegExp]> = [
  ["", /not blank/],
  ["   ", /not blank/],
  ["\u00a0\u3000", /not blank/],
  ["\u200b", /can be seen/],
  ["\u3164", /can be seen/],
  ["\u2800 \u2800", /can be seen/],
  ["\u200d\ufe0f", /can be seen/],
  ["Nora\0", /control characters/],
  ["Nora\nBcc: a@b.example", /control characters/],
  ["Nora\u001b[31m", /control characters/],
  ["Nora\u009b31m", /control characters/],
  ["Nora\u2028Emil", /control characters/],
  ["Nora\u202egnp.exe", /control characters/],
  ["Nora\u2066", /control characters/],
  ["Nora\ud800", /surrogate/],
  ["x".repeat(201), /at most \d+ characters/]
]

for (const [what, decode] of places) {
  describe(`text that is ${what}`, () => {
    for (const text of taken) it(`may be ${JSON.stringify(text)}`, () => assert.doesNotThrow(() => decode(text)))
    for (const [text, why] of refused) {
      it(`may not be ${JSON.stringify(text.slice(0, 40))}: ${why.source}`, () => {
        assert.throws(() => decode(text), why)
      })
    }
  })
}

describe("a name that is left out", () => {
  it("is none", () => {
    assert.isTrue(Option.isSome(Schema.decodeUnknownOption(RecordPlay)(play)))
  })
})
