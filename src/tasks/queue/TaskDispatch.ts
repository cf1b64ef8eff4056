import { Clock, Deferred, Duration, Effect, Latch, Option, Random } from "effect"
import { randomUUID } from "node:crypto"
import { leavable } from "../../platform/Leavable.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { TasksSettings } from "../TasksSettings.ts"
import { commonErrors } from "../Task.ts"
import * as TaskEnds from "./TaskEnds.ts"
import { TaskKinds } from "../TaskKinds.ts"
import type * as TaskQueueRepo from "./TaskQueueRepo.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"
import type { TaskClaim } from "./TaskClaim.ts"
import type { TaskClaims } from "./TaskClaims.ts"

/** Somebody who waits for a task of a kind. */
interface Taker {
  readonly kind: string
  readonly given: Deferred.Deferred<TaskClaim>
  claim: TaskClaim | undefined
}

/** One kind's takers, and what was claimed for them before they came. */
interface Line {
  maxAttempts: number
  /** As many were claimed as there were takers: there may be more for the next. */
  hasMore: boolean
  readonly waiting: Array<Taker>
  readonly ready: Array<TaskClaim>
}

/**
 * Claims tasks for those who wait for them: as many as workers are free, turn by turn among kinds, as soon as something may be due.
 */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo, claims: TaskClaims) {
  const { databaseDeadline, workers } = yield* Settings
  const settings = yield* TasksSettings
  const signals = yield* TaskSignals
  const kinds = yield* TaskKinds
  const leaseSeconds = Duration.toSeconds(settings.taskLease)
  const within = retryTransient(databaseDeadline)

  const limitOf = (kind: string) => kinds.get(kind)?.concurrency ?? null

  const lines = new Map<string, Line>()
  const woken = Latch.makeUnsafe(false)
  const changed = Latch.makeUnsafe(false)
  // Something may be due: it is looked for as soon as a worker is free.
  let isDue = true
  let isPaused = false
  let hasFoundNothing = false
  let endedHere = 0
  // When a task that this process has put off is due: polling would find it later.
  let nextAt = Infinity
  // Locks of claims whose answers were lost: the tasks are claimed by nobody who knows.
  const unanswered = new Set<string>()

  const lineOf = (kind: string) => {
    let line = lines.get(kind)
    if (line === undefined) lines.set(kind, (line = { maxAttempts: 1, hasMore: false, waiting: [], ready: [] }))
    return line
  }

  const poll = () => {
    isDue = true
    hasFoundNothing = false
    woken.openUnsafe()
  }

  const wake = (names: ReadonlyArray<string>) => {
    if (names.some((kind) => lines.has(kind))) poll()
  }

  const onEnded = (claim: TaskClaim) => {
    claims.remove(claim)
    endedHere++
    if (isDue) woken.openUnsafe()
    changed.openUnsafe()
  }

  const ends = yield* TaskEnds.make(repo, {
    ended: onEnded,
    stored: (claim, delay, now) => {
      if (delay !== null) {
        nextAt = Math.min(nextAt, now + 1000 * delay)
        // At rest it sleeps until the time that it knew of, which may be later than this.
        woken.openUnsafe()
      }
      // Of a kind with a limit, one more may run now.
      if (limitOf(claim.row.kind) === null) return
      limitedNotBefore = 0
      isDue = true
    }
  })

  const assign = (line: Line) => {
    while (line.waiting.length > 0) {
      const claim = line.ready.shift()
      if (claim === undefined) return
      const taker = line.waiting.shift()
      if (taker === undefined) return
      taker.claim = claim
      Deferred.doneUnsafe(taker.given, Effect.succeed(claim))
    }
  }

  const accept = Effect.fnUntraced(function* (rows: ReadonlyArray<TaskQueueRepo.ClaimedRow>, lock: string) {
    for (const row of rows) {
      const claim = claims.add(row, lock)
      const line = lineOf(row.kind)
      if (row.attempts > line.maxAttempts) {
        // The process of the last attempt died, or nobody would claim this again.
        yield* Effect.forkDetach(ends.fail(claim, "crashed", commonErrors.crashed, false))
        continue
      }
      line.ready.push(claim)
      assign(line)
    }
  })

  const attemptClaim = Effect.fnUntraced(function* (
    claim: TaskQueueRepo.TaskQueueRepo["claim"] | TaskQueueRepo.TaskQueueRepo["claimLimited"],
    wanted: ReadonlyArray<TaskQueueRepo.Wanted>,
    watched: ReadonlyArray<string>,
    free: number
  ) {
    yield* claims.renewOverdue
    const lock = randomUUID()
    const { claimed, waiting } = yield* claim({ wanted, watched, free, lock, leaseSeconds }).pipe(
      leavable,
      Effect.timeout(databaseDeadline),
      Effect.onError(() => Effect.sync(() => unanswered.add(lock)))
    )
    for (const { kind, room } of wanted) {
      lineOf(kind).hasMore = claimed.filter((row) => row.kind === kind).length >= room
    }
    yield* accept(claimed, lock)
    return { count: claimed.length, waiting }
  }, Effect.uninterruptible)

  // Kinds with limits that have work, as the last look told, and when it is worth while to ask for them again.
  let limitedDue: ReadonlySet<string> = new Set()
  let limitedNotBefore = 0
  let isLimitedFirst = false

  const claimLimited = Effect.fnUntraced(function* (wanted: ReadonlyArray<TaskQueueRepo.Wanted>, room: number) {
    const now = yield* Clock.currentTimeMillis
    const due = wanted.filter(({ kind }) => limitedDue.has(kind))
    if (due.length === 0 || room <= 0) return 0
    if (now < limitedNotBefore) {
      // What was told of meanwhile is asked for then, not at the next poll.
      nextAt = Math.min(nextAt, limitedNotBefore)
      return 0
    }
    const { count, waiting } = yield* attemptClaim(repo.claimLimited, due, [], room)
    if (waiting.length > 0) {
      // Another replica was claiming of these, and may have left some: nobody would tell.
      limitedNotBefore = now + 25
      nextAt = Math.min(nextAt, limitedNotBefore)
    } else if (count === 0) {
      // As many run as may: until one of them ends here, others need not pay for the asking.
      limitedNotBefore = now + 100
    }
    return count
  })

  /** Claims for the workers that are free. */
  const claimDue = Effect.gen(function* () {
    if (unanswered.size > 0) {
      const locks = [...unanswered]
      yield* within(repo.abandon(locks))
      for (const lock of locks) unanswered.delete(lock)
    }
    // Those whose tasks have just ended are about to ask for more.
    yield* Effect.yieldNow
    const free = workers - claims.count()
    const running = Map.groupBy(claims.all(), ({ row }) => row.kind)
    const wanted = [...lines].flatMap(([kind, line]): ReadonlyArray<TaskQueueRepo.Wanted> => {
      const limit = limitOf(kind)
      return line.waiting.length === 0
        ? []
        : [{ kind, running: running.get(kind)?.length ?? 0, room: line.waiting.length, limit }]
    })
    if (isPaused || free <= 0 || wanted.length === 0) return
    isDue = false
    const [limited, unlimited] = [
      wanted.filter((one) => one.limit !== null),
      wanted.filter((one) => one.limit === null)
    ]
    // Turns between those with limits and those without, which are claimed by themselves.
    isLimitedFirst = !isLimitedFirst
    let left = free
    if (isLimitedFirst) left -= yield* claimLimited(limited, Math.ceil(free / 2))
    let waiting: ReadonlyArray<string> = [...limitedDue]
    if (left > 0) {
      const names = limited.map(({ kind }) => kind)
      const result = yield* attemptClaim(repo.claim, unlimited, names, left)
      left -= result.count
      waiting = result.waiting
      limitedDue = new Set(waiting)
      left -= yield* claimLimited(limited, left)
    }
    // And among kinds of which equally many run: who was first is last the next time.
    const [first] = lines
    if (first !== undefined && left < free) {
      lines.delete(first[0])
      lines.set(...first)
    }
    if (left <= 0 || (left < free && waiting.length > 0)) isDue = true
    hasFoundNothing = left === free && waiting.length === 0
    if (hasFoundNothing) changed.openUnsafe()
  })

  const canClaim = () => isDue && !isPaused && claims.count() < workers

  const rest = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const pause = Duration.toMillis(settings.taskPoll) * (0.75 + (yield* Random.next) / 2)
    const news = yield* Effect.timeoutOption(woken.await, Math.max(1, Math.min(pause, nextAt - now)))
    // Also where it was woken, which may have been for what the last look has found already.
    const isReached = nextAt <= (yield* Clock.currentTimeMillis)
    if (isReached) nextAt = Infinity
    if (isReached || Option.isNone(news)) poll()
  })

  let isSilent = false
  const dispatch = Effect.gen(function* () {
    woken.closeUnsafe()
    if (canClaim()) {
      yield* claimDue
      isSilent = false
    }
    if (!canClaim() || [...lines.values()].every(({ waiting }) => waiting.length === 0)) yield* rest
  }).pipe(
    Effect.catchCause((cause) => {
      const wasSilent = isSilent
      isSilent = true
      isDue = true
      const said = wasSilent ? Effect.void : Effect.logWarning("Tasks cannot be claimed", forLog(cause))
      return Effect.andThen(said, Effect.sleep("500 millis"))
    }),
    Effect.forever
  )

  /** Claims for as long as the scope is open; what was claimed and never taken goes back then. */
  const run = Effect.gen(function* () {
    yield* signals.on("kinds", wake)
    yield* signals.on("connected", poll)
    yield* Effect.addFinalizer(() =>
      Effect.forEach(
        [...lines.values()].flatMap(({ ready }) => ready),
        (claim) => ends.release(claim),
        { concurrency: "unbounded", discard: true }
      )
    )
    yield* Effect.forkScoped(dispatch)
  })

  /** Begins to wait for a task of a kind, of which no attempt is begun beyond the last. */
  const join = (kind: string, maxAttempts: number): Taker => {
    const line = lineOf(kind)
    line.maxAttempts = maxAttempts
    const taker: Taker = { kind, given: Deferred.makeUnsafe(), claim: undefined }
    line.waiting.push(taker)
    assign(line)
    if (line.hasMore) isDue = true
    if (isDue) woken.openUnsafe()
    return taker
  }

  /** Waits no longer; what was given at the last moment goes back. */
  const leave = (taker: Taker) => {
    if (taker.claim !== undefined) return ends.release(taker.claim)
    const { waiting } = lineOf(taker.kind)
    waiting.splice(waiting.indexOf(taker), 1)
    return Effect.void
  }

  const awaitThat = (is: () => boolean) =>
    Effect.gen(function* () {
      for (;;) {
        changed.closeUnsafe()
        if (is()) return
        yield* changed.await
      }
    })

  return {
    ends,
    join,
    leave,
    poll,
    run,
    wake,
    pause: Effect.sync(() => {
      isPaused = true
    }),
    ended: () => endedHere,
    awaitEmpty: awaitThat(() => claims.count() === 0),
    awaitIdle: awaitThat(() => claims.count() === 0 && hasFoundNothing)
  }
})
