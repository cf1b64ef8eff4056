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
 * - `due`: tasks may be due that no claim has looked for yet. The dispatcher claims as soon as a free worker waits.
 * - `asked`: a claim is under way, or the last one took all tasks that are due for the waiting workers.
 * - `empty`: the last claim found no task due, of any kind.
 *
 * A claim begins in `due` and enters `asked`; a claim that finds nothing enters `empty`. The state returns to `due` when
 *
 * - new tasks are announced;
 * - it is time to poll, or the pause of a retried task is over;
 * - the end of an attempt makes room within a kind's limit;
 * - a worker begins to wait for a kind of which the last claim may have left tasks;
 * - a claim filled all workers, or failed.
 */
type QueueState = "due" | "asked" | "empty"

/**
 * The loop that claims tasks for the waiting workers while the queue is `due`: one for each free worker, and kinds take turns.
 * Otherwise it rests until it is woken, until the first task that this process put off is due, or until TASK_POLL has passed.
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
  /** Never reset: the service is stopping. */
  let isPaused = false
  /** Open: the loop's rest ends. */
  const woken = Latch.makeUnsafe(false)
  /** The earliest known time to claim again, by this process's clock. The loop rests no longer than until then. */
  let nextAt = Infinity
  /** Kinds with limits: a separate statement claims them, under a lock for each kind. */
  const limited = {
    /** The kinds with limits that had a task due when the last claim looked. */
    due: new Set<string>() as ReadonlySet<string>,
    /** They are not claimed before this time, because a claim would most likely find nothing. */
    notBefore: 0,
    /** Whether kinds with limits are claimed before those without. Alternates from claim to claim. */
    isFirst: false
  }
  /** Locks of claims whose answers were lost. Their tasks may be claimed, and no worker has them. */
  const unanswered = new Set<string>()
  /** Opens when a claim ends or the queue is found empty: `awaitEmpty` and `awaitIdle` look again. */
  const changed = Latch.makeUnsafe(false)
  let endedHere = 0

  const enter = (next: QueueState) => {
    state = next
    if (next === "empty") changed.openUnsafe()
  }

  /** Has the loop claim as soon as a worker is free. */
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
        // A loop at rest sleeps until its old `nextAt`, which may be later.
        woken.openUnsafe()
      }
      // The end made room within the kind's limit.
      if (limitOf(claim.row.kind) === null) return
      limited.notBefore = 0
      enter("due")
    }
  })

  /** What the waiting workers want: of kinds with limits, or of kinds without. */
  const wantedOf = (isLimited: boolean): ReadonlyArray<TaskQueueRepo.Wanted> => {
    const running = Map.groupBy(claims.all(), ({ row }) => row.kind)
    return takers.waiting().flatMap(({ count, kind }) => {
      const limit = limitOf(kind)
      return (limit !== null) === isLimited
        ? [{ kind, running: running.get(kind)?.length ?? 0, room: count, limit }]
        : []
    })
  }

  /** Gives claimed tasks to the waiting workers. */
  const accept = Effect.fnUntraced(function* (rows: ReadonlyArray<TaskQueueRepo.ClaimedRow>, lock: string) {
    for (const row of rows) {
      const claim = claims.add(row, lock)
      // All attempts have begun, and the row is still there: the process of the last attempt died.
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

  /** Claims tasks of kinds with limits. Gives how many it claimed, `room` at most. */
  const claimLimited = Effect.fnUntraced(function* (room: number) {
    const now = yield* Clock.currentTimeMillis
    const wanted = wantedOf(true).filter(({ kind }) => limited.due.has(kind))
    if (wanted.length === 0 || room <= 0) return 0
    if (now < limited.notBefore) {
      // The claim is made at `notBefore`, not only at the next poll.
      nextAt = Math.min(nextAt, limited.notBefore)
      return 0
    }
    const { count, waiting } = yield* attemptClaim(repo.claimLimited, wanted, [], room)
    if (waiting.length > 0) {
      // Another replica holds the locks of these kinds. It may leave tasks, and sends no notice when it does.
      limited.notBefore = now + 25
      nextAt = Math.min(nextAt, limited.notBefore)
    } else if (count === 0) {
      // The kinds are at their limits. Until an attempt ends here, asking again soon would only cost the database time.
      limited.notBefore = now + 100
    }
    return count
  })

  /** The same for kinds without limits. Also notes which kinds with limits have tasks due. */
  const claimUnlimited = Effect.fnUntraced(function* (room: number) {
    const watched = wantedOf(true).map(({ kind }) => kind)
    const { count, waiting } = yield* attemptClaim(repo.claim, wantedOf(false), watched, room)
    limited.due = new Set(waiting)
    return count
  })

  /** Claims for the workers that are free. */
  const claimDue = Effect.gen(function* () {
    yield* abandonUnanswered
    // Workers whose tasks have just ended get to wait again first.
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
    // Kinds of which equally many tasks run take turns too.
    if (left < free) takers.rotate()
    if (left <= 0) enter("due")
    const hasFoundNothing = left === free && limited.due.size === 0 && !takers.mayHaveUnasked()
    // A notice that came meanwhile has entered `due`, which stays.
    if (hasFoundNothing && state === "asked") enter("empty")
  })

  const canClaim = () => state === "due" && !isPaused && claims.count() < workers

  const rest = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const pause = Duration.toMillis(settings.taskPoll) * (0.75 + (yield* Random.next) / 2)
    const news = yield* Effect.timeoutOption(woken.await, Math.max(1, Math.min(pause, nextAt - now)))
    // Checked after a wake-up too: that may have been for a task that the last claim already took.
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

  /** Claims for as long as the scope is open. When it closes, claimed tasks that no worker took are released. */
  const run = Effect.gen(function* () {
    yield* signals.on("kinds", wake)
    yield* signals.on("connected", poll)
    yield* Effect.addFinalizer(() =>
      Effect.forEach(takers.ready(), ends.release, { concurrency: "unbounded", discard: true })
    )
    yield* Effect.forkScoped(loop)
  })

  /** Begins to wait for a task of a kind whose tasks have at most `maxAttempts` attempts. */
  const join = (kind: string, maxAttempts: number): TaskTakers.Taker => {
    const taker = takers.join(kind, maxAttempts)
    if (takers.mayHaveMore(kind)) enter("due")
    if (state === "due") woken.openUnsafe()
    return taker
  }

  /** Stops waiting. A task that was given at the last moment is released. */
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
