import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { hash } from "node:crypto"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

const digests = (html: string, element: "script" | "style"): string => {
  const start = `<${element}>`
  return (
    html
      .split(`</${element}>`)
      .slice(0, -1)
      .filter((part) => part.includes(start))
      .map((part) => part.slice(part.indexOf(start) + start.length))
      .map((content) => `'sha256-${hash("sha256", content, "base64")}'`)
      .join(" ") || "'none'"
  )
}

/**
 * What a page may do: run its own scripts, use its own styles, call this service, and send forms to `forms`. Nothing from
 * elsewhere.
 */
const policy = (html: string, styles: "own" | "any", forms: "self" | "none"): string =>
  [
    "default-src 'none'",
    `script-src ${digests(html, "script")}`,
    `style-src ${styles === "any" ? "'unsafe-inline'" : digests(html, "style")}`,
    "img-src 'self' data: blob:",
    "font-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    `form-action '${forms}'`,
    "frame-ancestors 'none'"
  ].join("; ")

/** Answers a request for a page. */
export type Page = (
  request: HttpServerRequest.HttpServerRequest
) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/**
 * Serves a text that does not change while the process lives. It is compressed if the client accepts that, and not sent again
 * to a client that has it. The bytes are shared by all answers, and concurrent first requests share one compression, so
 * answers in flight cost no memory except the kernel's.
 */
export const make = (text: string, contentType: string, headers: Readonly<Record<string, string>> = {}): Page => {
  const bytes = Buffer.from(text)
  const etag = `"${hash("sha256", bytes, "base64url").slice(0, 22)}"`
  const shared = { "cache-control": "no-cache", etag, vary: "Accept-Encoding", ...headers }
  const plain = Effect.succeed(HttpServerResponse.uint8Array(bytes, { contentType, headers: shared }))
  const unchanged = Effect.succeed(HttpServerResponse.empty({ status: 304, headers: shared }))
  const compress = async () =>
    HttpServerResponse.uint8Array(await promisify(gzip)(bytes), {
      contentType,
      headers: { ...shared, "content-encoding": "gzip" }
    })
  // A promise instead of an effect: if the request that started it is interrupted, the others still get their result.
  let compressing: ReturnType<typeof compress> | undefined
  let compressed = Effect.map(
    Effect.promise(() => (compressing ??= compress())),
    (response) => {
      // From now on no request waits for a promise.
      compressed = Effect.succeed(response)
      return response
    }
  )
  return (request) => {
    const known = request.headers["if-none-match"]
    if (known !== undefined && known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) return unchanged
    return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers["accept-encoding"] ?? "")
      ? compressed
      : plain
  }
}

/** Serves HTML. `styles` is "any" for a page whose scripts create styles, because no digest can name those in advance. */
export const html = (text: string, styles: "own" | "any" = "own"): Page =>
  make(text, "text/html; charset=utf-8", { "content-security-policy": policy(text, styles, "none") })

/** Answers with HTML that was made for this request. No cache keeps it, and its forms may send to this service. */
export const made = (text: string, status = 200): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(text, {
    status,
    contentType: "text/html; charset=utf-8",
    headers: { "cache-control": "no-store", "content-security-policy": policy(text, "own", "self") }
  })
