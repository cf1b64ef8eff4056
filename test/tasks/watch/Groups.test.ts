import { assert, describe, it } from "@effect/vitest"
import * as Groups from "../../../src/tasks/watch/Groups.ts"

describe("groups", () => {
  it("have members, until the last has gone: then nothing is left of them", () => {
    const groups = Groups.make<string>()
    groups.add("one", "a")
    groups.add("one", "b")
    groups.add("one", "b")
    groups.add("two", "a")
    assert.deepStrictEqual([groups.of("one"), groups.of("two"), groups.of("three")], [["a", "b"], ["a"], []])
    groups.remove("one", "c")
    groups.remove("three", "a")
    groups.remove("two", "a")
    assert.deepStrictEqual([groups.keys(), groups.has("one"), groups.has("two")], [["one"], true, false])
    groups.remove("one", "a")
    groups.remove("one", "a")
    assert.deepStrictEqual(groups.of("one"), ["b"])
    groups.remove("one", "b")
    assert.deepStrictEqual(groups.keys(), [])
  })

  it("can be changed while they are gone through", () => {
    const groups = Groups.make<string>()
    groups.add("one", "a")
    groups.add("one", "b")
    for (const member of groups.of("one")) {
      groups.remove("one", member)
      groups.add("one", `${member}${member}`)
    }
    assert.deepStrictEqual(groups.of("one"), ["aa", "bb"])
  })
})
