import type { IncomingMessage } from "node:http"
import { isIPv6 } from "node:net"

/**
 * Header fields that have one value by their definitions (RFC 9110 and those of the fields) and that decide something, here or
 * at a proxy. Node joins them with a comma or keeps the first: either way somebody before may have gone by another. Those that
 * only inform (`User-Agent`, `Referer`, `From`, `Date`) may be repeated, and a repeated `X-Request-Id` is replaced.
 */
const single = new Map(
  [
    "Access-Control-Request-Method",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Host",
    "Idempotency-Key",
    "If-Modified-Since",
    "If-Range",
    "If-Unmodified-Since",
    "Last-Event-ID",
    "Origin",
    "Proxy-Authorization",
    "Range"
  ].map((name) => [name.toLowerCase(), name])
)

const repeated = ({ headers, rawHeaders }: IncomingMessage): string | undefined => {
  // The usual request repeats none: its names need no look.
  if (Object.keys(headers).length * 2 === rawHeaders.length) return undefined
  const seen = new Set<string>()
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase()
    if (seen.has(name) && single.has(name)) return single.get(name)
    seen.add(name)
  }
  return undefined
}

const hostShape = /^(?:\[([\dA-Fa-f:.]+)\]|(?:[\w.~!$&'()*+,;=-]|%[\dA-Fa-f]{2})*)(?::\d{0,5})?$/

/** A name or an address, with a port where it has one (RFC 9110, section 7.2). It may be empty. */
const isHost = (value: string): boolean => {
  const match = hostShape.exec(value)
  return match !== null && (match[1] === undefined || isIPv6(match[1]))
}

/** What is wrong with the head of a request, whatever route it is for; undefined: nothing. */
export const faultOf = (message: IncomingMessage): string | undefined => {
  // Node takes a request without a version for HTTP/0.9, in which no header could be asked for.
  if (message.httpVersionMajor !== 1) return "The request has no version, or one that is not HTTP/1."
  // PostgreSQL takes no NUL in text, and nothing that has one in its address exists.
  if (message.url?.includes("%00") === true) return "The path or the query holds a NUL character."
  const name = repeated(message)
  if (name !== undefined) return `\`${name}\` stands more than once.`
  const { host } = message.headers
  if (message.httpVersionMinor === 0) {
    // RFC 9112, section 6.1: a proxy that does not know it takes the body for the next request.
    if (message.headers["transfer-encoding"] !== undefined) return "HTTP/1.0 has no `Transfer-Encoding`."
    if (host === undefined) return undefined
  }
  if (host === undefined) return "HTTP/1.1 requires a `Host` header."
  return isHost(host) ? undefined : "`Host` is no name or address with or without a port."
}
