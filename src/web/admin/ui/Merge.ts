/** Whether two values that JSON can write are the same, their keys in the same order. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** One's own changes on top of what somebody else has stored meanwhile, field by field. */
export const mergeOnto = <D extends object>(draft: D, before: D, now: D): D => {
  const merged = { ...now }
  for (const key of new Set([...Object.keys(draft), ...Object.keys(before)])) {
    const name = key as keyof D
    if (!isSame(draft[name], before[name])) merged[name] = draft[name]
  }
  return merged
}
