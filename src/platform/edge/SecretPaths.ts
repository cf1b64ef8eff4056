/** What stands in a path instead of a secret, as the framework writes it in queries. */
const placeholder = "REDACTED"

/** What is shorter is no secret, and could be a part of any text. */
const shortest = 16

/** A path that holds a secret. */
export interface SecretPath {
  /** The URL without the secret. */
  readonly shown: string
  /** Hides the secret in any text, such as an error's. */
  readonly hide: (text: string) => string
}

const endOfSlashes = (url: string, from: number): number => {
  let at = from
  while (url[at] === "/") at++
  return at
}

const endOfSegment = (url: string, from: number): number => {
  let at = from
  while (at < url.length && url[at] !== "/" && url[at] !== "?" && url[at] !== "#") at++
  return at
}

/**
 * Where the secret begins and ends if the URL begins with these segments (null: any). Also in spellings that no route has, with
 * other cases or more slashes: a link that was copied badly holds the secret all the same.
 */
const secretAfter = (url: string, before: ReadonlyArray<string | null>): readonly [number, number] | undefined => {
  let end = 0
  for (const segment of before) {
    const start = endOfSlashes(url, end)
    end = endOfSegment(url, start)
    if (segment !== null && url.slice(start, end).toLowerCase() !== segment) return undefined
  }
  const start = endOfSlashes(url, end)
  end = endOfSegment(url, start)
  return start === end ? undefined : [start, end]
}

/** The segments before a pattern's `:token`; undefined: it has none. */
const beforeToken = (pattern: string): ReadonlyArray<string | null> | undefined => {
  const segments = pattern.split("/").slice(1)
  const place = segments.indexOf(":token")
  if (place === -1) return undefined
  return segments.slice(0, place).map((segment) => (segment.startsWith(":") ? null : segment.toLowerCase()))
}

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Finds secrets in the URLs of requests. A route says by its pattern that a segment is one: `/reset/:token`. Whoever reads such a
 * path may use it, so neither the log nor a trace may show it.
 */
export const make = (patterns: ReadonlyArray<string>): ((url: string) => SecretPath | undefined) => {
  const known = patterns.flatMap((pattern) => {
    const before = beforeToken(pattern)
    return before === undefined ? [] : [before]
  })
  return (url) => {
    for (const before of known) {
      const place = secretAfter(url, before)
      if (place === undefined) continue
      const secret = url.slice(...place)
      // Longest first, because one spelling may contain the other.
      const spellings = [...new Set([secret, decoded(secret)])]
        .filter(({ length }) => length >= shortest)
        .toSorted((a, b) => b.length - a.length)
      return {
        shown: url.slice(0, place[0]) + placeholder + url.slice(place[1]),
        hide: (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, placeholder), text)
      }
    }
    return undefined
  }
}
