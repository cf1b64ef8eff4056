import { assert, it } from "@effect/vitest"
import * as EspAsked from "../../../src/esp/providers/EspAsked.ts"

const asked = (count: number) => {
  const all = EspAsked.make()
  for (let index = 0; index < count; index++) all.add(`${index}`)
  return all
}

it("addresses that were asked are remembered until they are forgotten, or ten thousand others came after", () => {
  const all = asked(10_000)
  assert.isTrue(all.has("0") && all.has("9999"))
  assert.isFalse(all.has("nora"))
  all.forget("9999")
  assert.isFalse(all.has("9999"))
  all.add("nora")
  assert.isTrue(all.has("0"))
  all.add("ana")
  assert.isFalse(all.has("0"))
  assert.isTrue(all.has("1") && all.has("nora") && all.has("ana"))
})

it("an address that is asked again is the last to be forgotten", () => {
  const all = asked(10_000)
  all.add("0")
  all.add("nora")
  assert.isTrue(all.has("0"))
  assert.isFalse(all.has("1"))
})
