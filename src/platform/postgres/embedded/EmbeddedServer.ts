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
  /** How the process ended, in words; it never rejects. */
  readonly ended: Promise<string>
  readonly hasEnded: () => boolean
  /** What it has written to the log so far. */
  readonly output: () => string
  readonly signal: (name: "SIGINT" | "SIGQUIT" | "SIGKILL") => void
}

// Large enough for weeks of a quiet server, small enough to open in an editor.
const logLimit = 16 * 1024 * 1024

/** Where the server writes what it has to say. */
export const logPath = (dataDir: string) => join(dataDir, "postgres.log")

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
 * Starts a server on 127.0.0.1 and does not wait for it. It gets a session of its own, so that Ctrl-C at the terminal reaches
 * this process only, which drains before it stops the database; and it writes to a file, not to a pipe, so that it can go on
 * until the next start finds it, should this process be killed.
 */
export const launch = (cluster: Cluster, port: number): Effect.Effect<Server, EmbeddedPostgresError> =>
  Effect.try({
    try: () => {
      const { as, binaries, dataDir, directory } = cluster
      const log = openLog(dataDir)
      try {
        const args = [
          ...["-D", directoryArgument(directory, as), "-p", String(port)],
          // "localhost" would be fatal where /etc/hosts is missing; a socket path may be too long (107 bytes).
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
            // Without a pid it never started; and pid 0 would be our own process group.
            if (hasEnded || child.pid === undefined) return
            // On Windows a signal from Node ends a process on the spot; pg_ctl knows how to ask.
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
 * Waits until the server takes connections, which after a crash may be long: it repairs its files first. The server says so in
 * its pid file, as `pg_ctl` reads it too.
 */
export const ready = Effect.fnUntraced(function* (cluster: Cluster, server: Server) {
  const isReady = Effect.sync(() => {
    const file = PidFile.read(cluster.directory)
    return file !== undefined && file.pid === server.pid && file.ready
  })
  const poll = Effect.repeat(isReady, { schedule: Schedule.spaced("10 millis"), until: (yes: boolean) => yes })
  const patience = Effect.logInfo("PostgreSQL is still starting, perhaps repairing its files after a crash").pipe(
    Effect.delay("15 seconds"),
    Effect.forever
  )
  const how = yield* Effect.raceAllFirst([Effect.as(poll, undefined), Effect.promise(() => server.ended), patience])
  if (how === undefined) return
  return yield* failure(`PostgreSQL did not start (${how})`, cluster.dataDir, server.output())
})

const within = (server: Server, seconds: number) =>
  Effect.map(
    Effect.timeoutOption(
      Effect.promise(() => server.ended),
      `${seconds} seconds`
    ),
    Option.isSome
  )

/** Stops a server: sessions are cut off and data is written out; if that takes too long, at once, repairing at the next start. */
export const stop = Effect.fnUntraced(function* (server: Server) {
  for (const [name, seconds] of [
    ["SIGINT", 10],
    ["SIGQUIT", 5],
    ["SIGKILL", 5]
  ] as const) {
    server.signal(name)
    if (yield* within(server, seconds)) return
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
 * A free port, the preferred one where it is free. Others come from below 32768, where Linux takes the ports of outgoing
 * connections from: one of those could sit on ours while the server restarts.
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
