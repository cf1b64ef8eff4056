/**
 * Makes the router treat `/METRICS`, `/metrics/` and `//metrics` as unknown: otherwise they would evade a proxy's rule for
 * `/metrics`.
 */
export const routerConfig = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false } as const

/**
 * The characters that RFC 3986 allows unencoded in a path, except `;`, at which the router would end the path. Encoded
 * characters are refused as well: no route needs one, and a router that decodes would serve `/%6detrics` as `/metrics`.
 * Segments must not be empty, `.` or `..`.
 */
const exact = /^(?:\/|(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+)+)$/

/** Whether a path is spelled in the only way that a route can match. */
export const isExact = (path: string): boolean => exact.test(path)
