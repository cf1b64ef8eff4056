/** Several members under each key. A key goes with its last member: keys are task ids, and would grow without limit. */
export const make = <Member>() => {
  const members = new Map<string, Set<Member>>()
  return {
    add: (key: string, member: Member): void => {
      const known = members.get(key)
      if (known === undefined) members.set(key, new Set([member]))
      else known.add(member)
    },
    remove: (key: string, member: Member): void => {
      const known = members.get(key)
      known?.delete(member)
      if (known?.size === 0) members.delete(key)
    },
    /** A snapshot of the members, which later changes do not affect. */
    of: (key: string): ReadonlyArray<Member> => [...(members.get(key) ?? [])],
    has: (key: string): boolean => members.has(key),
    keys: (): ReadonlyArray<string> => [...members.keys()]
  }
}
