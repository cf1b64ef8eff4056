import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import * as fc from "fast-check"
import { domainToASCII, domainToUnicode } from "node:url"
import { EmailKey, keyOf, mailbox, normalise } from "../../src/players/Email.ts"

const key = (text: string) => Option.getOrUndefined(normalise(text))
const octets = (text: string) => new TextEncoder().encode(text).length

const letters = (of: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(of)), minLength: 1, maxLength })

// Scripts whose capitals and small letters belong together one by one.
const local = fc
  .array(letters("abcxyz019_+-éüñžåøжбя", 8), { minLength: 1, maxLength: 3 })
  .map((atoms) => atoms.join("."))
const label = letters("abcxyz019éüñžåжбя", 10)
const domain = fc
  .tuple(fc.array(label, { minLength: 1, maxLength: 3 }), fc.constantFrom("com", "example", "cz", "рф"))
  .map(([labels, top]) => [...labels, top].join("."))
const address = fc.tuple(local, domain).map(([local, domain]) => `${local}@${domain}`)

const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\u00a0", "\ufeff"), maxLength: 4 })

/** The same address as another keyboard would type it. */
const variant = (text: string) =>
  fc.tuple(space, space, fc.infiniteStream(fc.boolean()), fc.boolean()).map(([before, after, flips, isDecomposed]) => {
    const cased = Array.from(text, (letter) => (flips.next().value === true ? letter.toUpperCase() : letter)).join("")
    return before + (isDecomposed ? cased.normalize("NFD") : cased.normalize("NFC")) + after
  })

/** Letters as they may stand in a domain, of scripts that are written in one direction. */
const unicodeDomain = fc
  .array(
    letters("abcxyz019éüñžåжбяßςσλ例テ한กักअ", 8).filter((label) => !/^[\p{M}]/u.test(label)),
    { minLength: 1, maxLength: 3 }
  )
  .map((labels) => [...labels, "рф"].join("."))

/** Signs that standards have rules for, with and without their neighbours. */
const oddDomain = fc
  .string({
    unit: fc.constantFrom(
      ...Array.from("abl-.\u3002\uff0e\uff61·・例אب٣۳\u200c\u200d\u0640\u0301\u00ad\u3164\ufe0f🍕”½①KİΣςßxn--")
    ),
    maxLength: 30
  })
  .map((text) => `${text}.example`)

const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...Array.from("ab@.-_ \0\u00ad\u200dé١İſK\ud800[]\"'<>:/%")), maxLength: 20 }),
  fc
    .tuple(fc.string({ unit: "binary", maxLength: 10 }), fc.string({ unit: "binary", maxLength: 10 }))
    .map(([left, right]) => `${left}@${right}.com`),
  address.chain(variant)
)

const runs = { numRuns: 1000 }

describe("normalise, for whatever text", () => {
  it("spellings of one address agree", () => {
    fc.assert(
      fc.property(
        address.chain((text) => fc.tuple(fc.constant(text), variant(text), variant(text))),
        ([text, one, other]) => {
          assert.isDefined(key(text))
          assert.strictEqual(key(one), key(text))
          assert.strictEqual(key(other), key(text))
        }
      ),
      runs
    )
  })

  it("a key is its own key", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const first = key(text)
        assert.strictEqual(first === undefined ? undefined : key(first), first)
      }),
      runs
    )
  })

  it("a domain in letters is the same as in Punycode", () => {
    fc.assert(
      fc.property(unicodeDomain, (domain) => {
        const found = keyOf(`nora@${domain}`)
        assert.strictEqual(found, `nora@${domainToASCII(domain.normalize("NFC"))}`)
        assert.strictEqual(key(found), found)
        assert.strictEqual(key(`nora@${domainToUnicode(found.slice(5))}`), found)
      }),
      runs
    )
  })

  it("whatever is taken in Punycode is taken in letters, and the other way round", () => {
    fc.assert(
      fc.property(oddDomain, (domain) => {
        const ascii = domainToASCII(domain.normalize("NFC"))
        if (ascii === "" || /[\p{Default_Ignorable_Code_Point}]/u.test(domain)) return
        assert.strictEqual(key(`nora@${domain}`), key(`nora@${ascii}`), ascii)
      }),
      runs
    )
  })

  it("a mailbox has the same key, and a domain that every mail system takes", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const found = key(text)
        if (found === undefined) return
        const to = mailbox(text.trim(), EmailKey.make(found))
        assert.strictEqual(key(to), found)
        assert.match(to, /@[\x21-\x7e]+$/)
      }),
      runs
    )
  })

  it("a key is bounded and well-formed", () => {
    fc.assert(
      fc.property(anything, (text) => {
        const found = key(text)
        if (found === undefined) return
        const [local = "", domain = "", ...rest] = found.split("@")
        assert.lengthOf(rest, 0)
        assert.isTrue(octets(found) <= 254 && octets(local) >= 1 && octets(local) <= 64 && domain.length <= 253)
        assert.match(domain, /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/)
        assert.isTrue(found.isWellFormed())
        assert.notMatch(found, /[\s\p{Cc}\p{Cf}\p{Z}]/u)
        assert.strictEqual(found, found.normalize("NFC"))
        assert.strictEqual(found, found.toLowerCase())
      }),
      runs
    )
  })

  it("different local parts are different players", () => {
    fc.assert(
      fc.property(local, local, domain, (one, other, domain) => {
        assert.strictEqual(key(`${one}@${domain}`) === key(`${other}@${domain}`), one === other)
      }),
      runs
    )
  })

  it("never throws, and a text without an address between dots has none", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const found = normalise(text)
        assert.isTrue(text.includes("@") || Option.isNone(found))
      }),
      runs
    )
  })
})
