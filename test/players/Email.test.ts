import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { EmailInput, normalise } from "../../src/players/Email.ts"

const octets = (text: string) => new TextEncoder().encode(text).length

/** A domain of this many octets, in labels that are short enough. */
const domainOf = (length: number) => {
  const labels = `${"d".repeat(62)}.`.repeat(4).slice(0, length - 4)
  return `${labels.replace(/\.$/, "d")}.com`
}

const same: ReadonlyArray<readonly [typed: string, key: string, why: string]> = [
  ["nora@shop.example", "nora@shop.example", "as it is"],
  ["  nora@shop.example\t\n", "nora@shop.example", "spaces around"],
  ["\u00a0nora@shop.example\ufeff", "nora@shop.example", "other white space around"],
  ["NORA@Shop.EXAMPLE", "nora@shop.example", "case"],
  ["nora+wheel@shop.example", "nora+wheel@shop.example", "a tag is another address"],
  ["n.o.r.a@shop.example", "n.o.r.a@shop.example", "dots are another address"],
  ["!#$%&'*+/=?^_`{|}~-@shop.example", "!#$%&'*+/=?^_`{|}~-@shop.example", "every character of an atom"],
  ["n@x.co", "n@x.co", "short"],
  ["nora@sub.shop.co.uk", "nora@sub.shop.co.uk", "several labels"],
  ["nora@9to5.example", "nora@9to5.example", "a label that begins with a digit"],
  ["nora@xn--mnchen-3ya.example", "nora@xn--mnchen-3ya.example", "a domain in its ASCII form"],
  ["nora@XN--MNCHEN-3YA.example", "nora@xn--mnchen-3ya.example", "the same in capitals"],
  ["nora@münchen.example", "nora@xn--mnchen-3ya.example", "an internationalised domain"],
  ["nora@MÜNCHEN.example", "nora@xn--mnchen-3ya.example", "the same in capitals"],
  ["nora@mu\u0308nchen.example", "nora@xn--mnchen-3ya.example", "the same decomposed"],
  ["nora@shop\u3002example", "nora@shop.example", "an ideographic full stop"],
  ["nora@ｓｈｏｐ.example", "nora@shop.example", "full-width letters"],
  ["nora@straße.example", "nora@xn--strae-oqa.example", "a sharp s stays one (non-transitional)"],
  ["nora@例え.テスト", "nora@xn--r8jz45g.xn--zckzah", "an internationalised top level"],
  ["josé@shop.example", "josé@shop.example", "an internationalised local part"],
  ["JOSÉ@shop.example", "josé@shop.example", "the same in capitals"],
  ["jose\u0301@shop.example", "josé@shop.example", "the same decomposed"],
  ["用户@例え.jp", "用户@xn--r8jz45g.jp", "all of it internationalised"],
  ["😀@shop.example", "😀@shop.example", "beyond the basic plane"],
  [`${"a".repeat(64)}@shop.example`, `${"a".repeat(64)}@shop.example`, "a local part of 64 octets"],
  [`${"é".repeat(32)}@shop.example`, `${"é".repeat(32)}@shop.example`, "64 octets in 32 characters"],
  [`a@${domainOf(252)}`, `a@${domainOf(252)}`, "254 octets"]
]

const none: ReadonlyArray<readonly [text: string, why: string]> = [
  ["", "nothing"],
  ["   ", "spaces"],
  ["nora", "no at sign"],
  ["@shop.example", "no local part"],
  ["nora@", "no domain"],
  ["nora@shop", "one label"],
  ["nora@@shop.example", "two at signs"],
  ["nora@home@shop.example", "an at sign in the local part"],
  [".nora@shop.example", "a dot at the start"],
  ["nora.@shop.example", "a dot at the end"],
  ["no..ra@shop.example", "two dots"],
  ["no ra@shop.example", "a space"],
  ["no\u00a0ra@shop.example", "a no-break space"],
  ["no\u200bra@shop.example", "a zero-width space"],
  ["no\u202era@shop.example", "a change of direction"],
  ["no\tra@shop.example", "a tab"],
  ["nora\0@shop.example", "a NUL"],
  ["nora@shop.example\0", "a NUL at the end"],
  ["nora@shop\r\nBcc: a@b.example", "a header injected"],
  ["nora\ud800@shop.example", "half of a surrogate pair"],
  ["nora\u0378@shop.example", "an unassigned character"],
  ['"nora"@shop.example', "quoted"],
  ["Nora <nora@shop.example>", "with a display name"],
  ["nora,olaf@shop.example", "a comma"],
  ["nora(home)@shop.example", "a comment"],
  ["nora@[192.0.2.1]", "an address literal"],
  ["nora@192.0.2.1", "an IPv4 address"],
  ["nora@0x7f.0.0.1", "an IPv4 address in hexadecimal"],
  ["nora@shop.example.", "a dot at the end of the domain"],
  ["nora@.shop.example", "a dot at the start of the domain"],
  ["nora@shop..example", "an empty label"],
  ["nora@-shop.example", "a label that begins with a hyphen"],
  ["nora@shop-.example", "a label that ends with a hyphen"],
  ["nora@shop_1.example", "an underscore in the domain"],
  ["nora@shop.e", "a top level of one letter"],
  ["nora@shop.123", "a top level of digits"],
  ["nora@shop.example:8080", "a port"],
  ["nora@shop.example/path", "a path"],
  ["nora@shop.example?q", "a query"],
  ["nora@shop.example#f", "a fragment"],
  ["nora@sh%6fp.example", "a percent-encoding"],
  ["nora@xn--é.example", "an ASCII form that is not ASCII"],
  ["nora@\u00ad.example", "a label of nothing"],
  [`${"a".repeat(65)}@shop.example`, "a local part of 65 octets"],
  [`${"é".repeat(33)}@shop.example`, "66 octets in 33 characters"],
  [`${"İ".repeat(32)}@shop.example`, "64 octets that are 96 in lower case"],
  [`a@${"d".repeat(64)}.example`, "a label of 64"],
  [`a@${domainOf(253)}`, "255 octets"],
  [`ab@${domainOf(252)}`, "255 octets"],
  [`a@${domainOf(254)}`, "a domain of 254"],
  [`${" ".repeat(600)}a@shop.example`, "hundreds of spaces"],
  ["a".repeat(1_000_000), "a million letters"],
  [`${"a.".repeat(255)}@`, "dots that a pattern could go back and forth on"],
  [`a@${"\u3002b".repeat(200)}!`, "ideographic full stops that a pattern could take for letters"],
  [`a@${"\uff0eb".repeat(200)}!`, "the same with full-width full stops"],
  [`a@${"\uff61b".repeat(200)}!`, "the same with half-width ideographic full stops"]
]

describe("normalise", () => {
  for (const [typed, key, why] of same) {
    it(`takes ${JSON.stringify(typed.length > 60 ? `${typed.slice(0, 50)}…` : typed)}: ${why}`, () => {
      assert.deepStrictEqual(normalise(typed), Option.some(key))
    })
  }
  for (const [text, why] of none) {
    it(`refuses ${why}`, () => {
      assert.deepStrictEqual(normalise(text), Option.none())
    })
  }

  it("the longest examples are as long as they say", () => {
    assert.deepStrictEqual(
      [252, 253, 254].map((length) => octets(`a@${domainOf(length)}`)),
      [254, 255, 256]
    )
  })
})

describe("EmailInput", () => {
  it("is the text as it was typed", () => {
    assert.strictEqual(Schema.decodeSync(EmailInput)(" Nora@Shop.Example "), " Nora@Shop.Example ")
  })

  it("refuses what is no text or no address", () => {
    for (const value of [null, 1, {}, ["nora@shop.example"], "nora"]) {
      assert.isTrue(Option.isNone(Schema.decodeUnknownOption(EmailInput)(value)))
    }
  })
})
