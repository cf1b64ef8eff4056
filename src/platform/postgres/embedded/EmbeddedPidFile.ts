import { Effect, Schedule } from "effect"
import { readFileSync, realpathSync, rmSync } from "node:fs"
import { join } from "node:path"
import { EmbeddedPostgresError } from "./EmbeddedError.ts"
import { exists, inspect, postgresProcessesIn, send } from "./EmbeddedProcess.ts"

/**
 * The content of `postmaster.pid`, which PostgreSQL writes: one value per line, the pid first, the state of the start eighth.
 */
export interface PidFile {
  readonly pid: number
  readonly ready: boolean
}

const pathIn = (cluster: string) => join(cluster, "postmaster.pid")

/** Reads the pid file of a cluster; undefined if there is none or it names no process. */
export const read = (cluster: string): PidFile | undefined => {
  try {
    const lines = readFileSync(pathIn(cluster), "utf8").split("\n")
    const pid = Number(lines[0])
    return Number.isInteger(pid) && pid > 0 ? { pid, ready: lines[7]?.trim() === "ready" } : undefined
  } catch {
    return undefined
  }
}

/** Whether `pid` is a PostgreSQL server of this cluster; `undefined` if the system does not tell (Windows). */
const serves = (pid: number, cluster: string): boolean | undefined => {
  const state = inspect(pid)
  if (state === undefined) return false
  if (state.cwd !== undefined) return state.program === "postgres" && state.cwd === cluster
  if (state.command !== undefined) return /\bpostgres\b/.test(state.command) && state.command.includes(cluster)
  return undefined
}

/** Polls until `isGone` holds, for about `seconds`. Succeeds with whether it does. */
const waitUntil = (isGone: () => boolean, seconds: number): Effect.Effect<boolean> =>
  Effect.sync(isGone).pipe(
    Effect.repeat({
      schedule: Schedule.spaced("20 millis").pipe(Schedule.upTo({ times: seconds * 50 })),
      until: (gone: boolean) => gone
    }),
    Effect.map(() => isGone())
  )

/**
 * Ends whatever server an earlier process left on the cluster. An orphan, whose supervisor was killed, is shut down. A pid
 * file that names a zombie or an unrelated process is removed, because PostgreSQL would refuse to start. Succeeds with
 * whether an orphan was running.
 *
 * An orphan is stopped instead of adopted: it is not a child of this process, so its end would go unnoticed, and it runs with
 * earlier settings and perhaps another version. The restart costs about 100 ms.
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
  // Without their postmaster, backends exit within moments. One that does not still has the data files open.
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
  // Only now that no process has the files open: the pid file keeps two servers off one cluster. If the pid is free,
  // PostgreSQL removes the file itself, after its own checks.
  if (pid !== undefined && exists(pid) && serves(pid, cluster) === false) rmSync(pathIn(cluster), { force: true })
  return isOrphan
})
