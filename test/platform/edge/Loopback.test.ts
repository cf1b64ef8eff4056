import { assert, describe, it } from "@effect/vitest"
import type { IncomingMessage } from "node:http"
import { isFromThisMachine } from "../../../src/platform/edge/Loopback.ts"

interface Given {
  readonly peer?: string | undefined
  readonly httpVersion?: string
  readonly headers?: Readonly<Record<string, string>>
}

const judge = ({ headers, httpVersion = "1.1", ...given }: Given) =>
  isFromThisMachine({
    httpVersion,
    headers: { host: "localhost:8080", ...headers },
    socket: { remoteAddress: "peer" in given ? given.peer : "127.0.0.1" }
  } as unknown as IncomingMessage)

describe("a request of a program on this machine", () => {
  it("comes from a loopback address", () => {
    for (const peer of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]) {
      assert.isTrue(judge({ peer }), peer)
    }
    for (const peer of [
      undefined,
      "",
      "10.0.0.1",
      "192.0.2.1",
      "::ffff:10.0.0.1",
      "fe80::1",
      "2001:db8::1",
      "128.0.0.1"
    ]) {
      assert.isFalse(judge({ peer }), peer)
    }
  })

  it("speaks for nobody else", () => {
    for (const name of [
      "forwarded",
      "via",
      "x-forwarded-for",
      "x-forwarded-host",
      "x-forwarded-proto",
      "x-real-ip",
      "x-client-ip",
      "true-client-ip",
      "cf-connecting-ip",
      "x-original-forwarded-for",
      "x-envoy-external-address"
    ]) {
      assert.isFalse(judge({ headers: { [name]: "" } }), name)
    }
    assert.isTrue(judge({ headers: { "user-agent": "Prometheus/3.5.0", "x-request-id": "1", accept: "*/*" } }))
  })

  it("calls the machine by its own name, and is no page of another site", () => {
    for (const host of ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "127.0.0.2", "[::1]:8080", "[::1]"]) {
      assert.isTrue(judge({ headers: { host } }), host)
    }
    for (const host of ["", "shop.example", "localhost.shop.example", "rebound.example:8080", "10.0.0.1", "::1"]) {
      assert.isFalse(judge({ headers: { host } }), host)
    }
    assert.isFalse(judge({ headers: { origin: "https://shop.example" } }))
    // As nginx speaks to what is behind it unless it is told otherwise.
    assert.isFalse(judge({ httpVersion: "1.0" }))
  })
})
