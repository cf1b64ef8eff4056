/** The CORS headers of an answer (Fetch standard, section 3.3), computed once; only the origin differs by request. */
export interface Cors {
  /** For the answer to a request from `origin`. */
  readonly answer: (origin: string | undefined) => Readonly<Record<string, string>>
  /** Besides these, for the answer to a preflight, or undefined where the origin may not call. `methods` as in `Allow`. */
  readonly preflight: (origin: string, methods: string) => Readonly<Record<string, string>> | undefined
}

const none: Readonly<Record<string, string>> = {}

const exposed = "X-Request-Id, Retry-After, Location"

// What the libraries of OpenTelemetry and Sentry add to a page's requests: refused, the requests would not be made at all.
const tracing = "traceparent, tracestate, baggage, sentry-trace"

// Without the list of methods a page could send no PUT; without max-age browsers ask before every call. Chromium
// keeps an answer for two hours at most.
const preflightHeaders = {
  "access-control-allow-headers": `Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id, ${tracing}`,
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
  // A cache must not give one origin the answer for another, nor the one for none.
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
