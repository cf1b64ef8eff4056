import { assert, describe, it } from "@effect/vitest"
import { sizeOf } from "../../bench/load/Fetches.ts"
import { nginxConfig } from "../../bench/run/NginxConfig.ts"
import { vitalsOf, worstWindow } from "../../bench/run/Vitals.ts"

describe("the bench of the web", () => {
  it("knows how long an answer is once its head is there", () => {
    assert.isUndefined(sizeOf("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"))
    const head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"
    assert.strictEqual(sizeOf(`${head}ab`), head.length + 3)
    const unchanged = "HTTP/1.1 304 Not Modified\r\ncontent-length: 3\r\n\r\n"
    assert.strictEqual(sizeOf(unchanged), unchanged.length)
    assert.throws(() => sizeOf("HTTP/1.1 200 OK\r\n\r\n"), "Content-Length")
  })

  it("takes the worst window of layout shifts: a second without one ends it, and so do five", () => {
    assert.strictEqual(worstWindow([]), 0)
    const at = (...moments: ReadonlyArray<number>) => moments.map((moment) => ({ at: moment, value: 1 }))
    assert.strictEqual(worstWindow(at(0, 900, 1800)), 3)
    assert.strictEqual(worstWindow(at(0, 1000, 1500, 2600)), 2)
    assert.strictEqual(worstWindow(at(0, 900, 1800, 2700, 3600, 4500, 5400)), 6)
  })

  it("calls what no interaction was slow enough for 16 ms, the least that browsers tell", () => {
    assert.strictEqual(vitalsOf({ lcp: 1, shifts: [], interactions: [] }).inp, 16)
    assert.strictEqual(vitalsOf({ lcp: 1, shifts: [], interactions: [24, 40, 32] }).inp, 40)
  })

  it("has nginx send the headers of the service, but not those that it writes itself", () => {
    const headers = {
      "content-type": "text/html; charset=utf-8",
      "content-length": "2",
      etag: '"abc"',
      "content-security-policy": `default-src 'none'; report "x"`
    }
    const text = nginxConfig("/tmp/n", 8080, [{ path: "/play/wheel", file: "/tmp/n/body-0", headers }])
    assert.include(text, "location = /play/wheel {")
    assert.include(text, 'alias "/tmp/n/body-0";')
    assert.include(text, 'default_type "text/html; charset=utf-8";')
    assert.include(text, String.raw`add_header content-security-policy "default-src 'none'; report \"x\"";`)
    assert.notMatch(text, /add_header (?:etag|content-length|content-type)/)
  })
})
