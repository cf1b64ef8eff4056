import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { base32, codeOf, otpauthUri, stepAt, stepOf } from "../../../src/accounts/factor/TotpCode.ts"

const secret = Buffer.from("12345678901234567890")

describe("codes of authenticator apps", () => {
  it("are those of RFC 6238, appendix B, for SHA-1", () => {
    for (const [seconds, code] of [
      [59, "94287082"],
      [1111111109, "07081804"],
      [1111111111, "14050471"],
      [1234567890, "89005924"],
      [2000000000, "69279037"],
      [20000000000, "65353130"]
    ] as const) {
      assert.strictEqual(codeOf(secret, stepAt(seconds * 1000), 8), code)
      assert.strictEqual(codeOf(secret, stepAt(seconds * 1000)), code.slice(2))
    }
  })

  it("are those of RFC 4226, appendix D", () => {
    assert.deepStrictEqual(
      Array.from({ length: 10 }, (_, step) => codeOf(secret, step)),
      ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    )
  })

  it("count one step before and after the present one, and no further", () => {
    const at = 1_700_000_000_000
    const now = stepAt(at)
    for (const [steps, isTaken] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false]
    ] as const) {
      assert.strictEqual(stepOf(secret, codeOf(secret, now + steps), at), isTaken ? now + steps : undefined, `${steps}`)
    }
    assert.isUndefined(stepOf(secret, "", at))
    assert.isUndefined(stepOf(secret, `${codeOf(secret, now)}0`, at))
    assert.isUndefined(stepOf(Buffer.from("another secret of 20"), codeOf(secret, now), at))
  })

  it("have six digits at every step", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(2 ** 40), (key, step) => {
        assert.match(codeOf(key, step), /^\d{6}$/)
      })
    )
  })
})

it("base32 is that of RFC 4648, section 10", () => {
  assert.strictEqual(base32(Buffer.from("fooba")), "MZXW6YTB")
  assert.strictEqual(base32(Buffer.from("12345678901234567890")), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
})

it("the link of an app is a URL with the account and the secret, whatever the address holds", () => {
  for (const email of [
    "nora@shop.example",
    "o'hara+test&x=1@shop.example",
    "имя@почта.example",
    "a?b#c%d@shop.example"
  ]) {
    const url = new URL(otpauthUri("Fairground (shop.example)", email, secret))
    assert.strictEqual(url.protocol, "otpauth:")
    assert.strictEqual(url.host, "totp")
    assert.strictEqual(decodeURIComponent(url.pathname), `/Fairground (shop.example):${email}`)
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
      secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
      issuer: "Fairground (shop.example)",
      algorithm: "SHA1",
      digits: "6",
      period: "30"
    })
  }
})
