import { assert, describe, it } from "@effect/vitest"
import { Redacted } from "effect"
import { redactor, withoutAddresses } from "../../../src/platform/observe/Redaction.ts"

const redact = redactor([Redacted.make("the+secret/key")])

describe("redaction", () => {
  it("hides addresses wherever they stand, and nothing else", () => {
    for (const [text, expected] of [
      ["nora@shop.example", "<address>"],
      ['{"email":"nora@shop.example"}', '{"email":"<address>"}'],
      ["to=nora%40shop.example", "to=<address>"],
      ["<nora@shop.example>, emil@shop.example", "<<address>>, <address>"],
      ["a@b@c", "<address>@c"],
      ["node_modules/@effect/vitest", "node_modules/@effect/vitest"],
      ["@ %40 x@ @x", "@ %40 x@ @x"],
      ["100%40", "100%40"]
    ] as const) {
      assert.strictEqual(withoutAddresses(text), expected)
    }
  })

  it("hides a secret in every way in which a service may repeat it", () => {
    const secret = 'k"y>>>???~~~/ü='
    const hide = redactor([Redacted.make(secret)])
    const [base64, base64url] = [Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("base64url")]
    assert.notStrictEqual(base64.replaceAll("=", ""), base64url)
    assert.match(base64, /\//)
    for (const shape of [
      secret,
      encodeURIComponent(secret),
      base64,
      base64url,
      JSON.stringify(secret).slice(1, -1),
      JSON.stringify(secret).slice(1, -1).replaceAll("/", "\\/"),
      base64.replaceAll("/", "\\/")
    ]) {
      assert.strictEqual(hide(`sent ${shape}.`), "sent <secret>.")
    }
  })

  it("hides the whole of a secret that has another one in it", () => {
    const hide = redactor([Redacted.make("inner"), Redacted.make("outer-inner-outer"), Redacted.make("")])
    assert.strictEqual(hide("outer-inner-outer inner"), "<secret> <secret>")
  })

  it("takes no longer for one long word than for many", () => {
    const since = performance.now()
    for (const word of ["x", "x%", "%40", "x@"]) withoutAddresses(word.repeat(1_000_000 / word.length))
    // Quadratic time would be hours.
    assert.isBelow(performance.now() - since, 10_000)
  })

  it("gives text that is one line and can be stored", () => {
    assert.strictEqual(redact("the+secret/key\n of\u0000 nora@shop.example \u001b[31m"), "<secret> of <address> [31m")
    assert.strictEqual(redact("a \ud800 b"), "a \ufffd b")
    assert.strictEqual(redact(`${"x".repeat(299)}😀😀`), `${"x".repeat(299)}…`)
  })
})
