import { assert, describe, it } from "@effect/vitest"
import { DateTime, Schema } from "effect"
import * as fc from "fast-check"
import { GameId, Slug } from "../../src/games/Game.ts"
import { GameChange, GameToAdd, type ManagedGame } from "../../src/games/ManagedGame.ts"
import { pageOf, SentPage } from "../../src/pages/GamePage.ts"
import { faultsOf } from "../../src/pages/PageFaults.ts"
import { addition, changesOf, draftOf, newDraft, slugOf, wrongTimes } from "../../src/web/admin/games/GameDraft.ts"
import {
  newOption,
  newQuestion,
  newSegment,
  shareOf,
  withMechanic,
  withoutLanguage
} from "../../src/web/admin/games/PageDraft.ts"
import { checked, errorAt } from "../../src/web/admin/ui/Checked.ts"
import { changedFields, mergeOnto } from "../../src/web/admin/ui/Merge.ts"
import { momentOf, wallOf } from "../../src/web/admin/ui/ZoneTime.ts"

const at = DateTime.makeUnsafe("2026-11-20T10:00:00.123Z")

const game: ManagedGame = {
  id: GameId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"),
  slug: Slug.make("wheel"),
  title: "Wheel",
  opensAt: at,
  closesAt: null,
  timeZone: "Europe/Prague",
  limit: { plays: 3, period: "window", windowSeconds: 7200 },
  isOpen: true,
  state: "open",
  esp: "brevo",
  espList: "42",
  espTags: ["autumn", "wheel"],
  version: 1,
  archivedAt: null,
  createdAt: at,
  updatedAt: at
}

describe("the form of a game", () => {
  it("shows times on the game's clocks, and reads them so", () => {
    assert.strictEqual(wallOf(at, "Europe/Prague"), "2026-11-20T11:00")
    assert.strictEqual(momentOf("2026-11-20T11:00", "Europe/Prague"), "2026-11-20T10:00:00.000Z")
    assert.isNull(momentOf("", "Europe/Prague"))
    assert.isUndefined(momentOf("2026-11-31T11:00", "Europe/Prague"))
    assert.deepStrictEqual(wrongTimes({ ...newDraft, closesAt: "2026-02-30T10:00" }), ["closesAt"])
  })

  it("reads what it has written, to the minute, in any zone", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60_000_000 }),
        fc.constantFrom("UTC", "Asia/Kathmandu", "Pacific/Auckland", "Africa/Cairo"),
        (minutes, zone) => {
          const moment = DateTime.makeUnsafe(minutes * 60_000)
          const wall = wallOf(moment, zone)
          const read = momentOf(wall, zone)
          // When clocks go back an hour is there twice: then it may be the other one, but the clock shows the same.
          assert.strictEqual(typeof read === "string" ? wallOf(DateTime.makeUnsafe(read), zone) : read, wall)
        }
      )
    )
  })

  it("sends what was changed, and nothing else", () => {
    const base = draftOf(game)
    assert.deepStrictEqual(changesOf(base, base), {})
    assert.deepStrictEqual(changesOf({ ...base, title: " Wheel of fortune " }, base), { title: "Wheel of fortune" })
    assert.deepStrictEqual(changesOf({ ...base, limitUnit: "days" }, base), {
      limit: { plays: 3, period: "window", windowSeconds: 172_800 }
    })
    // Another zone moves the clock that the time was written on.
    assert.deepStrictEqual(changesOf({ ...base, timeZone: "UTC" }, base), {
      timeZone: "UTC",
      opensAt: "2026-11-20T11:00:00.000Z"
    })
    assert.deepStrictEqual(changesOf({ ...base, esp: "sandbox" }, base), {
      esp: "sandbox",
      espList: "42",
      espTags: ["autumn", "wheel"]
    })
  })

  it("says what is wrong by the field", () => {
    const base = draftOf(game)
    const wrong = checked(GameChange, changesOf({ ...base, title: " ", limitPlays: "1.5" }, base))
    assert.isTrue("errors" in wrong && "title" in wrong.errors && "limit.plays" in wrong.errors)
    const empty = checked(GameToAdd, addition({ ...newDraft, limitKind: "day", limitPlays: "" }, "Not a slug"))
    assert.isTrue("errors" in empty && errorAt(empty.errors, "limit") !== undefined && "slug" in empty.errors)
    assert.isTrue("value" in checked(GameToAdd, addition({ ...newDraft, title: "Wheel" }, "wheel")))
  })

  it("makes slugs of titles that are slugs, or nothing", () => {
    assert.strictEqual(slugOf("  Autumn Wheel — 2026! "), "autumn-wheel-2026")
    assert.strictEqual(slugOf("Café"), "cafe")
    assert.strictEqual(slugOf("Колесо"), "")
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 200 }), (title) => {
        const slug = slugOf(title)
        assert.isTrue(slug === "" || Schema.is(Slug)(slug))
      })
    )
  })

  it("puts one's own changes on top of those of others", () => {
    const before = { title: "A", esp: "x", tags: ["1"] }
    assert.deepStrictEqual(changedFields(before, { title: "A", esp: "y", tags: ["1"] }), ["esp"])
    assert.deepStrictEqual(changedFields(before, { ...before, tags: ["1", "2"] }), ["tags"])
    assert.deepStrictEqual(mergeOnto({ ...before, title: "B" }, before, { title: "A", esp: "y", tags: ["2"] }), {
      title: "B",
      esp: "y",
      tags: ["2"]
    })
  })
})

describe("the form of a look", () => {
  const plain = pageOf({ mechanic: "wheel", languages: ["en", "de"] })

  it("goes from mechanic to mechanic with what the contract takes", () => {
    let page = plain
    for (const mechanic of ["quiz", "memory", "catch", "scratch", "wheel", "quiz", "wheel"] as const) {
      page = { ...page, ...withMechanic(page, mechanic) }
      if (mechanic === "memory") page = { ...page, settings: { pairs: 8 } }
      // New things have no text yet; all else must fit.
      const faults = faultsOf(page, []).filter(({ message }) => message !== "Expected a text in one language at least")
      assert.deepStrictEqual(faults, [])
      assert.isTrue("value" in checked(SentPage, page))
    }
  })

  it("gives new things names that are free", () => {
    const first = newSegment([])
    const second = newSegment([first])
    const third = newSegment([{ ...first, id: "slice-3" }, second])
    assert.strictEqual(new Set(["slice-3", second.id, third.id]).size, 3)
    const question = newQuestion([])
    assert.notInclude(
      question.options.map(({ id }) => id),
      newOption(question.options).id
    )
    assert.strictEqual(shareOf({ ...first, weight: 1 }, [first, { ...second, weight: 3 }]), 0.25)
    assert.isUndefined(shareOf(first, [{ ...first, weight: 0 }]))
  })

  it("takes a language out with all its texts", () => {
    const page = pageOf({
      mechanic: "quiz",
      languages: ["en", "de"],
      texts: { en: { heading: "Quiz" }, de: { heading: "Rätsel" } },
      questions: [
        {
          id: "q",
          text: { en: "What?", de: "Was?" },
          options: [
            { id: "a", text: { en: "A", de: "A" } },
            { id: "b", text: { en: "B" } }
          ],
          right: "a"
        }
      ],
      consent: { text: { en: "Yes", de: "Ja" }, isRequired: false }
    })
    const left = { ...page, ...withoutLanguage(page, "de") }
    assert.notInclude(JSON.stringify(left), '"de"')
    assert.deepStrictEqual(faultsOf(left, []), [])
  })
})
