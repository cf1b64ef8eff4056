/** The policy of a page that was built: its own scripts, styles, pictures and calls, and nothing else. */
const policy = (options: {
  readonly pictures: ReadonlyArray<string>
  readonly forms: "'self'" | "'none'"
  /** What it may have in frames. */
  readonly inside: "'self'" | "'none'"
  /** What may have it in a frame. */
  readonly frames: string
}): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    ["img-src 'self' data: blob:", ...options.pictures].join(" "),
    "font-src 'self'",
    "connect-src 'self'",
    `frame-src ${options.inside}`,
    "base-uri 'none'",
    `form-action ${options.forms}`,
    `frame-ancestors ${options.frames}`,
    // A script that makes HTML from a text throws.
    "require-trusted-types-for 'script'"
  ].join("; ")

/**
 * The headers of the admin's page. It shows the pages of games in frames.
 *
 * @param pictures Other origins that its pictures may come from.
 */
export const adminHeaders = (pictures: ReadonlyArray<string> = []): Readonly<Record<string, string>> => ({
  "cache-control": "no-cache",
  "content-security-policy": policy({ pictures, forms: "'self'", inside: "'self'", frames: "'none'" }),
  "cross-origin-opener-policy": "same-origin"
})

/** Files whose names hold a digest of their content. */
export const assetHeaders: Readonly<Record<string, string>> = {
  "cache-control": "public, max-age=31536000, immutable"
}

/**
 * The widget, which pages of any origin load: module scripts are fetched with CORS, and pages that are isolated (COEP) need the policy
 * of resources too.
 */
export const widgetHeaders: Readonly<Record<string, string>> = {
  "cache-control": "public, max-age=300, stale-while-revalidate=86400",
  "access-control-allow-origin": "*",
  "cross-origin-resource-policy": "cross-origin"
}
