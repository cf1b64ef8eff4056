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

/** What a page may do: run and look like what it brought along, and ask this service; nothing from elsewhere. */
const policy = (html: string, styles: "own" | "any"): string =>
  [
    "default-src 'none'",
    `script-src ${digests(html, "script")}`,
    `style-src ${styles === "any" ? "'unsafe-inline'" : digests(html, "style")}`,
    "img-src 'self' data: blob:",
    "font-src data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'"
  ].join("; ")

/** Answers a request for a page. */
export type Page = (
  request: HttpServerRequest.HttpServerRequest
) => Effect.Effect<HttpServerResponse.HttpServerResponse>

/**
 * Serves text that does not change while the process lives: compressed where the client takes it, and not again to one
 * that has it. Its bytes are made once and shared by all answers, and so are the compressed ones, whose first requests
 * share one compression: what is in flight costs no memory but the kernel's.
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
  // A promise and no effect: whoever asked first may go, and the others wait on.
  let compressing: ReturnType<typeof compress> | undefined
  const compressed = Effect.promise(() => (compressing ??= compress()))
  return (request) => {
    const known = request.headers["if-none-match"]
    if (known !== undefined && known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) return unchanged
    return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers["accept-encoding"] ?? "")
      ? compressed
      : plain
  }
}

/** The same for HTML. `styles` is "any" for a page whose scripts make styles, which no digest can name beforehand. */
export const html = (text: string, styles: "own" | "any" = "own"): Page =>
  make(text, "text/html; charset=utf-8", { "content-security-policy": policy(text, styles) })
