import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { hash } from "node:crypto"
import { promisify } from "node:util"
import { gzip } from "node:zlib"

const digests = (html: string, element: "script" | "style"): string =>
  [...html.matchAll(new RegExp(`<${element}>([\\s\\S]*?)</${element}>`, "g"))]
    .map(([, content = ""]) => `'sha256-${hash("sha256", content, "base64")}'`)
    .join(" ") || "'none'"

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

/**
 * Serves a page that does not change while the process lives: compressed where the browser takes it, and not again to a
 * browser that has it. `styles` is "any" for a page whose scripts make styles, which no digest can name beforehand.
 */
export const make = (html: string, styles: "own" | "any" = "own") => {
  const etag = `"${hash("sha256", html, "base64url").slice(0, 22)}"`
  const headers = {
    "cache-control": "no-cache",
    "content-security-policy": policy(html, styles),
    etag,
    vary: "Accept-Encoding"
  }
  const contentType = "text/html; charset=utf-8"
  const plain = HttpServerResponse.text(html, { contentType, headers })
  const unchanged = HttpServerResponse.empty({ status: 304, headers })
  let compressed: HttpServerResponse.HttpServerResponse | undefined
  const compress = Effect.map(
    Effect.promise(() => promisify(gzip)(html)),
    (bytes) => {
      compressed = HttpServerResponse.uint8Array(bytes, {
        contentType,
        headers: { ...headers, "content-encoding": "gzip" }
      })
      return compressed
    }
  )
  return (request: HttpServerRequest.HttpServerRequest): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
    const known = request.headers["if-none-match"]
    if (known !== undefined && known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)) {
      return Effect.succeed(unchanged)
    }
    if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(request.headers["accept-encoding"] ?? ""))
      return Effect.succeed(plain)
    return compressed === undefined ? compress : Effect.succeed(compressed)
  }
}
