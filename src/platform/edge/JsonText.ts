/**
 * How deep a JSON body may nest. Decoding recurses, and ran out of stack between 3,000 and 5,000 levels (Node 24, with
 * `Schema.Json`): that would be a 500.
 */
export const maxNesting = 1000

const isSurrogateEscape = (text: string, at: number, from: number, to: number): boolean => {
  if (text.charCodeAt(at) !== 92 || text.charCodeAt(at + 1) !== 117) return false
  const unit = Number.parseInt(text.slice(at + 2, at + 6), 16)
  return unit >= from && unit <= to
}

/**
 * What in a JSON text parses and yet cannot be kept: NUL and lone surrogates, which PostgreSQL refuses; numbers beyond
 * a double, which become Infinity and then null; nesting that would exhaust the stack. One pass, without allocation
 * for ordinary texts. The answer completes "The body …", or is undefined. Texts that are no JSON are left to the parser.
 */
export const unkeepable = (text: string): string | undefined => {
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
      let exponent = false
      for (at++; at < length; at++) {
        const digit = text.charCodeAt(at)
        if (digit === 69 || digit === 101) exponent = true
        else if (!(digit >= 43 && digit <= 57 && digit !== 44 && digit !== 47)) break
      }
      // Only an exponent, or more than 300 digits, leads beyond a double.
      if ((exponent || at - start > 300) && Math.abs(Number(text.slice(start, at))) === Number.POSITIVE_INFINITY) {
        return "holds a number that is too large"
      }
      at--
    }
  }
  return undefined
}
