/**
 * Paths that no rate limit counts: everything that is served outside `/api/`, as health checks come from one address and
 * must not be refused. Asked the other way round (is it below `/api/`?), a spelling that the router takes for the same
 * path, such as `//api` or `/%61pi`, would slip past the limit.
 *
 * @param paths The path patterns of all routes.
 */
export const uncounted = (paths: ReadonlyArray<string>): ((url: string) => boolean) => {
  const outside = paths.filter((path) => !path.startsWith("/api/"))
  const exact = new Set(outside.filter((path) => !path.includes(":")))
  const prefixes = outside.filter((path) => path.includes(":")).map((path) => path.slice(0, path.indexOf(":")))
  return (url) => {
    if (url.startsWith("/api/")) return false
    const query = url.indexOf("?")
    const path = query === -1 ? url : url.slice(0, query)
    return exact.has(path) || prefixes.some((prefix) => prefix.length > 1 && path.startsWith(prefix))
  }
}
