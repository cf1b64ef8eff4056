/** Members by key. A key whose last member has gone is forgotten: keys are ids of tasks, and there is no end of them. */
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
    /** As they are now: those that come or go meanwhile change nothing. */
    of: (key: string): ReadonlyArray<Member> => [...(groups.get(key) ?? [])],
    has: (key: string): boolean => groups.has(key),
    keys: (): ReadonlyArray<string> => [...groups.keys()]
  }
}
