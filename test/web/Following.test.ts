import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { TaskId } from "../../src/tasks/Task.ts"
import { following } from "../../src/web/admin/tasks/Following.ts"

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(""))

const id = fc
  .tuple(hex(8), hex(4), hex(3), hex(3), hex(12))
  .map(([a, b, c, d, e]) => TaskId.make(`${a}-${b}-7${c}-a${d}-${e}`))

describe("the id after a task's", () => {
  it("is the very next one", () => {
    fc.assert(
      fc.property(id, (one) => {
        const number = (text: string) => BigInt(`0x${text.replaceAll("-", "")}`)
        fc.pre(!one.endsWith("f".repeat(12)))
        assert.strictEqual(number(following(one)), number(one) + 1n)
      })
    )
  })

  it("is an id also where it carries, and never fails", () => {
    assert.strictEqual(
      following(TaskId.make("019aa0c5-8f3e-7cc1-b1a4-00000000ffff")),
      "019aa0c5-8f3e-7cc1-b1a4-000000010000"
    )
    const last = TaskId.make("019aa0c5-8f3e-7cc1-b1a4-ffffffffffff")
    assert.strictEqual(following(last), last)
  })
})
