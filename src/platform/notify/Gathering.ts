import type { Schema } from "effect"

/** One thing that has happened, in the words of its topic. */
export interface Told {
  /** The slug of the game that it happened in; null: in none. */
  readonly game: string | null
  /** Undefined: it only counts. */
  readonly item: Schema.Json | undefined
}

/** What has happened in a topic, and in a game of it, within a moment. */
export interface News {
  readonly topic: string
  readonly game: string | null
  /** How many things have happened. */
  readonly count: number
  /** The newest of them, in the order in which they happened. */
  readonly newest: ReadonlyArray<Schema.Json>
}

/** News, and topics of which some were lost. */
export interface Gathered {
  readonly news: ReadonlyArray<News>
  readonly missed: ReadonlyArray<string>
}

/** The most items that news keep. More are of no use to a screen, which shows a page and counts the rest. */
export const mostNewest = 20

/** The most batches that wait to be looked at. A batch holds on to all that its writer knew. */
const mostBatches = 64

/** The most games of a topic. */
const mostGroups = 200

/** Gathers what has happened until somebody takes it, in bounded memory. */
export const make = () => {
  let batches: Array<{ readonly topic: string; readonly read: () => ReadonlyArray<Told> }> = []
  const groups = new Map<
    string,
    { readonly topic: string; readonly game: string | null; count: number; newest: Array<Schema.Json> }
  >()
  const games = new Map<string, number>()
  const missed = new Set<string>()

  const addTo = (topic: string, game: string | null, count: number, newest: ReadonlyArray<Schema.Json>) => {
    const name = `${topic} ${game ?? ""}`
    const known = groups.get(name)
    if (known !== undefined) {
      known.count += count
      known.newest.push(...newest)
      if (known.newest.length > 2 * mostNewest) known.newest = known.newest.slice(-mostNewest)
    } else if ((games.get(topic) ?? 0) < mostGroups) {
      games.set(topic, (games.get(topic) ?? 0) + 1)
      groups.set(name, { topic, game, count, newest: newest.slice(-mostNewest) })
    } else missed.add(topic)
  }

  const look = () => {
    const waiting = batches
    batches = []
    for (const { read, topic } of waiting) {
      try {
        for (const { game, item } of read()) addTo(topic, game, 1, item === undefined ? [] : [item])
      } catch {
        // Whoever records a play must not fail because it cannot be told.
        missed.add(topic)
      }
    }
  }

  return {
    /** Takes a batch over. It is read later, or at once if many wait. */
    add: (topic: string, read: () => ReadonlyArray<Told>): void => {
      batches.push({ topic, read })
      if (batches.length >= mostBatches) look()
    },
    /** Adds what was gathered elsewhere. */
    merge: ({ count, game, newest, topic }: News): void => addTo(topic, game, count, newest),
    miss: (topic: string): void => void missed.add(topic),
    /** All that was gathered since it was last asked. Of a topic that has missed something there are no other news. */
    take: (): Gathered => {
      look()
      const news = [...groups.values()]
        .filter(({ topic }) => !missed.has(topic))
        .map(({ newest, ...group }) => ({ ...group, newest: newest.slice(-mostNewest) }))
      const lost = [...missed]
      groups.clear()
      games.clear()
      missed.clear()
      return { news, missed: lost }
    }
  }
}
export type Gathering = ReturnType<typeof make>
