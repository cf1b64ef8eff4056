import { Clock, Context, Deferred, Duration, Effect, Latch, Layer, Option, Random } from "effect"
import { PersistedQueue } from "effect/persistence"
import { randomUUID } from "node:crypto"
import { leavable } from "../platform/Leavable.ts"
import { QueueSql } from "../platform/postgres/Sql.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { forLog } from "../platform/Redaction.ts"
import { Settings } from "../platform/Settings.ts"
import { commonErrors, readableProgress } from "./Task.ts"
import type { Progress } from "./TaskKind.ts"
import { TaskKinds } from "./TaskKinds.ts"
import { TaskLedger } from "./TaskLedger.ts"
import * as TaskEnds from "./TaskEnds.ts"
import * as TaskQueueRepo from "./TaskQueueRepo.ts"
import { TaskSignals } from "./TaskSignals.ts"

type Store = PersistedQueue.PersistedQueueStore["Service"]
type TakeOptions = Parameters<Store["take"]>[0]

interface Taker {
  readonly given: Deferred.Deferred<TaskEnds.Held>
  held: TaskEnds.Held | undefined
}

/** One kind's takers, and what was claimed for them before they came. */
interface Line {
  maxAttempts: number
  /** As many were claimed as there were takers: there may be more for the next. */
  hasMore: boolean
  readonly waiting: Array<Taker>
  readonly ready: Array<TaskEnds.Held>
}

/**
 * The engine of `PersistedQueue` on PostgreSQL. Effect's own SQL store has no priorities, no limits over all replicas, no turns
 * among kinds, hears nothing of other processes, cannot be cancelled, and stores each end by itself.
 */
export class TaskQueue extends Context.Service<
  TaskQueue,
  {
    /** Looks for tasks of these kinds now. */
    readonly nudge: (kinds: ReadonlyArray<string>) => void
    /** From now on nothing is claimed. */
    readonly pause: Effect.Effect<void>
    /** Waits until no task is held. */
    readonly awaitEmpty: Effect.Effect<void>
    /** Waits until nothing that is due is left, and no task is held. */
    readonly awaitIdle: Effect.Effect<void>
    /** How many attempts have ended here. */
    readonly ended: () => number
  }
>()("fairground/tasks/TaskQueue") {
  /**
   * The store of `PersistedQueue`, and what attempts know of their tasks beyond it. Needs the queue's connections, the signals,
   * the kinds and the settings.
   */
  static readonly layer = Layer.effectContext(
    Effect.gen(function* () {
      const settings = yield* Settings
      const signals = yield* TaskSignals
      const kinds = yield* TaskKinds
      const repo = TaskQueueRepo.make(yield* QueueSql)
      const leaseSeconds = Duration.toSeconds(settings.taskLease)
      const within = retryTransient(settings.databaseDeadline)

      const limitOf = (kind: string) => kinds.get(kind)?.concurrency ?? null

      const lines = new Map<string, Line>()
      const held = new Map<string, TaskEnds.Held>()
      const progress = new Map<
        string,
        { readonly id: string; readonly attempts: number; readonly progress: Progress }
      >()
      const keyOf = (id: string, attempts: number) => `${id} ${attempts}`
      const wake = Latch.makeUnsafe(false)
      const changed = Latch.makeUnsafe(false)
      // Something may be due: it is looked for as soon as a worker is free.
      let isDue = true
      let isPaused = false
      let hasFoundNothing = false
      let endedHere = 0
      // When a task that this process has put off is due: polling would find it later.
      let nextAt = Infinity
      // Locks of claims whose answers were lost: the tasks are claimed by nobody who knows.
      const doubtful = new Set<string>()

      const lineOf = (kind: string) => {
        let line = lines.get(kind)
        if (line === undefined) lines.set(kind, (line = { maxAttempts: 1, hasMore: false, waiting: [], ready: [] }))
        return line
      }

      const look = () => {
        isDue = true
        hasFoundNothing = false
        wake.openUnsafe()
      }

      const letGo = (entry: TaskEnds.Held) => {
        const key = keyOf(entry.row.id, entry.row.attempts)
        if (held.get(key) === entry) held.delete(key)
        progress.delete(key)
        endedHere++
        if (isDue) wake.openUnsafe()
        changed.openUnsafe()
      }

      const { again, fail, settle, settleExit } = yield* TaskEnds.make(repo, {
        gone: letGo,
        stored: (entry, delay, now) => {
          if (delay !== null) nextAt = Math.min(nextAt, now + 1000 * delay)
          // Of a kind with a limit, one more may run now.
          if (limitOf(entry.row.kind) === null) return
          limitedNotBefore = 0
          isDue = true
        }
      })

      const hand = (line: Line) => {
        while (line.waiting.length > 0) {
          const entry = line.ready.shift()
          if (entry === undefined) return
          const taker = line.waiting.shift()
          if (taker === undefined) return
          taker.held = entry
          Deferred.doneUnsafe(taker.given, Effect.succeed(entry))
        }
      }

      const stop = (entry: TaskEnds.Held, why: "cancelled" | "lost") => {
        entry.isStopped = true
        Deferred.doneUnsafe(entry.stopped, Effect.succeed(why))
      }

      const receive = Effect.fnUntraced(function* (rows: ReadonlyArray<TaskQueueRepo.ClaimedRow>, lock: string) {
        for (const row of rows) {
          // An attempt of before, which this process lost while it was stopped: it has no say any more.
          for (const entry of held.values()) if (entry.row.id === row.id) stop(entry, "lost")
          const entry: TaskEnds.Held = { row, lock, stopped: Deferred.makeUnsafe(), isEnding: false, isStopped: false }
          held.set(keyOf(row.id, row.attempts), entry)
          const line = lineOf(row.kind)
          if (row.attempts > line.maxAttempts) {
            // The process of the last attempt died, or nobody would claim this again.
            yield* Effect.forkDetach(fail(entry, "crashed", commonErrors.crashed, false))
            continue
          }
          line.ready.push(entry)
          hand(line)
        }
      })

      // When the leases were last known to be prolonged.
      let renewedAt = yield* Clock.currentTimeMillis
      const isOverdue = (now: number) => now - renewedAt > Duration.toMillis(settings.taskLease) / 2

      const renew = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        // An end is quick, and writes the same row; one that an outage keeps is still this process's to store.
        const mine = [...held.values()].filter(({ isEnding }) => !isEnding || isOverdue(now))
        if (mine.length > 0) {
          const claims = mine.map(({ lock, row }) => ({ id: row.id, lock }))
          const kept = new Set(yield* within(repo.renew(claims, leaseSeconds)))
          for (const entry of mine) if (!kept.has(entry.row.id)) stop(entry, "lost")
        }
        renewedAt = now
      })

      /** Before anything is claimed: after an outage leases may have run out of tasks that go on here, and that nobody has taken. */
      const renewOverdue = Effect.flatMap(Clock.currentTimeMillis, (now) => (isOverdue(now) ? renew : Effect.void))

      const attemptClaim = Effect.fnUntraced(function* (
        claim: TaskQueueRepo.TaskQueueRepo["claim"] | TaskQueueRepo.TaskQueueRepo["claimLimited"],
        wanted: ReadonlyArray<TaskQueueRepo.Wanted>,
        watched: ReadonlyArray<string>,
        free: number
      ) {
        yield* renewOverdue
        const lock = randomUUID()
        const { claimed, waiting } = yield* claim({ wanted, watched, free, lock, leaseSeconds }).pipe(
          leavable,
          Effect.timeout(settings.databaseDeadline),
          Effect.onError(() => Effect.sync(() => doubtful.add(lock)))
        )
        for (const { kind, room } of wanted) {
          lineOf(kind).hasMore = claimed.filter((row) => row.kind === kind).length >= room
        }
        yield* receive(claimed, lock)
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
        const { count } = yield* attemptClaim(repo.claimLimited, due, [], room)
        // As many run as may: until one of them ends here, others need not pay for the asking.
        if (count === 0) limitedNotBefore = now + 100
        return count
      })

      /** Claims for the workers that are free. */
      const claimDue = Effect.gen(function* () {
        if (doubtful.size > 0) {
          const locks = [...doubtful]
          yield* within(repo.abandon(locks))
          for (const lock of locks) doubtful.delete(lock)
        }
        // Those whose tasks have just ended are about to ask for more.
        yield* Effect.yieldNow
        const free = settings.workers - held.size
        const running = Map.groupBy(held.values(), ({ row }) => row.kind)
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

      const canClaim = () => isDue && !isPaused && held.size < settings.workers

      const rest = Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const poll = Duration.toMillis(settings.taskPoll) * (0.75 + (yield* Random.next) / 2)
        const woken = yield* Effect.timeoutOption(wake.await, Math.max(1, Math.min(poll, nextAt - now)))
        if (Option.isNone(woken)) look()
        if (nextAt <= (yield* Clock.currentTimeMillis)) nextAt = Infinity
      })

      let isSilent = false
      const dispatch = Effect.gen(function* () {
        wake.closeUnsafe()
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

      const report = Effect.gen(function* () {
        if (progress.size === 0) return
        const batch = [...progress.values()]
        progress.clear()
        yield* within(repo.report(batch))
      })
      const every = <E>(pause: Duration.Input, what: string, work: Effect.Effect<void, E>) =>
        Effect.andThen(Effect.sleep(pause), work).pipe(
          Effect.catchCause((cause) => Effect.logWarning(what, forLog(cause))),
          Effect.forever,
          Effect.forkScoped
        )

      if (settings.workers > 0) {
        yield* every(Duration.divideUnsafe(settings.taskLease, 4), "Leases of tasks cannot be prolonged", renew)
        yield* every("500 millis", "The progress of tasks cannot be stored", report)
        yield* signals.on("kinds", (names) => {
          if (names.some((kind) => lines.has(kind))) look()
        })
        yield* signals.on("connected", look)
        yield* signals.on("cancelled", (ids) => {
          const cancelled = new Set(ids)
          for (const entry of held.values()) if (cancelled.has(entry.row.id)) stop(entry, "cancelled")
        })
        // What was claimed and never taken goes back.
        yield* Effect.addFinalizer(() =>
          Effect.forEach(
            [...lines.values()].flatMap(({ ready }) => ready),
            (entry) => again(entry, 0, undefined, false),
            {
              concurrency: "unbounded",
              discard: true
            }
          )
        )
        yield* Effect.forkScoped(dispatch)
      }

      const take = (options: TakeOptions): ReturnType<Store["take"]> =>
        Effect.uninterruptibleMask((restore) =>
          Effect.gen(function* () {
            const line = lineOf(options.name)
            line.maxAttempts = options.maxAttempts
            const taker: Taker = { given: Deferred.makeUnsafe(), held: undefined }
            line.waiting.push(taker)
            hand(line)
            if (line.hasMore) isDue = true
            if (isDue) wake.openUnsafe()
            const entry = yield* restore(Deferred.await(taker.given)).pipe(
              Effect.onInterrupt(() => {
                if (taker.held !== undefined) return again(taker.held, 0, undefined, false)
                line.waiting.splice(line.waiting.indexOf(taker), 1)
                return Effect.void
              })
            )
            yield* Effect.addFinalizer((exit) => settleExit(entry, exit, options))
            const { attempts, id } = entry.row
            return { id, attempts, element: { taskId: id } }
          })
        )

      const offer: Store["offer"] = ({ delay, element, id, name }) => {
        if (!isReference(element) || element.taskId !== id) {
          return Effect.fail(
            new PersistedQueue.PersistedQueueError({ message: "The queue of tasks holds the ids of tasks alone." })
          )
        }
        return repo.offer(id, name, delay === undefined ? 0 : Duration.toSeconds(delay)).pipe(
          Effect.mapError((cause) => new PersistedQueue.PersistedQueueError({ message: "Not offered.", cause })),
          Effect.andThen(Effect.sync(look))
        )
      }

      const awaitThat = (is: () => boolean) =>
        Effect.gen(function* () {
          for (;;) {
            changed.closeUnsafe()
            if (is()) return
            yield* changed.await
          }
        })

      return Context.make(
        PersistedQueue.PersistedQueueStore,
        // Rows go with their tasks' ends: there is nothing to clean up.
        PersistedQueue.PersistedQueueStore.of({ offer, take, cleanup: () => Effect.void })
      ).pipe(
        Context.add(
          TaskLedger,
          TaskLedger.of({
            claimOf: (taskId, attempts) => {
              const entry = held.get(keyOf(taskId, attempts))
              const task = entry?.row.task
              return entry === undefined || task === undefined
                ? undefined
                : { ...task, stopped: Deferred.await(entry.stopped) }
            },
            finish: (taskId, attempts, final) =>
              Effect.suspend(() => {
                const entry = held.get(keyOf(taskId, attempts))
                if (entry === undefined) return Effect.succeed(false)
                return final.status === "failed"
                  ? fail(entry, final.code, final.detail)
                  : settle(entry, {
                      status: "succeeded",
                      content: final.content,
                      errorCode: null,
                      errorDetail: null,
                      delay: null
                    })
              }),
            report: (id, attempts, latest) =>
              Effect.sync(() => {
                const key = keyOf(id, attempts)
                if (held.has(key)) progress.set(key, { id, attempts, progress: readableProgress(latest) })
              })
          })
        ),
        Context.add(
          TaskQueue,
          TaskQueue.of({
            nudge: (names) => {
              if (names.some((kind) => lines.has(kind))) look()
            },
            pause: Effect.sync(() => {
              isPaused = true
            }),
            ended: () => endedHere,
            awaitEmpty: awaitThat(() => held.size === 0),
            awaitIdle: awaitThat(() => held.size === 0 && hasFoundNothing)
          })
        )
      )
    })
  )
}

const isReference = (element: unknown): element is { readonly taskId: string } =>
  typeof element === "object" && element !== null && "taskId" in element
