/**
 * What every answer carries. An answer that sets one of these itself keeps its own, which is how the pages get their
 * policy and their caching.
 *
 * `Strict-Transport-Security` is missing on purpose: the service speaks plain HTTP and cannot know whether the names it
 * is reached by are all served over TLS. The proxy that ends TLS knows, and a wrong promise locks people out for months.
 */
export const securityHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff"
} as const
