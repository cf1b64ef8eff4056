import { Effect, Option, Schedule } from "effect"
import { spawn, spawnSync } from "node:child_process"
import { closeSync, openSync, readSync, renameSync, statSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { type Cluster, directoryArgument, failure, settingArguments } from "./EmbeddedCluster.ts"
import { dataDirError, EmbeddedPostgresError } from "./EmbeddedError.ts"
import * as PidFile from "./EmbeddedPidFile.ts"
import { environment, send } from "./EmbeddedProcess.ts"

/** A server process that this process has started. */
export interface Server {
  readonly pid: number
  /** Resolves with a description of how the process ended; never rejects. */
  readonly ended: Promise<string>
  readonly hasEnded: () => boolean
  /** What the server has written to its log so far. */
  readonly output: () => string
  readonly signal: (name: "SIGINT" | "SIGQUIT" | "SIGKILL") => void
}

// Holds weeks of a quiet server's log and still opens in an editor.
const logLimit = 16 * 1024 * 1024

const logPath = (dataDir: string) => join(dataDir, "postgres.log")

const openLog = (dataDir: string) => {
  const path = logPath(dataDir)
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size > logLimit) renameSync(path, `${path}.1`)
  return { file: openSync(path, "a", 0o600), from: size > logLimit ? 0 : size }
}

const readLog = (dataDir: string, from: number): string => {
  try {
    const file = openSync(logPath(dataDir), "r")
    try {
      const buffer = Buffer.alloc(64 * 1024)
      return buffer.toString("utf8", 0, readSync(file, buffer, 0, buffer.length, from))
    } finally {
      closeSync(file)
    }
  } catch {
    return ""
  }
}

/**
 * Starts a server on 127.0.0.1 without waiting for it. It gets a session of its own, so that Ctrl-C reaches only this
 * process, which drains before it stops the database. It logs to a file instead of a pipe, so that it keeps running if this
 * process is killed, until the next start finds it.
 */
export const launch = (cluster: Cluster, port: number): Effect.Effect<Server, EmbeddedPostgresError> =>
  Effect.try({
    try: () => {
      const { as, binaries, dataDir, directory } = cluster
      const log = openLog(dataDir)
      try {
        const args = [
          ...["-D", directoryArgument(directory, as), "-p", String(port)],
          // "localhost" would fail without /etc/hosts, and a socket path may be too long (107 bytes).
          ...["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="],
          ...settingArguments(cluster.settings)
        ]
        const child = spawn(binaries.postgres, args, {
          cwd: directory,
          env: environment(),
          detached: true,
          ...(as === undefined ? {} : { uid: as.uid, gid: as.gid }),
          stdio: ["ignore", log.file, log.file],
          windowsHide: true
        })
        let hasEnded = false
        const ended = new Promise<string>((resolve) => {
          const end = (how: string) => {
            hasEnded = true
            resolve(how)
          }
          child.on("error", (cause) => end(cause.message))
          child.on("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`))
        })
        const pid = child.pid ?? 0
        return {
          pid,
          ended,
          hasEnded: () => hasEnded,
          output: () => readLog(dataDir, log.from),
          signal: (name) => {
            // Without a pid the process never started; pid 0 would address this process's own group.
            if (hasEnded || child.pid === undefined) return
            // On Windows, a signal from Node kills the process at once; pg_ctl shuts it down cleanly.
            if (process.platform !== "win32") send(pid, name)
            else {
              const args = ["kill", name.slice(3), String(pid)]
              spawnSync(binaries.pgCtl, args, { env: environment(), windowsHide: true })
            }
          }
        } satisfies Server
      } finally {
        closeSync(log.file)
      }
    },
    catch: dataDirError(cluster.dataDir)
  })

/**
 * Waits until the server accepts connections. After a crash this may take long, because the server repairs its files first.
 * It reports its state in the pid file, which `pg_ctl` reads too.
 */
export const ready = Effect.fnUntraced(function* (cluster: Cluster, server: Server) {
  const isReady = Effect.sync(() => {
    const file = PidFile.read(cluster.directory)
    return file !== undefined && file.pid === server.pid && file.ready
  })
  const poll = Effect.repeat(isReady, { schedule: Schedule.spaced("10 millis"), until: (yes: boolean) => yes })
  const progress = Effect.logInfo("PostgreSQL is still starting, perhaps repairing its files after a crash").pipe(
    Effect.delay("15 seconds"),
    Effect.forever
  )
  const how = yield* Effect.raceAllFirst([Effect.as(poll, undefined), Effect.promise(() => server.ended), progress])
  if (how === undefined) return
  return yield* failure(`PostgreSQL did not start (${how})`, cluster.dataDir, server.output())
})

const endsWithin = (server: Server, seconds: number) =>
  Effect.map(
    Effect.timeoutOption(
      Effect.promise(() => server.ended),
      `${seconds} seconds`
    ),
    Option.isSome
  )

/** Stops a server: ends its sessions and writes its data. If that takes too long, kills it; the next start then repairs. */
export const stop = Effect.fnUntraced(function* (server: Server) {
  for (const [name, seconds] of [
    ["SIGINT", 10],
    ["SIGQUIT", 5],
    ["SIGKILL", 5]
  ] as const) {
    server.signal(name)
    if (yield* endsWithin(server, seconds)) return
    yield* Effect.logWarning(`PostgreSQL (process ${server.pid}) has not stopped ${seconds} s after ${name}`)
  }
})

const isFree = (port: number): Effect.Effect<number | undefined> =>
  Effect.callback((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.undefined))
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address()
      const bound = address !== null && typeof address === "object" ? address.port : undefined
      server.close(() => resume(Effect.succeed(bound)))
    })
  })

/**
 * A free port, the preferred one if possible. Others are below 32768, where Linux's range for outgoing connections starts: an
 * outgoing connection could otherwise take the port while the server restarts.
 */
export const freePort = Effect.fnUntraced(function* (
  preferred: number | null
): Effect.fn.Return<number, EmbeddedPostgresError> {
  const random = Array.from({ length: 20 }, () => 20_000 + Math.floor(Math.random() * 12_000))
  for (const port of [...(preferred === null ? [] : [preferred]), ...random, 0]) {
    const free = yield* isFree(port)
    if (free !== undefined) return free
  }
  return yield* new EmbeddedPostgresError({
    reason: "StartFailed",
    message:
      "There is no free TCP port on 127.0.0.1 for PostgreSQL. Set DATABASE_URL to use a PostgreSQL server elsewhere."
  })
})
