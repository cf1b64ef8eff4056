import { assert, layer } from "@effect/vitest"
import { DateTime, Effect, Layer } from "effect"
import { Audit } from "../../src/audit/Audit.ts"
import type { Page } from "../../src/platform/contract/Paging.ts"
import { layerOf } from "../../src/platform/settings/SettingsGroup.ts"
import { Settings } from "../../src/platform/settings/Settings.ts"
import { type NewSampleItem, type SampleItem, SampleItemId } from "../../src/sample-items/SampleItem.ts"
import { SampleItems } from "../../src/sample-items/SampleItems.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const nobody = SampleItemId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53")

/** A creation, with all required fields. */
const named = (name: string): NewSampleItem => ({ name })

/** The service on a new database. */
const subject = () =>
  SampleItems.layer.pipe(
    Layer.provideMerge(Audit.layer),
    Layer.provide(TestDatabase.layer),
    Layer.provide(layerOf(Settings))
  )

/** Reads the whole list page by page. `between` runs after each page but the last. */
const namesOf = Effect.fnUntraced(function* <E, R>(
  limit: number,
  between: (page: number) => Effect.Effect<void, E, R>
) {
  const service = yield* SampleItems
  const names: Array<string> = []
  for (let after: SampleItemId | undefined, page = 0; ; page++) {
    const { items, nextCursor }: Page<SampleItem, SampleItemId> = yield* service.list({
      limit,
      ...(after === undefined ? {} : { after })
    })
    assert.isAtMost(items.length, limit)
    names.push(...items.map(({ name }) => name))
    if (nextCursor === null) return names
    after = nextCursor
    yield* between(page)
  }
})

layer(subject(), { excludeTestServices: true })("SampleItems", (it) => {
  it.effect("adds, finds, changes and removes", () =>
    Effect.gen(function* () {
      const service = yield* SampleItems
      const added = yield* service.add(named("Kolo štěstí 😀"))
      assert.deepInclude(added, { name: "Kolo štěstí 😀", note: null, version: 1 })
      assert.deepStrictEqual(yield* service.find(added.id), added)

      const noted = yield* service.change(added.id, { note: "a note" }, null)
      assert.deepInclude(noted, { name: added.name, note: "a note", version: 2, createdAt: added.createdAt })
      assert.isTrue(DateTime.isGreaterThanOrEqualTo(noted.updatedAt, added.updatedAt))
      const renamed = yield* service.change(added.id, { name: "Wheel" }, 2)
      assert.deepInclude(renamed, { name: "Wheel", note: "a note", version: 3 })
      assert.deepInclude(yield* service.change(added.id, { note: null }, 3), { name: "Wheel", note: null, version: 4 })

      yield* service.remove(added.id, 4)
      for (const gone of [
        service.find(added.id),
        service.change(added.id, { name: "Wheel" }, null),
        service.change(added.id, { name: "Wheel" }, 4),
        service.remove(added.id, null),
        service.remove(nobody, null)
      ]) {
        assert.strictEqual((yield* Effect.flip(gone))._tag, "SampleItemNotFound")
      }
      const { items } = yield* (yield* Audit).list({ target: { kind: "sample-item", id: added.id } })
      assert.deepStrictEqual(
        items.map(({ action }) => action),
        ["delete", "change", "change", "change", "create"].map((action) => `sample-item.${action}`)
      )
    })
  )

  it.effect("keeps names unique under concurrent adds and changes", () =>
    Effect.gen(function* () {
      const service = yield* SampleItems
      const tags = <A, E extends { readonly _tag: string }>(all: ReadonlyArray<Effect.Effect<A, E>>) =>
        Effect.forEach(all, Effect.match({ onSuccess: () => "done", onFailure: ({ _tag }: E): string => _tag }), {
          concurrency: "unbounded"
        })
      const added = yield* tags(Array.from({ length: 10 }, () => service.add(named("taken"))))
      assert.deepStrictEqual(added.toSorted(), [...Array.from({ length: 9 }, () => "SampleItemNameTaken"), "done"])

      const others = yield* Effect.forEach(["one", "two"], (name) => service.add(named(name)))
      const changed = yield* tags(others.map(({ id }) => service.change(id, { name: "both" }, 1)))
      assert.deepStrictEqual(changed.toSorted(), ["SampleItemNameTaken", "done"])
      // Setting the same name again is allowed.
      const [one] = others
      const own = yield* service.find(one!.id)
      assert.strictEqual((yield* service.change(own.id, { name: own.name }, null)).name, own.name)
    })
  )

  it.effect("refuses edits of another version; of concurrent edits of one version, one succeeds", () =>
    Effect.gen(function* () {
      const service = yield* SampleItems
      const { id } = yield* service.add(named("edited"))
      const current = yield* service.change(id, { note: "first" }, 1)
      for (const stale of [service.change(id, { note: "second" }, 1), service.remove(id, 1), service.remove(id, 3)]) {
        assert.strictEqual((yield* Effect.flip(stale))._tag, "ChangedMeanwhile")
      }
      assert.deepStrictEqual(yield* service.find(id), current)

      const results = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) => Effect.exit(service.change(id, { note: `note ${index}` }, 2))),
        { concurrency: "unbounded" }
      )
      assert.lengthOf(
        results.filter(({ _tag }) => _tag === "Success"),
        1
      )
      assert.strictEqual((yield* service.find(id)).version, 3)
    })
  )
})

layer(subject(), { excludeTestServices: true })("the list of SampleItems", (it) => {
  it.effect("has each item once, newest first, while others are added and removed", () =>
    Effect.gen(function* () {
      const service = yield* SampleItems
      assert.deepStrictEqual(yield* service.list({}), { items: [], nextCursor: null })
      const names = Array.from({ length: 30 }, (_, index) => `item ${index}`)
      const all = yield* Effect.forEach(names, (name) => service.add(named(name)))
      assert.lengthOf((yield* service.list({})).items, 25)

      const newest = names.toReversed()
      for (const limit of [1, 7, 30, 100]) {
        const seen = yield* namesOf(limit, (page) => service.add(named(`meanwhile ${limit} ${page}`)))
        assert.deepStrictEqual(
          seen.filter((name) => name.startsWith("item")),
          newest
        )
        assert.strictEqual(new Set(seen).size, seen.length)
      }

      // After each page its last item is removed. The next page must still start after it.
      const old = new Set(names)
      const { items, nextCursor } = yield* service.list({ limit: 100 })
      assert.isNull(nextCursor)
      for (const { id, name } of items) if (!old.has(name)) yield* service.remove(id, null)
      const left = yield* namesOf(10, (page) => service.remove(all[20 - 10 * page]!.id, null))
      assert.deepStrictEqual(left, newest)
    })
  )
  // if --jobs

  it.effect("removes those whose last change was before a time, and no others", () =>
    Effect.gen(function* () {
      const service = yield* SampleItems
      const kept = yield* service.add(named("kept"))
      assert.strictEqual(yield* service.removeOld(DateTime.makeUnsafe("2000-01-01T00:00:00Z")), 0)
      const before = DateTime.add(kept.updatedAt, { seconds: 1 })
      assert.isAbove(yield* service.removeOld(before), 0)
      assert.strictEqual(yield* service.removeOld(before), 0)
      assert.strictEqual((yield* Effect.flip(service.find(kept.id)))._tag, "SampleItemNotFound")
    })
  )
  // end if
})
