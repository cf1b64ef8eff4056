import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import type { IncomingMessage } from "node:http"
import * as ClientAddress from "../../../src/platform/edge/ClientAddress.ts"
import { Settings } from "../../../src/platform/settings/Settings.ts"

const addressOf = (trusted: string, peer: string | undefined, forwarded?: string) => {
  const networks = Option.getOrThrow(Settings.definitions.trustedProxies.parse(trusted))
  const request = { socket: { remoteAddress: peer }, headers: { "x-forwarded-for": forwarded } }
  return ClientAddress.make(networks)(request as unknown as IncomingMessage)
}

describe("the client's address", () => {
  it("is the peer's, and nothing it says about others", () => {
    assert.strictEqual(addressOf("", "192.0.2.1"), "192.0.2.1")
    assert.strictEqual(addressOf("", "192.0.2.1", "198.51.100.7"), "192.0.2.1")
    assert.strictEqual(addressOf("10.0.0.0/8", "192.0.2.1", "198.51.100.7"), "192.0.2.1")
  })

  it("is one and the same for IPv4 on a dual-stack socket", () => {
    assert.strictEqual(addressOf("", "::ffff:192.0.2.1"), "192.0.2.1")
    assert.strictEqual(addressOf("", "::FFFF:c000:201"), "192.0.2.1")
    assert.strictEqual(addressOf("10.0.0.0/8", "::ffff:10.0.0.1", "::ffff:198.51.100.7"), "198.51.100.7")
  })

  it("is the /64 of an IPv6 address", () => {
    assert.strictEqual(addressOf("", "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64")
    assert.strictEqual(addressOf("", "2001:0db8:0001:0002::6"), "2001:db8:1:2::/64")
    assert.strictEqual(addressOf("", "2001:db8::1"), "2001:db8:0:0::/64")
    assert.strictEqual(addressOf("", "::1"), "0:0:0:0::/64")
    assert.strictEqual(addressOf("", "fe80::1%eth0"), "fe80:0:0:0::/64")
    assert.notStrictEqual(addressOf("", "2001:db8:1:3::1"), addressOf("", "2001:db8:1:2::1"))
  })

  it("is the right-most entry that no trusted proxy stands behind", () => {
    const trusted = "10.0.0.0/8, 2001:db8:ffff::/48"
    assert.strictEqual(addressOf(trusted, "10.0.0.1", "198.51.100.7"), "198.51.100.7")
    assert.strictEqual(addressOf(trusted, "10.0.0.1", "1.1.1.1, 198.51.100.7"), "198.51.100.7")
    assert.strictEqual(addressOf(trusted, "10.0.0.1", "1.1.1.1, 198.51.100.7, 10.9.9.9,10.8.8.8"), "198.51.100.7")
    assert.strictEqual(addressOf(trusted, "2001:db8:ffff::1", "2001:db8:1:2::9"), "2001:db8:1:2::/64")
    assert.strictEqual(addressOf(trusted, "10.0.0.1", "10.0.0.2"), "10.0.0.2")
    assert.strictEqual(addressOf(trusted, "10.0.0.1"), "10.0.0.1")
  })

  it("may stand with a port or in brackets", () => {
    assert.strictEqual(addressOf("10.0.0.1", "10.0.0.1", "198.51.100.7:4711"), "198.51.100.7")
    assert.strictEqual(addressOf("10.0.0.1", "10.0.0.1", "[2001:db8:1:2::9]:4711"), "2001:db8:1:2::/64")
    assert.strictEqual(addressOf("10.0.0.1", "10.0.0.1", "[2001:db8:1:2::9]"), "2001:db8:1:2::/64")
  })

  it("is the last known one where the header holds garbage", () => {
    for (const garbage of [
      "",
      "unknown",
      "_hidden",
      "999.1.1.1",
      "1.2.3",
      "<script>",
      ",,,",
      "a".repeat(9000),
      "fe80::1%eth0"
    ]) {
      assert.strictEqual(addressOf("10.0.0.0/8", "10.0.0.1", garbage), "10.0.0.1", garbage)
      assert.strictEqual(addressOf("10.0.0.0/8", "10.0.0.1", `${garbage}, 10.0.0.9`), "10.0.0.9", garbage)
      assert.strictEqual(addressOf("10.0.0.0/8", "10.0.0.1", `${garbage}, 198.51.100.7`), "198.51.100.7", garbage)
    }
  })

  it("is something even when the peer is gone", () => {
    assert.strictEqual(addressOf("10.0.0.0/8", undefined, "198.51.100.7"), "unknown")
  })
})
