import { Clock, Duration, Effect, Latch, Option, Random } from "effect"
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
import * as TaskTakers from "./TaskTakers.ts"
import { TaskSignals } from "../watch/TaskSignals.ts"
import type { TaskClaims } from "./TaskClaims.ts"

/**
 * What the dispatcher knows of the queue.
 *
 * - `due`: something may be due that was not asked for. The dispatcher claims it as soon as a worker is free and waits.
 * - `asked`: the last claim has taken all that is due for the workers that wait, or is about to.
 * - `empty`: the last claim found nothing that is due, of any kind.
 *
 * A claim begins in `due` and makes it `asked`; a claim that finds nothing makes it `empty`. These make it `due` again: a notice
 * of new tasks; the time to poll, or to try a task again that was put off here; an end that makes room within a kind's limit; a worker
 * that begins to wait for a kind of which the last claim may have left some; a claim that has filled all workers, or failed.
 */
type QueueState = "due" | "asked" | "empty"

/**
 * The loop that claims tasks for the workers that wait: as many as workers are free, turn by turn among kinds, while the queue is
 * `due`. Otherwise it rests until it is woken, until the first task that was put off here is due, or until TASK_POLL has passed.
 */
export const make = Effect.fnUntraced(function* (repo: TaskQueueRepo.TaskQueueRepo, claims: TaskClaims) {
  const { databaseDeadline, workers } = yield* Settings
  const settings = yield* TasksSettings
  const signals = yield* TaskSignals
  const kinds = yield* TaskKinds
  const leaseSeconds = Duration.toSeconds(settings.taskLease)
  const within = retryTransient(databaseDeadline)
  const limitOf = (kind: string) => kinds.get(kind)?.concurrency ?? null

  const takers = TaskTakers.make()
  let state: QueueState = "due"
  /** For good: the service stops. */
  let isPaused = false
  /** Ends a rest. */
  const woken = Latch.makeUnsafe(false)
  /** When something is due for certain that polling would find later, as time of this process. */
  let nextAt = Infinity
  /** Kinds with limits are claimed by a statement of their own, under a lock for each kind. */
  const limited = {
    /** Of which something is due, as the last claim told. */
    due: new Set<string>() as ReadonlySet<string>,
    /** Before then it is not worth while to ask for them. */
    notBefore: 0,
    /** Turns between those with limits and those without. */
    isFirst: false
  }
  /** Locks of claims whose answers were lost: the tasks are claimed, and nobody knows. */
  const unanswered = new Set<string>()
  /** For those who wait for the end. */
  const changed = Latch.makeUnsafe(false)
  let endedHere = 0

  const enter = (next: QueueState) => {
    state = next
    if (next === "empty") changed.openUnsafe()
  }

  /** Claims what is due, as soon as a worker is free. */
  const poll = () => {
    enter("due")
    woken.openUnsafe()
  }

  const wake = (names: ReadonlyArray<string>) => {
    if (names.some(takers.has)) poll()
  }

  const ends = yield* TaskEnds.make(repo, {
    ended: (claim) => {
      claims.remove(claim)
      endedHere++
      if (state === "due") woken.openUnsafe()
      changed.openUnsafe()
    },
    stored: (claim, delay, now) => {
      if (delay !== null) {
        nextAt = Math.min(nextAt, now + 1000 * delay)
        // At rest it sleeps until the time that it knew of, which may be later than this.
        woken.openUnsafe()
      }
      // Of a kind with a limit, one more may run now.
      if (limitOf(claim.row.kind) === null) return
      limited.notBefore = 0
      enter("due")
    }
  })

  /** Of kinds with limits, or of those without, what is wanted for the workers that wait. */
  const wantedOf = (isLimited: boolean): ReadonlyArray<TaskQueueRepo.Wanted> => {
    const running = Map.groupBy(claims.all(), ({ row }) => row.kind)
    return takers.waiting().flatMap(({ count, kind }) => {
      const limit = limitOf(kind)
      return (limit !== null) === isLimited
        ? [{ kind, running: running.get(kind)?.length ?? 0, room: count, limit }]
        : []
    })
  }

  /** Gives what was claimed to those who wait. */
  const accept = Effect.fnUntraced(function* (rows: ReadonlyArray<TaskQueueRepo.ClaimedRow>, lock: string) {
    for (const row of rows) {
      const claim = claims.add(row, lock)
      // The process of the last attempt died, or nobody would claim this again.
      const isCrashed = row.attempts > takers.maxAttemptsOf(row.kind)
      if (isCrashed) yield* Effect.forkDetach(ends.fail(claim, "crashed", commonErrors.crashed, false))
      else takers.give(claim)
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
      takers.asked(kind, room, claimed.filter((row) => row.kind === kind).length)
    }
    yield* accept(claimed, lock)
    return { count: claimed.length, waiting }
  }, Effect.uninterruptible)

  const abandonUnanswered = Effect.suspend(() => {
    const locks = [...unanswered]
    if (locks.length === 0) return Effect.void
    return Effect.map(within(repo.abandon(locks)), () => {
      for (const lock of locks) unanswered.delete(lock)
    })
  })

  /** Gives how many it has claimed, `room` at the most. */
  const claimLimited = Effect.fnUntraced(function* (room: number) {
    const now = yield* Clock.currentTimeMillis
    const wanted = wantedOf(true).filter(({ kind }) => limited.due.has(kind))
    if (wanted.length === 0 || room <= 0) return 0
    if (now < limited.notBefore) {
      // What was told of meanwhile is asked for then, not at the next poll.
      nextAt = Math.min(nextAt, limited.notBefore)
      return 0
    }
    const { count, waiting } = yield* attemptClaim(repo.claimLimited, wanted, [], room)
    if (waiting.length > 0) {
      // Another replica was claiming of these, and may have left some: nobody would tell.
      limited.notBefore = now + 25
      nextAt = Math.min(nextAt, limited.notBefore)
    } else if (count === 0) {
      // As many run as may: until one of them ends here, others need not pay for the asking.
      limited.notBefore = now + 100
    }
    return count
  })

  /** The same of kinds without limits; tells also which kinds with limits have something due. */
  const claimUnlimited = Effect.fnUntraced(function* (room: number) {
    const watched = wantedOf(true).map(({ kind }) => kind)
    const { count, waiting } = yield* attemptClaim(repo.claim, wantedOf(false), watched, room)
    limited.due = new Set(waiting)
    return count
  })

  /** Claims for the workers that are free. */
  const claimDue = Effect.gen(function* () {
    yield* abandonUnanswered
    // Those whose tasks have just ended are about to ask for more.
    yield* Effect.yieldNow
    const free = workers - claims.count()
    if (isPaused || free <= 0 || !takers.areWaiting()) return
    enter("asked")
    let left = free
    limited.isFirst = !limited.isFirst
    if (limited.isFirst) left -= yield* claimLimited(Math.ceil(free / 2))
    if (left > 0) {
      left -= yield* claimUnlimited(left)
      left -= yield* claimLimited(left)
    }
    // And turns among kinds of which equally many run.
    if (left < free) takers.rotate()
    if (left <= 0) enter("due")
    const hasFoundNothing = left === free && limited.due.size === 0 && !takers.mayHaveUnasked()
    // Not where something was heard meanwhile.
    if (hasFoundNothing && state === "asked") enter("empty")
  })

  const canClaim = () => state === "due" && !isPaused && claims.count() < workers

  const rest = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const pause = Duration.toMillis(settings.taskPoll) * (0.75 + (yield* Random.next) / 2)
    const news = yield* Effect.timeoutOption(woken.await, Math.max(1, Math.min(pause, nextAt - now)))
    // Also where it was woken, which may have been for what the last claim has found already.
    const isReached = nextAt <= (yield* Clock.currentTimeMillis)
    if (isReached) nextAt = Infinity
    if (isReached || Option.isNone(news)) poll()
  })

  let isOutage = false
  const loop = Effect.gen(function* () {
    woken.closeUnsafe()
    if (canClaim()) {
      yield* claimDue
      isOutage = false
    }
    if (!canClaim() || !takers.areWaiting()) yield* rest
  }).pipe(
    Effect.catchCause((cause) => {
      const isTold = isOutage
      isOutage = true
      enter("due")
      const tell = isTold ? Effect.void : Effect.logWarning("Tasks cannot be claimed", forLog(cause))
      return Effect.andThen(tell, Effect.sleep("500 millis"))
    }),
    Effect.forever
  )

  /** Claims for as long as the scope is open; what was claimed and never taken goes back then. */
  const run = Effect.gen(function* () {
    yield* signals.on("kinds", wake)
    yield* signals.on("connected", poll)
    yield* Effect.addFinalizer(() =>
      Effect.forEach(takers.ready(), ends.release, { concurrency: "unbounded", discard: true })
    )
    yield* Effect.forkScoped(loop)
  })

  /** Begins to wait for a task of a kind, of which no attempt is begun beyond the last. */
  const join = (kind: string, maxAttempts: number): TaskTakers.Taker => {
    const taker = takers.join(kind, maxAttempts)
    if (takers.mayHaveMore(kind)) enter("due")
    if (state === "due") woken.openUnsafe()
    return taker
  }

  /** Waits no longer; what was given at the last moment goes back. */
  const leave = (taker: TaskTakers.Taker) => {
    const claim = takers.leave(taker)
    return claim === undefined ? Effect.void : ends.release(claim)
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
    awaitIdle: awaitThat(() => claims.count() === 0 && state === "empty")
  }
})
