import type { IncomingMessage } from "node:http"
import { type BlockList, isIPv4, isIPv6 } from "node:net"

/** Turns `::ffff:192.0.2.1`, as which a dual-stack socket reports an IPv4 peer, into `192.0.2.1`. */
export const unmapped = (address: string): string => {
  if (!/^::ffff:/i.test(address)) return address
  const last = address.slice(7)
  if (isIPv4(last)) return last
  const [high, low] = last.split(":").map((group) => Number.parseInt(group, 16))
  return high === undefined || low === undefined ? address : `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}

/** The address in an entry of `X-Forwarded-For`. Some proxies add a port, and then put IPv6 in brackets. */
const forwarded = (entry: string): string | undefined => {
  const text = entry.trim()
  const bare = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text
  // Zone ids only mean something on the machine that wrote them.
  return (isIPv4(bare) || isIPv6(bare)) && !bare.includes("%") ? unmapped(bare) : undefined
}

/** The /64 network of an IPv6 address. A subscriber gets a whole one and can use any of its 2^64 addresses. */
const network = (address: string): string => {
  const [bare = ""] = address.split("%")
  const [head = "", tail] = bare.split("::")
  const before = head === "" ? [] : head.split(":")
  const after = tail === undefined || tail === "" ? [] : tail.split(":")
  const embedded = after.at(-1)?.includes(".") === true || before.at(-1)?.includes(".") === true ? 1 : 0
  const gap = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length - embedded)
  const groups = [...before, ...Array<string>(gap).fill("0"), ...after].slice(0, 4)
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":")}::/64`
}

/**
 * Names the client for rate limits: an IPv4 address itself, an IPv6 address by its /64 network.
 *
 * `X-Forwarded-For` is read from right to left as long as the address that wrote the entry is in `trusted`; everything
 * further left could be forged by the client. If an entry is not an address, the last valid one counts.
 */
export const make = (trusted: BlockList): ((request: IncomingMessage) => string) => {
  const trusts = (address: string) => trusted.check(address, isIPv4(address) ? "ipv4" : "ipv6")
  const grouped = (address: string) => (address.includes(":") ? network(address) : address)
  const peerOf = (request: IncomingMessage) => {
    const peer = request.socket.remoteAddress
    return peer === undefined ? "unknown" : peer.includes(":") ? unmapped(peer) : peer
  }
  if (trusted.rules.length === 0) return (request) => grouped(peerOf(request))
  return (request) => {
    let client = peerOf(request)
    const header = request.headers["x-forwarded-for"]
    if (client === "unknown" || header === undefined) return grouped(client)
    for (const entry of String(header).split(",").reverse()) {
      const address = trusts(client) ? forwarded(entry) : undefined
      if (address === undefined) break
      client = address
    }
    return grouped(client)
  }
}
