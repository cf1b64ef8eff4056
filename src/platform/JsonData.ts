const deepest = 32

const isStorableText = (text: string) => text.isWellFormed() && !text.includes("\0")

/**
 * Why a JSON value cannot be stored as `jsonb`, or undefined when it can: NUL and lone surrogates have no place in
 * PostgreSQL's text, infinities (`1e400`) none in JSON, and depth and size are bounded. Walks with a list of its own, so
 * that no depth of nesting exhausts the stack.
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
      // One by one: as arguments of a call, some 100,000 members exhaust the stack.
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

/** JSON with the keys of every object in order: equal values give equal text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member
  )
