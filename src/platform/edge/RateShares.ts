/**
 * The limit that a request counts towards. `pages` is everything outside `/api/`. `probe` is a health check, which is never
 * refused although all of them come from one address. `api` is the rest, including unknown paths.
 */
export type RateShare = "api" | "pages" | "probe"

/** @param paths The path patterns of all routes. */
export const make = (paths: ReadonlyArray<string>): ((path: string) => RateShare) => {
  const outside = paths.filter((path) => !path.startsWith("/api/"))
  const probes = new Set(outside.filter((path) => path.startsWith("/health/")))
  const isExact = (path: string) => !path.includes(":") && !path.endsWith("/*")
  // `/admin/*` is `/admin` too.
  const trees = outside.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -2))
  const pages = new Set([...outside.filter((path) => !probes.has(path) && isExact(path)), ...trees])
  const prefixes = [
    ...outside.filter((path) => path.includes(":")).map((path) => path.slice(0, path.indexOf(":"))),
    ...trees.map((path) => `${path}/`)
  ]
  return (path) => {
    if (path.startsWith("/api/")) return "api"
    if (probes.has(path)) return "probe"
    return pages.has(path) || prefixes.some((prefix) => path.startsWith(prefix)) ? "pages" : "api"
  }
}
