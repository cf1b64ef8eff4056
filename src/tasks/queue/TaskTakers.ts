import { Deferred, Effect } from "effect"
import type { TaskClaim } from "./TaskClaim.ts"

/** A worker that waits for a task of a kind. */
export interface Taker {
  readonly kind: string
  readonly given: Deferred.Deferred<TaskClaim>
  /** What `given` holds. */
  claim: TaskClaim | undefined
}

/** The takers of one kind. */
interface Line {
  maxAttempts: number
  /** The last claim took as many as were wanted: there may be more for whoever comes next. */
  mayHaveMore: boolean
  readonly waiting: Array<Taker>
  /** Claims whose takers had left before they were there. */
  readonly ready: Array<TaskClaim>
}

/** The workers that wait for tasks, in a line for each kind; whoever came first is given the first claim. */
export const make = () => {
  // In the order of turns.
  const lines = new Map<string, Line>()

  const lineOf = (kind: string) => {
    let line = lines.get(kind)
    if (line === undefined) lines.set(kind, (line = { maxAttempts: 1, mayHaveMore: false, waiting: [], ready: [] }))
    return line
  }

  const give = (claim: TaskClaim) => {
    const line = lineOf(claim.row.kind)
    const taker = line.waiting.shift()
    if (taker === undefined) {
      line.ready.push(claim)
      return
    }
    taker.claim = claim
    Deferred.doneUnsafe(taker.given, Effect.succeed(claim))
  }

  /** Begins to wait for a task of a kind, of which no attempt is begun beyond the last. */
  const join = (kind: string, maxAttempts: number): Taker => {
    const line = lineOf(kind)
    line.maxAttempts = maxAttempts
    const taker: Taker = { kind, given: Deferred.makeUnsafe(), claim: undefined }
    line.waiting.push(taker)
    const claim = line.ready.shift()
    if (claim !== undefined) give(claim)
    return taker
  }

  /** Waits no longer; gives what the taker was given at the last moment. */
  const leave = (taker: Taker): TaskClaim | undefined => {
    if (taker.claim !== undefined) return taker.claim
    const { waiting } = lineOf(taker.kind)
    waiting.splice(waiting.indexOf(taker), 1)
    return undefined
  }

  return {
    join,
    leave,
    give,
    /** Whether anybody has ever waited for a task of the kind. */
    has: (kind: string) => lines.has(kind),
    maxAttemptsOf: (kind: string) => lineOf(kind).maxAttempts,
    mayHaveMore: (kind: string) => lineOf(kind).mayHaveMore,
    /** Whether there may be more of a kind that the next claim would not ask for, as all of its workers are busy. */
    mayHaveUnasked: () => [...lines.values()].some((line) => line.mayHaveMore && line.waiting.length === 0),
    /** Keeps whether a claim has taken as many of the kind as were wanted. */
    asked: (kind: string, wanted: number, claimed: number) => {
      lineOf(kind).mayHaveMore = claimed >= wanted
    },
    areWaiting: () => [...lines.values()].some(({ waiting }) => waiting.length > 0),
    /** How many wait for each kind that anybody waits for; whose turn it is, first. */
    waiting: () =>
      [...lines].flatMap(([kind, { waiting }]) => (waiting.length === 0 ? [] : [{ kind, count: waiting.length }])),
    /** Who was first is last the next time. */
    rotate: () => {
      const [first] = lines
      if (first === undefined) return
      lines.delete(first[0])
      lines.set(...first)
    },
    ready: () => [...lines.values()].flatMap(({ ready }) => ready)
  }
}
