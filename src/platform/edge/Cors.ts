/** The CORS headers of answers (Fetch standard, section 3.3). Computed once; only the origin differs between requests. */
export interface Cors {
  /** For the answer to a request from `origin`. */
  readonly answer: (origin: string | undefined) => Readonly<Record<string, string>>
  /** Additional headers for a preflight, or undefined if the origin may not call. `methods` has the format of `Allow`. */
  readonly preflight: (origin: string, methods: string) => Readonly<Record<string, string>> | undefined
}

const none: Readonly<Record<string, string>> = {}

const exposed = "X-Request-Id, Retry-After, Location, ETag"

// The libraries of OpenTelemetry and Sentry add these to a page's requests. If they were refused, browsers would not send the
// requests.
const tracing = "traceparent, tracestate, baggage, sentry-trace"

// Without the list of methods a page could not send PUT. Without max-age, browsers would send a preflight before every call.
// Chromium caches it for two hours at most.
const preflightHeaders = {
  "access-control-allow-headers": `Content-Type, Idempotency-Key, If-Match, Last-Event-ID, X-Request-Id, ${tracing}`,
  "access-control-max-age": "7200"
} as const

/** @param origins Origins whose pages may call; `*` among them means all, an empty list none. */
export const make = (origins: ReadonlyArray<string>): Cors => {
  if (origins.length === 0) return { answer: () => none, preflight: () => undefined }
  if (origins.includes("*")) {
    const answer = { "access-control-allow-origin": "*", "access-control-expose-headers": exposed }
    return {
      answer: () => answer,
      preflight: (_origin, methods) => ({
        "access-control-allow-origin": "*",
        "access-control-allow-methods": methods,
        ...preflightHeaders
      })
    }
  }
  // Keeps caches from giving one origin the answer for another, or the answer for none.
  const vary = { vary: "Origin" }
  const answers = new Map(
    origins.map((origin) => [
      origin,
      { "access-control-allow-origin": origin, "access-control-expose-headers": exposed, ...vary }
    ])
  )
  return {
    answer: (origin) => (origin === undefined ? vary : (answers.get(origin) ?? vary)),
    preflight: (origin, methods) =>
      answers.has(origin)
        ? {
            "access-control-allow-origin": origin,
            "access-control-allow-methods": methods,
            ...preflightHeaders
          }
        : undefined
  }
}
