/** For the router: `/METRICS`, `/metrics/` and `//metrics` are not `/metrics`, or a proxy's rule for one would not hold for the other. */
export const routerConfig = { caseSensitive: true, ignoreDuplicateSlashes: false, ignoreTrailingSlash: false } as const

/**
 * The characters that RFC 3986 allows in a path as they are, but for `;`, where the router would end the path. What a path
 * means is not decoded either: no route has a character that must be encoded, and `/%6detrics` is `/metrics` to a router that
 * decodes. Segments are not empty, `.` or `..`.
 */
const exact = /^(?:\/|(?:\/(?!\.\.?(?:\/|$))[A-Za-z0-9._~!$&'()*+,=:@-]+)+)$/

/** Whether a path is written in the one way in which a route can have it. */
export const isExact = (path: string): boolean => exact.test(path)
