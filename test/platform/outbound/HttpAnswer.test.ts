import { assert, describe, it } from "@effect/vitest"
import { Duration } from "effect"
import { secondsOf, waitOf } from "../../../src/platform/outbound/HttpAnswer.ts"

const now = Date.parse("2026-11-20T10:00:00Z")
const millis = (wait: Duration.Duration | undefined) => (wait === undefined ? undefined : Duration.toMillis(wait))

describe("the wait that a header names", () => {
  it.each([
    ["7", 7000],
    [" 0 ", 0],
    ["0.5", 500],
    ["1790000000", 86_400_000],
    ["9".repeat(400), 86_400_000],
    ["Fri, 20 Nov 2026 10:00:30 GMT", 30_000],
    ["Fri, 20 Nov 2026 09:00:00 GMT", 0],
    ["Friday, 20-Nov-26 10:00:30 GMT", 30_000],
    ["Fri, 20 Nov 2099 10:00:00 GMT", 86_400_000]
  ] as const)("is read: %s", (header, expected) => {
    assert.strictEqual(millis(waitOf(header, now)), expected)
  })

  // `Date.parse` or `Number` accepts each of these.
  it.each([
    "",
    " ",
    "-1",
    "-0",
    "+5",
    "1e3",
    "0x10",
    "NaN",
    "Infinity",
    "soon",
    "12, 12",
    "12;w=60",
    "5 s",
    "2099-01-01"
  ])("is no wait: %j", (header) => {
    assert.isUndefined(waitOf(header, now))
    assert.isUndefined(secondsOf(header))
  })

  it("is none where there is no header, and no date where only seconds are meant", () => {
    assert.isUndefined(waitOf(undefined, now))
    assert.isUndefined(secondsOf(undefined))
    assert.isUndefined(secondsOf("Fri, 20 Nov 2099 10:00:00 GMT"))
  })
})
