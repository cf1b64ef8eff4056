import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { createHash, createHmac } from "node:crypto"
import { lastsOf, manifestOf, padsOf, valueOf } from "../../src/pages/Odds.ts"
import { address, manifest, odds, seed } from "./Vectors.ts"

describe("Odds", () => {
  it("have the values of the protocol's vectors", () => {
    assert.strictEqual(manifest.length, 122)
    const pads = padsOf(seed, manifest)
    for (const [number, value] of odds) assert.strictEqual(valueOf(pads, address, number), value)
  })

  it("are HMAC-SHA256 under the seed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.string(), fc.nat(), (own, address, number) => {
        const counted = Buffer.alloc(4)
        counted.writeUInt32BE(number)
        const message = Buffer.concat([
          Buffer.from("fairground-fair-1\0odds\0"),
          createHash("sha256").update(manifestOf("wheel")).digest(),
          Buffer.from(`${address}\0`),
          counted
        ])
        const expected = createHmac("sha256", own).update(message).digest().readBigUInt64BE() >> 1n
        assert.strictEqual(valueOf(padsOf(own, manifestOf("wheel")), address, number), expected)
      })
    )
  })

  it("are shared out by weight, to the last value, and every value belongs to one share", () => {
    const all = 1n << 63n
    assert.deepStrictEqual(lastsOf([1, 1]), [(1n << 62n) - 1n, all - 1n])
    assert.deepStrictEqual(lastsOf([0, 5, 0]), [-1n, all - 1n, all - 1n])
    assert.deepStrictEqual(lastsOf([0, 0]), [-1n, -1n])
    fc.assert(
      fc.property(
        fc
          .array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 24 })
          .filter((weights) => weights.some((weight) => weight > 0)),
        (weights) => {
          const total = weights.reduce((sum, weight) => sum + weight, 0)
          const lasts = lastsOf(weights)
          assert.strictEqual(lasts.at(-1), all - 1n)
          let before = -1n
          for (const [at, last] of lasts.entries()) {
            // The size of a share is its part of 2⁶³, to one value.
            const exact = (all * BigInt(weights[at] ?? 0)) / BigInt(total)
            const size = last - before
            assert.isTrue(size === exact || size === exact + 1n, `${weights.join()} at ${at}`)
            before = last
          }
        }
      )
    )
  })
})
