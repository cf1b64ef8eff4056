import { assert, describe, it } from "@effect/vitest"
import { makeEventReader } from "../../src/web/admin/EventReader.ts"

const stream =
  'event: refresh\ndata: {"reason":"started"}\n\n: still here\n\nevent: plays\r\ndata: {"count":\r\ndata: 2}\r\n\r\ndata: without a name\n\nevent: end\ndata: {}\n\n'

const heard = (pieces: ReadonlyArray<string>) => {
  const events: Array<readonly [string, string]> = []
  const read = makeEventReader((event, data) => events.push([event, data]))
  for (const piece of pieces) read(piece)
  return events
}

describe("reading server-sent events", () => {
  const whole: Array<readonly [string, string]> = [
    ["refresh", '{"reason":"started"}'],
    ["plays", '{"count":\n2}'],
    ["end", "{}"]
  ]

  it("gives the named events, and passes over comments", () => {
    assert.deepStrictEqual(heard([stream]), whole)
  })

  it("does not depend on how the stream is cut", () => {
    for (let size = 1; size < 12; size++) {
      const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
        stream.slice(at * size, (at + 1) * size)
      )
      assert.deepStrictEqual(heard(pieces), whole, `pieces of ${size}`)
    }
  })

  it("keeps what is not over yet to itself", () => {
    assert.deepStrictEqual(heard(["event: plays\ndata: {}\n"]), [])
  })
})
