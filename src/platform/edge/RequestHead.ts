import type { IncomingMessage } from "node:http"
import { isIPv6 } from "node:net"

/**
 * Header fields that are defined to have one value (RFC 9110 and the fields' own RFCs) and that decide something, here or at
 * a proxy. When one is repeated, Node joins the values or keeps the first, while a proxy may have used another. Informative
 * fields (`User-Agent`, `Referer`, `From`, `Date`) may be repeated, and a repeated `X-Request-Id` is replaced.
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
  // Most requests repeat no field, so their names need no look.
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

/** A name or an address, optionally with a port (RFC 9110, section 7.2). May be empty. */
const isHost = (value: string): boolean => {
  const match = hostShape.exec(value)
  return match !== null && (match[1] === undefined || isIPv6(match[1]))
}

/** What is wrong with the head of a request, independent of its route; undefined if nothing is. */
export const faultOf = (message: IncomingMessage): string | undefined => {
  // Node takes a request without a version for HTTP/0.9, which has no headers.
  if (message.httpVersionMajor !== 1) return "The request has no version, or one that is not HTTP/1."
  // PostgreSQL's text cannot hold NUL, so nothing with a NUL in its address exists.
  if (message.url?.includes("%00") === true) return "The path or the query holds a NUL character."
  const name = repeated(message)
  if (name !== undefined) return `\`${name}\` stands more than once.`
  const { host } = message.headers
  if (message.httpVersionMinor === 0) {
    // RFC 9112, section 6.1: a proxy that does not know the field would take the body for the next request.
    if (message.headers["transfer-encoding"] !== undefined) return "HTTP/1.0 has no `Transfer-Encoding`."
    if (host === undefined) return undefined
  }
  if (host === undefined) return "HTTP/1.1 requires a `Host` header."
  return isHost(host) ? undefined : "`Host` is no name or address with or without a port."
}
