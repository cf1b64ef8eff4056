import { Deferred, Effect } from "effect"
import type { TaskClaim } from "./TaskClaim.ts"

/** A worker that waits for a task of one kind. */
export interface Taker {
  readonly kind: string
  readonly given: Deferred.Deferred<TaskClaim>
  /** The claim that `given` was completed with. */
  claim: TaskClaim | undefined
}

/** The takers of one kind. */
interface Line {
  maxAttempts: number
  /** The last claim took as many tasks as were wanted, so more may be due. */
  mayHaveMore: boolean
  readonly waiting: Array<Taker>
  /** Claims whose takers left before they got them. */
  readonly ready: Array<TaskClaim>
}

/** The workers that wait for tasks: a first-in, first-out line for each kind. */
export const make = () => {
  // The kind whose turn it is comes first.
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

  /** Begins to wait for a task of a kind whose tasks have at most `maxAttempts` attempts. */
  const join = (kind: string, maxAttempts: number): Taker => {
    const line = lineOf(kind)
    line.maxAttempts = maxAttempts
    const taker: Taker = { kind, given: Deferred.makeUnsafe(), claim: undefined }
    line.waiting.push(taker)
    const claim = line.ready.shift()
    if (claim !== undefined) give(claim)
    return taker
  }

  /** Stops waiting. Returns a claim that the taker was given at the last moment. */
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
    /** Whether a worker has ever waited for a task of the kind. */
    has: (kind: string) => lines.has(kind),
    maxAttemptsOf: (kind: string) => lineOf(kind).maxAttempts,
    mayHaveMore: (kind: string) => lineOf(kind).mayHaveMore,
    /** Whether a kind may have more tasks due that the next claim will not ask for, because all its workers are busy. */
    mayHaveUnasked: () => [...lines.values()].some((line) => line.mayHaveMore && line.waiting.length === 0),
    /** Notes whether a claim took as many tasks of the kind as were wanted. */
    asked: (kind: string, wanted: number, claimed: number) => {
      lineOf(kind).mayHaveMore = claimed >= wanted
    },
    areWaiting: () => [...lines.values()].some(({ waiting }) => waiting.length > 0),
    /** How many workers wait for each kind, without kinds that none waits for; the kind whose turn it is comes first. */
    waiting: () =>
      [...lines].flatMap(([kind, { waiting }]) => (waiting.length === 0 ? [] : [{ kind, count: waiting.length }])),
    /** Moves the first kind to the end. */
    rotate: () => {
      const [first] = lines
      if (first === undefined) return
      lines.delete(first[0])
      lines.set(...first)
    },
    ready: () => [...lines.values()].flatMap(({ ready }) => ready)
  }
}
