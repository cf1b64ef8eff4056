/**
 * How deep a JSON body may nest. Decoding is recursive and overflowed the stack between 3,000 and 5,000 levels (Node 24,
 * `Schema.Json`), which would be a 500.
 */
export const maxNesting = 1000

const isSurrogateEscape = (text: string, at: number, from: number, to: number): boolean => {
  if (text.charCodeAt(at) !== 92 || text.charCodeAt(at + 1) !== 117) return false
  const unit = Number.parseInt(text.slice(at + 2, at + 6), 16)
  return unit >= from && unit <= to
}

/**
 * Why a JSON text cannot be stored: the rest of a sentence that begins "The body …", or the path to a number and what it must
 * be.
 */
export type Unstorable = string | { readonly path: ReadonlyArray<string | number>; readonly expected: string }

/** The path to the value that begins at this offset of a JSON text. */
const pathTo = (text: string, offset: number): ReadonlyArray<string | number> => {
  const path: Array<string | number> = []
  for (const [token] of text.slice(0, offset).matchAll(/"(?:[^"\\]|\\[^])*"?|[{}[\],]/g)) {
    const last = path.at(-1)
    if (token === "[") path.push(0)
    else if (token === "{") path.push("")
    else if (token === "]" || token === "}") path.pop()
    else if (token !== ",") {
      // The last string before a value in an object is its key.
      if (typeof last === "string") path.splice(-1, 1, JSON.parse(token) as string)
    } else if (typeof last === "number") path.splice(-1, 1, last + 1)
  }
  return path
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** What a number must be to be stored exactly; undefined if it can be. */
const expectedOf = (digits: string, isInteger: boolean): string | undefined => {
  const number = Number(digits)
  if (Math.abs(number) === Number.POSITIVE_INFINITY) return "a number that a double can hold"
  return isInteger && !Number.isSafeInteger(number)
    ? `an integer of at most ${Number.MAX_SAFE_INTEGER} either way: send a larger one as text`
    : undefined
}

/**
 * Finds what parses as JSON and yet cannot be stored: NUL and lone surrogates, which PostgreSQL refuses; numbers beyond the
 * range of a double, which would become Infinity and then null; integers that a double would change (RFC 7493 section 2.2);
 * and nesting that would overflow the stack. Numbers with a fraction or an exponent are rounded to doubles, as every reader
 * does; `-0` is 0. One pass, without allocations for ordinary texts. Invalid JSON is left to the parser.
 */
export const unstorable = (text: string): Unstorable | undefined => {
  const length = text.length
  let depth = 0
  for (let at = 0; at < length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      for (at++; at < length; at++) {
        const inner = text.charCodeAt(at)
        if (inner === 34) break
        if (inner !== 92) continue
        at++
        if (text.charCodeAt(at) !== 117) continue
        const unit = Number.parseInt(text.slice(at + 1, at + 5), 16)
        if (unit === 0) return "holds a NUL character (\\u0000)"
        if (unit >= 0xdc00 && unit <= 0xdfff) return "holds half of a surrogate pair"
        if (unit >= 0xd800 && unit <= 0xdbff) {
          if (!isSurrogateEscape(text, at + 5, 0xdc00, 0xdfff)) return "holds half of a surrogate pair"
          at += 6
        }
        at += 4
      }
    } else if (code === 123 || code === 91) {
      if (++depth > maxNesting) return `nests deeper than ${maxNesting} levels`
    } else if (code === 125 || code === 93) {
      depth--
    } else if (code === 45 || (code >= 48 && code <= 57)) {
      const start = at
      let isInteger = true
      let exponent = false
      for (at++; at < length; at++) {
        const digit = text.charCodeAt(at)
        if (digit === 46) isInteger = false
        else if (digit === 69 || digit === 101) exponent = true
        else if (!(digit >= 43 && digit <= 57 && digit !== 44 && digit !== 47)) break
      }
      // Every integer of up to fifteen digits is exact.
      if (exponent || at - start > 15) {
        const expected = expectedOf(text.slice(start, at), isInteger && !exponent)
        if (expected !== undefined) return isJson(text) ? { path: pathTo(text, start), expected } : undefined
      }
      at--
    }
  }
  return undefined
}
