/** A play that was answered with 201. */
export interface Acknowledged {
  readonly game: string
  readonly email: string
  readonly key: string | undefined
  readonly id: string
  readonly plays: number
  readonly playedBefore: boolean
  readonly playedAt: string
}

/** A play in the database. `key` is the Idempotency-Key of its request, which its own data repeats. */
export interface StoredPlay {
  readonly id: string
  readonly game: string
  readonly email: string
  readonly key: string | null
  readonly number: number
  readonly playedAt: Date
}

/** Plays that were answered with 201 but are not stored exactly once, as answered. */
export const acknowledgedFaults = (
  acknowledged: ReadonlyArray<Acknowledged>,
  stored: ReadonlyArray<StoredPlay>
): ReadonlyArray<string> => {
  const rows = Map.groupBy(stored, ({ id }) => id)
  const firsts = new Map<string, Acknowledged>()
  const faults: Array<string> = []
  for (const play of acknowledged) {
    const known = firsts.get(play.id)
    if (known === undefined) firsts.set(play.id, play)
    else if (play.key === undefined || known.key !== play.key) faults.push(`${play.id} was answered to two requests`)
    const [row, ...more] = rows.get(play.id) ?? []
    if (row === undefined) {
      faults.push(`${play.id} (${play.game}, key ${play.key}) was answered and is not stored`)
      continue
    }
    if (more.length > 0) faults.push(`${play.id} is stored ${more.length + 1} times`)
    const wanted = [play.game, play.email, play.key ?? null, play.plays, play.playedAt].join(" ")
    const found = [row.game, row.email, row.key, row.number, row.playedAt.toISOString()].join(" ")
    if (wanted !== found) faults.push(`${play.id} was answered as ${wanted} and is stored as ${found}`)
    if (play.playedBefore !== play.plays > 1)
      faults.push(`${play.id}: playedBefore is ${play.playedBefore} at play ${play.plays}`)
  }
  const keyed = Map.groupBy(acknowledged, ({ game, key }) => (key === undefined ? "" : `${game} ${key}`))
  for (const [key, plays] of keyed) {
    if (key !== "" && new Set(plays.map(({ id }) => id)).size > 1)
      faults.push(`the key ${key} was answered with several plays`)
  }
  return faults
}

/** An entry and the sum of its plays. */
export interface EntrySum {
  readonly game: string
  readonly email: string
  /** How many plays the entry itself claims. */
  readonly plays: number
  readonly stored: number
  readonly distinct: number
  readonly lowest: number
  readonly highest: number
}

/** Entries whose plays are not numbered 1, 2, 3… */
export const numberFaults = (entries: ReadonlyArray<EntrySum>): ReadonlyArray<string> =>
  entries
    .filter(
      ({ distinct, highest, lowest, plays, stored }) =>
        stored !== plays || distinct !== stored || (stored > 0 && (lowest !== 1 || highest !== stored))
    )
    .map((entry) => `the entry of ${entry.email} in ${entry.game} is no 1, 2, 3…: ${JSON.stringify(entry)}`)

/** Keys under which more than one play was recorded. */
export const keyFaults = (
  keys: ReadonlyArray<{ readonly key: string; readonly plays: number }>
): ReadonlyArray<string> =>
  keys.filter(({ plays }) => plays > 1).map(({ key, plays }) => `the key ${key} was counted ${plays} times`)

export interface Limit {
  readonly plays: number
  /** Length in seconds of a window, which begins with its first play; undefined: it never ends. */
  readonly windowSeconds?: number
}

/** Players who played more often than the limit allows. `plays` is sorted by number. */
export const limitFaults = (limit: Limit, plays: ReadonlyArray<StoredPlay>): ReadonlyArray<string> => {
  const windowMillis = limit.windowSeconds === undefined ? Number.POSITIVE_INFINITY : limit.windowSeconds * 1000
  let began = Number.NEGATIVE_INFINITY
  let count = 0
  for (const play of plays) {
    const at = play.playedAt.getTime()
    // A play from just before the end of a window counts in the next one if it is recorded after that end.
    if (count === 0 || at - began >= windowMillis) {
      began = at
      count = 0
    }
    count++
    if (count > limit.plays) {
      return [
        `${play.email} played ${play.game} for the ${count}th time with a limit of ${limit.plays} (play ${play.id})`
      ]
    }
  }
  return []
}

/** How the answer to a repeated request differs from the first. The verdict may have arrived in the meantime. */
export const repetitionFaults = (first: Acknowledged, again: Acknowledged): ReadonlyArray<string> => {
  const wanted = JSON.stringify([first.id, first.game, first.plays, first.playedBefore, first.playedAt])
  const found = JSON.stringify([again.id, again.game, again.plays, again.playedBefore, again.playedAt])
  return wanted === found ? [] : [`the key ${first.key} was answered with ${wanted}, and again with ${found}`]
}
