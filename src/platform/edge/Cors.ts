/** The CORS headers of answers (Fetch standard, section 3.3). Computed once; only the origin differs between requests. */
export interface Cors {
  /** For the answer to a request from `origin`. */
  readonly answer: (origin: string | undefined, method: string, path: string) => Headers
  /**
   * Additional headers for a preflight, or undefined if the origin may not send the request. `methods`: those of the path, in the
   * format of `Allow`.
   */
  readonly preflight: (origin: string, method: string, path: string, methods: string) => Headers | undefined
}

type Headers = Readonly<Record<string, string>>

/** What more origins may do than those that may do everything. */
export interface More {
  readonly allows: (origin: string, method: string, path: string) => boolean
  /** The methods with which the origin may call the path, in the format of `Allow`; undefined: none. */
  readonly methods: (origin: string, path: string) => string | undefined
}

const none: Headers = {}

const exposed = "X-Request-Id, Retry-After, Location, ETag"

// The libraries of OpenTelemetry and Sentry add these to a page's requests. If they were refused, browsers would not send the
// requests.
const tracing = "traceparent, tracestate, baggage, sentry-trace"

// Without the list of methods a page could not send PUT. Without max-age, browsers would send a preflight before every call.
// Chromium caches it for two hours at most.
const preflightHeaders = {
  "access-control-allow-headers": `Content-Type, Fairground-Token, Idempotency-Key, If-Match, Last-Event-ID, X-Request-Id, ${tracing}`,
  "access-control-max-age": "7200"
} as const

const answerTo = (origin: string): Headers => ({
  "access-control-allow-origin": origin,
  "access-control-expose-headers": exposed
})

const preflightFor = (origin: string, methods: string): Headers => ({
  "access-control-allow-origin": origin,
  "access-control-allow-methods": methods,
  ...preflightHeaders
})

// Keeps caches from giving one origin the answer for another, or the answer for none.
const vary: Headers = { vary: "Origin" }

/**
 * @param origins Origins whose pages may call everything; `*` among them means all, an empty list none.
 * @param more Who may call what besides.
 */
export const make = (origins: ReadonlyArray<string>, more?: More): Cors => {
  if (origins.includes("*")) {
    const answer = answerTo("*")
    return { answer: () => answer, preflight: (_origin, _method, _path, methods) => preflightFor("*", methods) }
  }
  if (origins.length === 0 && more === undefined) return { answer: () => none, preflight: () => undefined }
  const answers = new Map(origins.map((origin) => [origin, { ...answerTo(origin), ...vary }]))
  // Where some may call everything, every answer depends on the origin; what others may call is below /api/.
  const varies = (path: string) => origins.length > 0 || path.startsWith("/api/")
  return {
    answer: (origin, method, path) => {
      const other = varies(path) ? vary : none
      if (origin === undefined) return other
      const known = answers.get(origin)
      if (known !== undefined || more === undefined) return known ?? other
      return more.allows(origin, method, path) ? { ...answerTo(origin), ...vary } : other
    },
    preflight: (origin, method, path, methods) => {
      if (answers.has(origin)) return preflightFor(origin, methods)
      // The browser keeps the list: it must not learn of a method that this origin may not use.
      const open = more?.allows(origin, method, path) === true ? more.methods(origin, path) : undefined
      return open === undefined ? undefined : { ...preflightFor(origin, open), ...vary }
    }
  }
}
