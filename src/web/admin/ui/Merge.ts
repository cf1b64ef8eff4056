/** Whether two values that JSON can write are the same, their keys in the same order. */
export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The fields in which two values differ. */
export const changedFields = <D extends object>(a: D, b: D): ReadonlyArray<keyof D> =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])]
    .map((name) => name as keyof D)
    .filter((name) => !isSame(a[name], b[name]))

/** One's own changes on top of what somebody else has stored meanwhile, field by field. */
export const mergeOnto = <D extends object>(draft: D, before: D, now: D): D => {
  const merged = { ...now }
  for (const name of changedFields(draft, before)) merged[name] = draft[name]
  return merged
}
