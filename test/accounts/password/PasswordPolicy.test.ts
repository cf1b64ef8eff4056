import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { commonWords } from "../../../src/accounts/password/CommonWords.ts"
import { refusalOf } from "../../../src/accounts/password/PasswordPolicy.ts"
import { refusals } from "../../../src/accounts/password/PasswordRefusal.ts"

const nora = { email: "nora.svensson@kvarnby.example", name: "Nora Svensson" }
const refusal = (password: string) => refusalOf(password, nora)

/** Text without repetitions, of this many characters. */
const good = (length: number) => Array.from({ length }, (_, at) => String.fromCodePoint(0x4e00 + at * 37)).join("")

describe("the length of a password", () => {
  it("is 15 to 256 code points, whatever they take in memory", () => {
    assert.strictEqual(refusal("vq8kfz0plw2mnx"), "too-short")
    assert.isUndefined(refusal("vq8kfz0plw2mnxr"))
    assert.isUndefined(refusal(good(256)))
    assert.strictEqual(refusal(good(257)), "too-long")
    // Each of these takes two UTF-16 units.
    const faces = Array.from({ length: 15 }, (_, at) => String.fromCodePoint(0x1f600 + at * 3))
    assert.isUndefined(refusal(faces.join("")))
    assert.strictEqual(refusal(faces.slice(1).join("")), "too-short")
  })

  it("is counted after NFKC", () => {
    const letters = "ábčdéfgňíjklóp"
    assert.strictEqual(refusal(letters.normalize("NFD")), "too-short")
    assert.isUndefined(refusal(`${letters}x`.normalize("NFD")))
    // One ligature is three letters.
    assert.isUndefined(refusal("ﬃvq8kfz0plw2m"))
  })

  it("is all there is for scripts, spaces and kinds of characters", () => {
    for (const password of [
      "correct horse battery staple",
      "the cat sat on my mat",
      "vyskočil na zelené kolo",
      "кот сидел на печи и пел",
      "猫が窓の外を見ている静かな午後だ",
      "        x y  z q  w   p",
      "jljrqxvzkwmphtd",
      "824917365029418"
    ]) {
      assert.isUndefined(refusal(password), password)
    }
  })
})

describe("a password that is easy to guess", () => {
  it("is refused, with the reason", () => {
    const table = {
      repetitive: [
        "aaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "ab".repeat(128),
        "abcdefghijklmnop",
        "zyxwvutsrqponmlk",
        "123456789012345",
        "qwertyuiopasdfgh",
        "1q2w3e4r5t6y7u8i",
        "1qaz2wsx3edc4rfv",
        "йцукенгшщзхъфывапролджэ",
        "0123456789abcdef0123"
      ],
      common: [
        "passwordpassword",
        "Password1234567",
        "P@ssw0rdP@ssw0rd!",
        "iloveyouiloveyou",
        "adminadminadmin1",
        "liverpool2005liverpool",
        "thisismypassword",
        "WELCOME welcome 2026",
        "парольлюбовь1985",
        "ｐａｓｓｗｏｒｄｐａｓｓｗｏｒｄ",
        "letmein!letmein!"
      ],
      "service-name": ["fairground-2026!", "Fairground12345678", "fairgroundfairground"],
      personal: [
        "nora.svensson@kvarnby.example",
        "nora.svensson123",
        "svensson svensson",
        "NoraSvensson1985!",
        "kvarnby.example.2026"
      ]
    }
    for (const [reason, passwords] of Object.entries(table)) {
      for (const password of passwords) assert.strictEqual(refusal(password), reason, password)
    }
  })

  it("is the address, however long it is", () => {
    const email = `${"abcdefghij-klmnopqrst".replaceAll(/./g, (letter, at: number) => String.fromCharCode(97 + ((at * 7) % 26)) + letter)}@mail.kvarnby-gjuteri.example`
    assert.isAbove(email.length, 60)
    assert.strictEqual(refusalOf(email, { email, name: null }), "personal")
    assert.isUndefined(refusalOf(email, nora))
  })

  it("three thousand of the kind that leaks most are refused (ASVS 6.2.4)", () => {
    const words = commonWords.filter((word) => word.length >= 5 && word.length <= 10).slice(0, 80)
    const made = new Set(
      words.flatMap((word) => [
        word.repeat(3),
        `${word}1234567890`,
        `1234567890${word}`,
        `${word}${word}2024`,
        `${word.toUpperCase()}qwertyuiop!`,
        ...words.flatMap((other) => [`${word}${other}`, `${word}_${other}123`])
      ])
    )
    const fitting = [...made].filter((text) => text.length >= 15)
    assert.isAbove(fitting.length, 3000)
    assert.deepStrictEqual(
      fitting.filter((password) => refusalOf(password, { email: null, name: null }) === undefined),
      []
    )
  })

  it("is none that was drawn by chance", () => {
    const alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 18, max: 60 }), (seed, length) => {
        let state = seed >>> 0
        const drawn = Array.from({ length }, () => {
          state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
          return alphabet.charAt(state >>> 27)
        })
        assert.isUndefined(refusal(drawn.join("")), drawn.join(""))
      })
    )
  })

  it("any text is judged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) =>
        assert.include([undefined, ...refusals], refusalOf(text, nora))
      )
    )
  })
})
