const deepest = 32

/** A JSON object: neither null nor an array. */
export const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isStorableText = (text: string) => text.isWellFormed() && !text.includes("\0")

/**
 * Why a JSON value cannot be stored as `jsonb`, or undefined if it can. PostgreSQL's text has no NUL and no lone
 * surrogates, JSON has no infinities (`1e400`), and depth and size are limited. Keeps its own stack, so that no depth
 * of nesting overflows the call stack.
 */
export const storable = (data: unknown, limit: number): string | undefined => {
  let level: Array<unknown> = [data]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepest) return `Expected at most ${deepest} levels of nesting`
    const next: Array<unknown> = []
    for (const value of level) {
      if (typeof value === "string" && !isStorableText(value)) return "Expected text without NUL and lone surrogates"
      if (typeof value === "number" && !Number.isFinite(value)) return "Expected finite numbers"
      if (typeof value !== "object" || value === null) continue
      // One by one: `push(...value)` overflows the stack at about 100,000 members.
      if (Array.isArray(value)) for (const member of value) next.push(member)
      else {
        for (const [key, member] of Object.entries(value)) {
          if (!isStorableText(key)) return "Expected keys without NUL and lone surrogates"
          next.push(member)
        }
      }
    }
    level = next
  }
  return new TextEncoder().encode(JSON.stringify(data)).length > limit
    ? `Expected at most ${limit} bytes of JSON`
    : undefined
}

/** JSON with sorted object keys: equal values give equal text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    isObject(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member
  )
