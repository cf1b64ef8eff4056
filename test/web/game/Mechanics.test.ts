import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { inkOn, luminance, mix, parse, partsOf } from "../../../src/web/game/colours.ts"
import { read } from "../../../src/web/game/frame.ts"
import { catches } from "../../../src/web/game/mechanics/catch.ts"
import { columnsOf, scoreOf, shuffled } from "../../../src/web/game/mechanics/memory.ts"
import { landing, sliceAt, wrap } from "../../../src/web/game/mechanics/wheel.ts"

const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

describe("wheel", () => {
  it("lands on the slice from any angle, at the speed of the turning", () => {
    const turns = fc
      .tuple(fc.integer({ min: 2, max: 36 }), share, fc.double({ min: -720, max: 100_000, noNaN: true }), share)
      .map(([count, place, from, random]) => ({ count, place: Math.floor(place * count), from, random }))
    fc.assert(
      fc.property(turns, ({ count, from, place, random }) => {
        const { duration, way } = landing(from, place, 360 / count, random)
        assert.strictEqual(sliceAt(from + way, count), place)
        assert.isAtLeast(way, 1080)
        assert.isBelow(way, 1440.001)
        // An ease-out cubic begins at three times its mean speed.
        assert.approximately((3 * way * 1000) / duration, 540, 1e-6)
      }),
      { numRuns: 1000 }
    )
  })

  it("wraps a title without losing a word", () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^\S{1,12}$/), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 3 }),
        (words, lines) => {
          const wrapped = wrap(words.join(" "), lines)
          assert.strictEqual(wrapped.join(" "), words.join(" "))
          assert.isAtMost(wrapped.length, Math.max(lines, 1))
        }
      )
    )
    assert.deepStrictEqual(wrap("Free delivery", 2), ["Free", "delivery"])
  })
})

describe("memory", () => {
  it("has each pair once, in an order that chance decides", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 10 }), fc.infiniteStream(share), (pairs, stream) => {
        const cards = shuffled(pairs, () => stream.next().value as number)
        assert.deepStrictEqual(
          cards.toSorted((first, second) => first - second),
          Array.from({ length: pairs * 2 }, (_, place) => place >> 1)
        )
        assert.isAtMost(columnsOf(cards.length), 5)
        assert.isAtMost(Math.ceil(cards.length / columnsOf(cards.length)), 6)
      })
    )
  })

  it("scores 100 at best, and less with more moves", () => {
    assert.strictEqual(scoreOf(6, 6), 100)
    assert.strictEqual(scoreOf(6, 12), 50)
    assert.strictEqual(scoreOf(6, 0), 100)
  })
})

describe("catch", () => {
  it("the basket in a lane catches what falls there, and nothing of the lanes beside", () => {
    assert.isTrue(catches(300, 300))
    assert.isFalse(catches(180, 300))
    assert.isFalse(catches(420, 300))
  })
})

describe("colours", () => {
  const rgb = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255))

  it("words are read on any colour", () => {
    fc.assert(
      fc.property(rgb, (colour) => {
        const [dark = 0, light = 0] = [luminance(parse(inkOn(colour)) ?? colour), luminance(colour)].toSorted(
          (first, second) => first - second
        )
        assert.isAtLeast((light + 0.05) / (dark + 0.05), 4.49)
      })
    )
  })

  it("colours are read as a canvas writes them", () => {
    assert.deepStrictEqual(parse("#b3123f"), [179, 18, 63])
    for (const other of ["rgba(179, 18, 63, 0.5)", "color(srgb 1 0 0.2)", "oklch(0.5 0.2 20)", "#b3123", ""]) {
      assert.isUndefined(parse(other))
    }
    assert.strictEqual(mix([0, 0, 0], [255, 255, 255], 0.5), "#808080")
    assert.strictEqual(new Set(partsOf([179, 18, 63], [255, 209, 102])).size, 6)
  })
})

describe("messages of a frame", () => {
  it("heights are bounded, and other messages are none", () => {
    assert.strictEqual(read({ fairground: "fair", height: 512.4 }, "fair").height, 512)
    assert.strictEqual(read({ fairground: "fair", height: 1e9 }, "fair").height, 4000)
    assert.strictEqual(read({ fairground: "fair", height: -5 }, "fair").height, 200)
    for (const height of [undefined, Number.NaN, "x", {}])
      assert.isNaN(read({ fairground: "fair", height }, "fair").height)
    for (const other of [null, undefined, 1, "fair", {}, { fairground: "other", height: 500 }, []]) {
      assert.deepStrictEqual(read(other, "fair"), {})
    }
  })
})
