/** Counters by name and word: requests by kind and status, faults by kind. */
export interface Tally {
  readonly count: (name: string, word: string | number) => void
  readonly total: (name: string) => number
  readonly rows: () => ReadonlyArray<
    readonly [name: string, words: ReadonlyArray<readonly [word: string, count: number]>]
  >
}

export const tally = (): Tally => {
  const counts = new Map<string, Map<string, number>>()
  return {
    count: (name, word) => {
      const words = counts.get(name) ?? new Map<string, number>()
      counts.set(name, words)
      words.set(String(word), (words.get(String(word)) ?? 0) + 1)
    },
    total: (name) => [...(counts.get(name)?.values() ?? [])].reduce((sum, count) => sum + count, 0),
    rows: () =>
      [...counts]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([name, words]) => [name, [...words].toSorted(([one], [other]) => one.localeCompare(other))] as const)
  }
}
