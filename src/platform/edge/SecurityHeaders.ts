/**
 * Headers of every answer. An answer that sets one of these keeps its own value; the pages set their policy and caching this
 * way.
 *
 * `Strict-Transport-Security` is left out on purpose: the service speaks plain HTTP and cannot know whether all its host
 * names are served over TLS. The proxy that terminates TLS knows, and a wrong header would lock people out for months.
 */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
} as const
