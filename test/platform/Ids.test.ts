import { assert, describe, it } from "@effect/vitest"
import { greatestUuidAt, leastUuidAt, nilUuid, uuidV7At } from "../../src/platform/Ids.ts"

describe("UUIDs of a moment", () => {
  it("lie between its least and its greatest, and those of other moments do not", () => {
    for (const moment of [0, 1, 255, 1_796_119_200_000, 2 ** 48 - 2]) {
      for (let count = 0; count < 100; count++) {
        const id = uuidV7At(moment)
        assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
        assert.isTrue(leastUuidAt(moment) < id && id < greatestUuidAt(moment), id)
      }
      assert.isTrue(greatestUuidAt(moment) < leastUuidAt(moment + 1))
    }
  })

  it("of moments before 1970 are not below the nil UUID", () => {
    assert.strictEqual(leastUuidAt(-1), nilUuid)
  })
})
