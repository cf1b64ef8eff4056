import { assert, describe, it } from "@effect/vitest"
import { Option, Schema } from "effect"
import * as fc from "fast-check"
import { EmailPrefix, keyOf, prefixOf } from "../../src/players/Email.ts"

const prefix = (text: string) => Option.getOrUndefined(prefixOf(text))

const letters = (of: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...Array.from(of)), minLength: 1, maxLength })
const address = fc
  .tuple(letters("abcXYZ019_+-éÜñžåжбЯ", 10), letters("abcxyz019", 8), fc.constantFrom("com", "example", "CZ"))
  .map(([local, domain, top]) => `${local}@${domain}.${top}`)

describe("the beginning of an address", () => {
  it("is one of its key, as far as somebody has typed it, however they spell it", () => {
    fc.assert(
      fc.property(address, fc.nat(), fc.boolean(), (typed, length, isLoud) => {
        const part = Array.from(typed)
          .slice(0, 1 + (length % Array.from(typed).length))
          .join("")
        const found = prefix(` ${(isLoud ? part.toUpperCase() : part).normalize("NFD")}`)
        assert.isDefined(found)
        assert.isTrue(keyOf(typed).startsWith(found), `${found} of ${typed}`)
      }),
      { numRuns: 1000 }
    )
  })

  it("of a domain beyond ASCII is found by whole labels", () => {
    assert.isTrue(keyOf("nora@bücher.example").startsWith(prefix("Nora@BÜCHER.")!))
    assert.strictEqual(prefix("nora@bücher.example"), keyOf("nora@bücher.example"))
    assert.strictEqual(prefix("nora@xn--bcher-kva.ex"), "nora@xn--bcher-kva.ex")
    assert.strictEqual(prefix("nora@"), "nora@")
  })

  it("is refused where no address begins so, and never throws", () => {
    for (const text of ["", " ", "a b", "a\nb", "\u0000", "\ud800", "a".repeat(513)]) {
      assert.isUndefined(prefix(text), JSON.stringify(text))
      assert.isTrue(Option.isNone(Schema.decodeUnknownOption(EmailPrefix)(text)))
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 600 }), (text) => {
        const found = prefix(text)
        // What PostgreSQL cannot store is not asked of it.
        assert.isTrue(found === undefined || (found !== "" && found.isWellFormed() && !/[\s\p{Cc}]/u.test(found)))
      }),
      { numRuns: 1000 }
    )
  })
})
