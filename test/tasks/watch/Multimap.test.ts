import { assert, describe, it } from "@effect/vitest"
import * as Multimap from "../../../src/tasks/watch/Multimap.ts"

describe("Multimap", () => {
  it("keeps the members of a key, and forgets the key with the last of them", () => {
    const multimap = Multimap.make<string>()
    multimap.add("one", "a")
    multimap.add("one", "b")
    multimap.add("one", "b")
    multimap.add("two", "a")
    assert.deepStrictEqual([multimap.of("one"), multimap.of("two"), multimap.of("three")], [["a", "b"], ["a"], []])
    multimap.remove("one", "c")
    multimap.remove("three", "a")
    multimap.remove("two", "a")
    assert.deepStrictEqual([multimap.keys(), multimap.has("one"), multimap.has("two")], [["one"], true, false])
    multimap.remove("one", "a")
    multimap.remove("one", "a")
    assert.deepStrictEqual(multimap.of("one"), ["b"])
    multimap.remove("one", "b")
    assert.deepStrictEqual(multimap.keys(), [])
  })

  it("may be changed while the members of a key are iterated", () => {
    const multimap = Multimap.make<string>()
    multimap.add("one", "a")
    multimap.add("one", "b")
    for (const member of multimap.of("one")) {
      multimap.remove("one", member)
      multimap.add("one", `${member}${member}`)
    }
    assert.deepStrictEqual(multimap.of("one"), ["aa", "bb"])
  })
})
