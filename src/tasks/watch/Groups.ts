/** Sets of members by key. A key is removed with its last member, since keys are task ids and would grow without limit. */
export const make = <Member>() => {
  const groups = new Map<string, Set<Member>>()
  return {
    add: (key: string, member: Member): void => {
      const group = groups.get(key)
      if (group === undefined) groups.set(key, new Set([member]))
      else group.add(member)
    },
    remove: (key: string, member: Member): void => {
      const group = groups.get(key)
      group?.delete(member)
      if (group?.size === 0) groups.delete(key)
    },
    /** A snapshot of the members, which later changes do not affect. */
    of: (key: string): ReadonlyArray<Member> => [...(groups.get(key) ?? [])],
    has: (key: string): boolean => groups.has(key),
    keys: (): ReadonlyArray<string> => [...groups.keys()]
  }
}
