import { Deferred, type Duration, Effect, Exit, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { layerWith } from "../Settings.ts"
import * as TaskDispatch from "../../../src/tasks/queue/TaskDispatch.ts"
import { TaskKinds } from "../../../src/tasks/TaskKinds.ts"
import { TaskSignals } from "../../../src/tasks/watch/TaskSignals.ts"
import * as TaskClaims from "../../../src/tasks/queue/TaskClaims.ts"
import { observed } from "../esp/Observed.ts"
import * as Engine from "./Engine.ts"
import { queueTable } from "./QueueTable.ts"
import { settle, spoken } from "./Signals.ts"

const kinds = [
  ...["a", "b", "c"].map((name) => Engine.kindOf(name)),
  ...["two", "pair"].map((name) => Engine.kindOf(name, { concurrency: 2 })),
  Engine.kindOf("many", { concurrency: 100 })
]

/** Settles, lets this much time pass, and settles again. */
export const after = (time: Duration.Input) => Effect.andThen(settle, Effect.andThen(TestClock.adjust(time), settle))

/** A process's dispatcher on an in-memory table; by itself it polls once per hour. */
export const started = Effect.fnUntraced(function* (workers: number, env: Record<string, string> = {}) {
  const table = queueTable()
  const { say, signals } = spoken()
  const scope = yield* Effect.acquireRelease(Scope.make(), (made) => Scope.close(made, Exit.void))
  const log = observed()
  let looks = 0
  const dispatch = yield* Effect.gen(function* () {
    const claims = yield* TaskClaims.make(table.repo)
    const count = () => {
      looks++
      return claims.count()
    }
    const made = yield* TaskDispatch.make(table.repo, { ...claims, count })
    yield* made.run
    return made
  }).pipe(
    Effect.provide([
      layerWith({ WORKERS: String(workers), TASK_POLL: "1 hour", TASK_LEASE: "1 day", ...env }),
      TaskKinds.layerOf(kinds),
      Layer.succeed(TaskSignals, signals),
      log.layer
    ]),
    Scope.provide(scope)
  )

  /** A worker that waits for a task of a kind, and what it has received. */
  const want = Effect.fnUntraced(function* (kind: string, maxAttempts = 3) {
    const taker = dispatch.join(kind, maxAttempts)
    const given = yield* Effect.forkScoped(Deferred.await(taker.given), { startImmediately: true })
    const claim = () => {
      const exit = given.pollUnsafe()
      return exit !== undefined && Exit.isSuccess(exit) ? exit.value : undefined
    }
    return {
      claim,
      has: () => claim()?.row.id,
      leave: Effect.suspend(() => dispatch.leave(taker)),
      ends: Effect.suspend(() => dispatch.ends.succeed(claim()!, "null")),
      putOff: (seconds: number) => Effect.suspend(() => dispatch.ends.retry(claim()!, seconds, undefined))
    }
  })

  return {
    ...dispatch,
    table,
    want,
    /** Adds this many workers that wait for the kind. */
    wants: (kind: string, count: number) => Effect.replicateEffect(want(kind), count),
    /** Adds tasks of the kind, named after it, oldest first. */
    add: (kind: string, count: number) => {
      for (let place = 1; place <= count; place++) table.add(kind, `${kind}${place}`, { visibleAt: place - count })
    },
    say,
    warnings: () => log.logs.filter((line) => line.includes("Tasks cannot be claimed")).length,
    /** How often the dispatcher has counted the held tasks. At rest it does not count. */
    looks: () => looks,
    close: Scope.close(scope, Exit.void)
  }
})

type Worker = Effect.Success<ReturnType<Effect.Success<ReturnType<typeof started>>["want"]>>

/** The tasks that the workers have received. */
export const held = (workers: ReadonlyArray<Worker>) => workers.flatMap((worker) => worker.has() ?? [])
