import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import { EmailInput, keyOf, mailbox, normalise } from "../../src/players/Email.ts"

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
  ["nora@shop\uff0eexample", "nora@shop.example", "a full-width full stop"],
  ["nora@shop\uff61example", "nora@shop.example", "a half-width ideographic full stop"],
  ["nora@\u212auns.example", "nora@kuns.example", "the sign for kelvin"],
  ["nora@ΑΣ.example", "nora@xn--mxa0b.example", "a capital sigma at the end stays a sigma like others"],
  ["nora@ꮿꮎ.example", "nora@xn--09d1h.example", "a script whose capitals are the plain ones"],
  ["nora@نامه\u200cای.example", "nora@xn--mgba3gch31f060k.example", "a joiner where the script needs one"],
  ["nora@xn--mgba3gch31f060k.example", "nora@xn--mgba3gch31f060k.example", "the same in ASCII"],
  ["nora@col·lecció.example", "nora@xn--collecci-ioa91d.example", "a middle dot between two l"],
  ["nora@コーヒー・豆.example", "nora@xn--tck2c2fcb5331l.example", "a dot in the middle of Japanese words"],
  ["nora@ab--cd.example", "nora@ab--cd.example", "hyphens where some domains have their prefix"],
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
  [`${"e\u0301".repeat(32)}@shop.example`, `${"é".repeat(32)}@shop.example`, "the same decomposed: 64 octets in NFC"],
  ["J\u030cana@shop.example", "\u01f0ana@shop.example", "a letter that is one only when it is small"],
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
  ["nora@xn--a.example", "an ASCII form of nothing"],
  ["nora@xn--shop-.example", "an ASCII form of ASCII"],
  ["nora@xn--mnchen-3ya-.example", "an ASCII form with too much in it"],
  ["nora@xn--mnchen-3y.example", "an ASCII form that is cut"],
  ["nora@shop.example\u201d", "a quotation mark at the end of the domain"],
  ["nora@shop.xn--example-b46c", "the same in ASCII"],
  ["nora@shop.🍕", "a symbol in the domain"],
  ["nora@shop.xn--vi8h", "the same in ASCII"],
  ["nora@½shop.example", "a letter that stands for a symbol"],
  ["nora@shop·.example", "a middle dot that stands between nothing"],
  ["nora@shop・.example", "a Japanese dot in another script"],
  ["nora@sho\u0640p.example", "a stroke that lengthens letters"],
  ["nora@sh\u00adop.example", "a soft hyphen"],
  ["nora@sh\u200bop.example", "a zero-width space in the domain"],
  ["nora@sh\u200dop.example", "a joiner where nothing is joined"],
  ["nora@shop\ufe0f.example", "a variation selector in the domain"],
  ["nora@shop\u3164.example", "a filler in the domain"],
  ["nora@אa.example", "a label of two directions"],
  ["nora@\u0301shop.example", "a label that begins with an accent"],
  ["no\u3164ra@shop.example", "a filler in the local part"],
  ["no\u115fra@shop.example", "another filler"],
  ["nora\ufe0f@shop.example", "a variation selector"],
  ["no\u034fra@shop.example", "a joiner of graphemes"],
  ["no\u2800ra@shop.example", "a Braille pattern without dots"],
  ["no\u00adra@shop.example", "a soft hyphen in the local part"],
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

describe("mailbox", () => {
  for (const [typed, to] of [
    ["Nora@Shop.EXAMPLE", "Nora@shop.example"],
    ["ana@kältetechnik.example", "ana@xn--kltetechnik-l8a.example"],
    ["Bo@shop\u3002example", "Bo@shop.example"],
    ["JOSE\u0301@shop.example", "JOSÉ@shop.example"]
  ] as const) {
    it(`of ${typed} is ${to}`, () => {
      assert.strictEqual(mailbox(typed, keyOf(typed)), to)
      assert.strictEqual(keyOf(to), keyOf(typed))
    })
  }
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
