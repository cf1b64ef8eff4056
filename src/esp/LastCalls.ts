import { DateTime, Effect } from "effect"

/** How many of the last calls count. */
const size = 200

/** How the last calls of a connection went, in this process. */
export interface Lately {
  /** How many calls that is. */
  readonly calls: number
  /** Within how many seconds 95 of 100 of them ended; null: there were none. */
  readonly p95Seconds: number | null
  /** The last call that failed although the ESP did not reject its contact; null: none has. */
  readonly lastFault: { readonly at: DateTime.Utc; readonly reason: string } | null
}

export interface LastCalls {
  /** Notes a call that has ended; `fault`: why it failed. */
  readonly note: (esp: string, seconds: number, fault: string | undefined) => Effect.Effect<void>
  readonly of: (esp: string) => Lately
}

const p95Of = (seconds: ReadonlyArray<number>): number | null =>
  seconds.toSorted((a, b) => a - b)[Math.ceil(seconds.length * 0.95) - 1] ?? null

/**
 * The last calls of each connection. The metrics count all calls since the process began, which hides what has changed since this morning:
 * people want to know how an ESP is now.
 */
export const make = (): LastCalls => {
  const seen = new Map<string, { readonly seconds: Array<number>; lastFault: Lately["lastFault"] }>()
  const note = (esp: string, seconds: number, fault: string | undefined) =>
    Effect.map(DateTime.now, (at) => {
      const own = seen.get(esp) ?? { seconds: [], lastFault: null }
      seen.set(esp, own)
      own.seconds.push(seconds)
      if (own.seconds.length > size) own.seconds.shift()
      if (fault !== undefined) own.lastFault = { at, reason: fault }
    })
  const of = (esp: string): Lately => {
    const { lastFault = null, seconds = [] } = seen.get(esp) ?? {}
    return { calls: seconds.length, p95Seconds: p95Of(seconds), lastFault }
  }
  return { note, of }
}
