import { Effect, Schedule } from "effect"
import { readFileSync, realpathSync, rmSync } from "node:fs"
import { join } from "node:path"
import { EmbeddedPostgresError } from "./EmbeddedError.ts"
import { exists, inspect, postgresProcessesIn, send } from "./EmbeddedProcess.ts"

/** What PostgreSQL writes of itself into `postmaster.pid`: one value a line, pid first, state of the start-up eighth. */
export interface PidFile {
  readonly pid: number
  readonly ready: boolean
}

const pathIn = (cluster: string) => join(cluster, "postmaster.pid")

/** The pid file of a cluster, if it has one that names a process. */
export const read = (cluster: string): PidFile | undefined => {
  try {
    const lines = readFileSync(pathIn(cluster), "utf8").split("\n")
    const pid = Number(lines[0])
    return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === "ready" } : undefined
  } catch {
    return undefined
  }
}

/** Whether `pid` is a PostgreSQL server of this cluster; `undefined` where the system does not tell (Windows). */
const serves = (pid: number, cluster: string): boolean | undefined => {
  const state = inspect(pid)
  if (state === undefined) return false
  if (state.cwd !== undefined) return state.program === "postgres" && state.cwd === cluster
  if (state.command !== undefined) return /\bpostgres\b/.test(state.command) && state.command.includes(cluster)
  return undefined
}

/** Polls until `isGone` holds; whether it did within about `seconds`. */
const waitUntil = (isGone: () => boolean, seconds: number): Effect.Effect<boolean> =>
  Effect.sync(isGone).pipe(
    Effect.repeat({
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: seconds * 50 })),
      until: (gone: boolean) => gone
    }),
    Effect.map(() => isGone())
  )

/**
 * Leaves the cluster without a running server, whatever an earlier process left: an orphan (its supervisor was killed) is
 * stopped in order, as is a pid file that names a zombie or a process that has nothing to do with the cluster is removed, for
 * PostgreSQL would refuse to start because of it. Succeeds with whether a running orphan was found.
 *
 * An orphan is stopped and not adopted: it is nobody's child any more, so its end would go unnoticed, and it runs with the
 * settings and the program version of another day. The restart costs about 100 ms.
 */
export const settle = Effect.fnUntraced(function* (
  directory: string
): Effect.fn.Return<boolean, EmbeddedPostgresError> {
  const cluster = realpathSync(directory)
  const file = read(cluster)
  const pid = file?.pid
  const isOrphan = pid !== undefined && serves(pid, cluster) === true
  if (isOrphan) {
    yield* Effect.logWarning(`An earlier process left PostgreSQL running in ${cluster} (process ${pid}): stopping it`)
    const isGone = () => serves(pid, cluster) !== true
    for (const [name, seconds] of [
      ["SIGINT", 10],
      ["SIGQUIT", 5],
      ["SIGKILL", 5]
    ] as const) {
      send(pid, name)
      if (yield* waitUntil(isGone, seconds)) break
    }
  }
  // Without their postmaster the backends end by themselves within moments. One that does not still has the data files open.
  const leftover = () => postgresProcessesIn(cluster)
  if (!(yield* waitUntil(() => leftover().length === 0, 2))) {
    leftover().forEach((left) => send(left, "SIGKILL"))
    if (!(yield* waitUntil(() => leftover().length === 0, 5))) {
      return yield* new EmbeddedPostgresError({
        reason: "StartFailed",
        message: `An earlier PostgreSQL in ${cluster} does not stop (process ${leftover().join(", ")}). End it and start again.`
      })
    }
  }
  // Only now, with nothing left that has the files open: the pid file is what keeps two servers off one cluster. The file of a
  // pid that is free PostgreSQL clears away itself, after checks of its own.
  if (pid !== undefined && exists(pid) && serves(pid, cluster) === false) rmSync(pathIn(cluster), { force: true })
  return isOrphan
})
