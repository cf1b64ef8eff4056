import { assert, describe, it } from "@effect/vitest"
import { DateTime, Option, Schema } from "effect"
import { Game, PlayLimit, Slug, TimeZone } from "../../src/games/Game.ts"

const decodes = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, value: unknown) =>
  Option.isSome(Schema.decodeUnknownOption(schema)(value))

describe("Slug", () => {
  it("is lower-case letters, digits and single hyphens", () => {
    for (const slug of ["a", "7", "wheel", "autumn-2026", "a-b-c", "x".repeat(64)])
      assert.isTrue(decodes(Slug, slug), slug)
    for (const slug of ["", "-", "-a", "a-", "a--b", "A", "é", "a b", "a/b", "a_b", "a\n", "x".repeat(65), 7]) {
      assert.isFalse(decodes(Slug, slug), String(slug))
    }
  })
})

describe("TimeZone", () => {
  it("is an IANA name", () => {
    for (const name of ["UTC", "Europe/Prague", "Asia/Kolkata"]) assert.isTrue(decodes(TimeZone, name), name)
    for (const name of ["", "Prague", "Europe/Nowhere", 0]) assert.isFalse(decodes(TimeZone, name), String(name))
  })
})

describe("PlayLimit", () => {
  it("has 1 to a million plays", () => {
    for (const plays of [1, 1_000_000]) assert.isTrue(decodes(PlayLimit, { plays, period: "day", windowSeconds: null }))
    for (const plays of [0, 1_000_001, 1.5, -1, "1"]) {
      assert.isFalse(decodes(PlayLimit, { plays, period: "day", windowSeconds: null }))
    }
    assert.isFalse(decodes(PlayLimit, { plays: 1, period: "week", windowSeconds: null }))
    assert.isFalse(decodes(PlayLimit, { plays: 1, period: "window", windowSeconds: 0 }))
  })
})

describe("isOpenAt", () => {
  const at = (text: string) => DateTime.makeUnsafe(`2026-11-20T${text}Z`)
  const game = (opensAt: DateTime.Utc | null, closesAt: DateTime.Utc | null) =>
    Game.make({
      id: "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52" as never,
      slug: Slug.make("wheel"),
      title: "Wheel",
      opensAt,
      closesAt,
      timeZone: "UTC",
      limitPlays: null,
      limitPeriod: null,
      limitWindowSeconds: null,
      esp: "sandbox",
      espList: null,
      espTags: [],
      version: 1,
      archivedAt: null,
      createdAt: at("00:00:00") as never,
      updatedAt: at("00:00:00") as never
    })

  it("begins with the opening moment and ends before the closing one", () => {
    const both = game(at("10:00:00"), at("11:00:00"))
    assert.deepStrictEqual(
      ["09:59:59.999", "10:00:00.000", "10:59:59.999", "11:00:00.000"].map((text) => both.isOpenAt(at(text))),
      [false, true, true, false]
    )
  })

  it("has no bound where there is no time", () => {
    assert.isTrue(game(null, null).isOpenAt(DateTime.makeUnsafe(0)))
    assert.isTrue(game(null, at("11:00:00")).isOpenAt(DateTime.makeUnsafe(0)))
    assert.isTrue(game(at("10:00:00"), null).isOpenAt(DateTime.makeUnsafe("2126-01-01T00:00:00Z")))
  })
})
