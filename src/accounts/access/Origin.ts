import type { HttpServerRequest } from "effect/http"

const safe = new Set(["GET", "HEAD", "OPTIONS"])

/**
 * Whether a page of this very origin sent the request; undefined: no browser did. `Origin` is for browsers from before 2023. A
 * request of HTTP/1.0 may have no `Host`.
 */
const fromOwnPage = ({ headers }: HttpServerRequest.HttpServerRequest): boolean | undefined => {
  const { host, origin, "sec-fetch-site": site } = headers
  if (site !== undefined) return site === "same-origin"
  return origin === undefined ? undefined : host !== undefined && URL.parse(origin)?.host === host
}

/** An unsafe request that counts on a session's cookie must come from a page of this service (OWASP, CSRF prevention). */
export const isForged = (request: HttpServerRequest.HttpServerRequest): boolean =>
  !safe.has(request.method) && fromOwnPage(request) !== true

/** The same where nobody is signed in yet: what is no browser, such as curl, may try. Refuses login CSRF. */
export const isCrossSite = (request: HttpServerRequest.HttpServerRequest): boolean =>
  !safe.has(request.method) && fromOwnPage(request) === false
