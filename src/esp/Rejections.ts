import { Clock, Effect, Metric } from "effect"

const rejectedRecently = Metric.gauge("fairground_esp_rejected_recently", {
  description: "How many of the last 20 verdicts of the connection were `rejected`, in this process"
})

/** How many of the last verdicts count. */
const windowSize = 20

/** Players mistype about one address in a hundred, so mistakes of theirs never reach half of the last twenty. */
const threshold = 10

/** Milliseconds between two warnings for one connection. */
const warningInterval = 300_000

/**
 * Watches the verdicts of each connection, and warns when many are `rejected`. A rejection is final, so a fault between here and
 * the ESP (a proxy, a change of its API, a list) must not produce them for days unnoticed.
 */
export interface Rejections {
  readonly note: (esp: string, isRejected: boolean) => Effect.Effect<void>
  /** Whether at least half of the connection's last 20 verdicts were `rejected`. */
  readonly areMany: (esp: string) => boolean
}

export const make = (): Rejections => {
  const seen = new Map<string, { readonly last: Array<boolean>; warnedAt: number }>()
  const rejectedOf = (esp: string) => seen.get(esp)?.last.filter(Boolean).length ?? 0
  const areMany = (esp: string) => rejectedOf(esp) >= threshold

  const note = Effect.fnUntraced(function* (esp: string, isRejected: boolean) {
    const own = seen.get(esp) ?? { last: [], warnedAt: Number.NEGATIVE_INFINITY }
    seen.set(esp, own)
    own.last.push(isRejected)
    if (own.last.length > windowSize) own.last.shift()
    const rejected = rejectedOf(esp)
    yield* Metric.update(Metric.withAttributes(rejectedRecently, { esp }), rejected)
    const now = yield* Clock.currentTimeMillis
    if (!isRejected || !areMany(esp) || now - own.warnedAt < warningInterval) return
    own.warnedAt = now
    yield* Effect.logWarning(
      "The ESP rejects many contacts. Should something else answer in its place, `contacts retry --rejected` has it asked again",
      { esp, rejected, of: own.last.length }
    )
  })

  return { note, areMany }
}
