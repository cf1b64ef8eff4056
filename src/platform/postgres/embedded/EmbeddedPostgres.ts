import { Duration, Effect, Redacted, type Scope } from "effect"
import { existsSync } from "node:fs"
import { join as joinPath } from "node:path"
import * as Binaries from "./EmbeddedBinaries.ts"
import * as Cluster from "./EmbeddedCluster.ts"
import { EmbeddedPostgresError } from "./EmbeddedError.ts"
import * as Owner from "./EmbeddedOwner.ts"
import * as PidFile from "./EmbeddedPidFile.ts"
import * as Server from "./EmbeddedServer.ts"
import * as User from "./EmbeddedUser.ts"

export { EmbeddedPostgresError } from "./EmbeddedError.ts"

export interface Options {
  /**
   * Created if missing. Holds `postgres/` (the cluster), `postgres.json` (port and password), `postgres.log`, `owner.lock`.
   */
  readonly dataDir: string
  /** Additional server settings, named as in postgresql.conf. They override that file. */
  readonly settings?: Readonly<Record<string, string>>
  /** Additional arguments for initdb on the first start. */
  readonly initdbArgs?: ReadonlyArray<string>
  /** The `native` directory of a platform package; by default that of the installed one. */
  readonly native?: string
}

export interface EmbeddedPostgres {
  /** `postgresql://fairground:…@127.0.0.1:<port>/fairground`; stays the same until the scope closes. */
  readonly url: Redacted.Redacted<string>
  readonly port: number
  /** The pid of the first server process. A restart after a crash changes it. */
  readonly pid: number
  /** `18.4` */
  readonly version: string
  /** A killed process had left a server running; it was shut down and replaced by this one. */
  readonly adopted: boolean
}

const urlOf = (port: number, password: string) =>
  Redacted.make(`postgresql://${Cluster.databaseName}:${password}@127.0.0.1:${port}/${Cluster.databaseName}`)

/** The URL of the server that another process runs in `dataDir`. It may have stopped: only connecting shows that. */
export const join = Effect.fn("EmbeddedPostgres.join")(function* (
  options: Pick<Options, "dataDir">
): Effect.fn.Return<Redacted.Redacted<string>, EmbeddedPostgresError> {
  const connection = yield* Cluster.readConnection(options.dataDir)
  if (connection === undefined || connection.port === null) {
    return yield* new EmbeddedPostgresError({
      reason: "StartFailed",
      message: `The process that uses ${options.dataDir} has no database running yet. Try again in a moment.`
    })
  }
  return urlOf(connection.port, connection.password)
})

// A server that crashes after running this long had started without trouble, so the next pause is short again.
const stableAfter = Duration.seconds(30)

const pauseBefore = (failures: number) => Duration.millis(Math.min(100 * 2 ** failures, 30_000))

/**
 * Runs a PostgreSQL server in `dataDir` until the scope closes. The cluster is created on the first start and repaired after
 * a crash; a server that dies is restarted on the same port. The server listens on 127.0.0.1 only, with a random password.
 *
 * As a layer it belongs below everything that uses the database: whatever is built on it is finished before the server stops.
 * Stopping usually takes milliseconds; after 20 s the server is killed.
 *
 * Uses the real clock, so it cannot run under a test clock.
 */
export const start = Effect.fn("EmbeddedPostgres.start")(function* (
  options: Options
): Effect.fn.Return<EmbeddedPostgres, EmbeddedPostgresError, Scope.Scope> {
  const native =
    options.native ?? (yield* Effect.flatMap(Binaries.packageFor(Binaries.currentPlatform()), Binaries.locate))
  const dataDir = yield* Cluster.makeDataDir(options.dataDir)
  yield* Owner.acquire(dataDir)
  const directory = joinPath(dataDir, "postgres")
  const as = yield* User.choose(directory)
  const binaries = yield* Binaries.prepare({ native, dataDir, as })
  const cluster: Cluster.Cluster = { dataDir, directory, binaries, as, settings: options.settings ?? {} }

  const adopted = existsSync(directory) && (yield* PidFile.settle(directory))
  const connection = yield* Cluster.open(cluster, options.initdbArgs ?? [])

  let current: Server.Server | undefined
  // An uncaught error or process.exit skips the finalizers. Then the server is at least asked to stop.
  const onExit = () => current?.signal("SIGINT")
  yield* Effect.acquireRelease(
    Effect.sync(() => process.on("exit", onExit)),
    () =>
      Effect.suspend(() => (current === undefined ? Effect.void : Server.stop(current))).pipe(
        Effect.andThen(Effect.sync(() => process.off("exit", onExit)))
      )
  )
  // Launches and records the server in one uninterruptible step, so that no server is left without an owner.
  const launch = (port: number) =>
    Effect.uninterruptible(
      Effect.tap(Server.launch(cluster, port), (server) => {
        current = server
        return Effect.void
      })
    ).pipe(Effect.tap((server) => Server.ready(cluster, server)))

  const launchOnFreePort = (
    preferred: number | null,
    tries: number
  ): Effect.Effect<{ readonly server: Server.Server; readonly port: number }, EmbeddedPostgresError> =>
    Effect.gen(function* () {
      const port = yield* Server.freePort(preferred)
      return yield* launch(port).pipe(
        Effect.map((server) => ({ server, port })),
        // Between finding a free port and listening on it, another process may take it.
        Effect.catchIf(
          (error) => tries > 1 && /could not bind|Address already in use/.test(error.message),
          () => launchOnFreePort(null, tries - 1)
        )
      )
    })

  const first = yield* launchOnFreePort(connection.port, 5)
  if (first.port !== connection.port) {
    yield* Cluster.writeConnection(dataDir, { ...connection, port: first.port })
  }

  const relaunch = Effect.andThen(PidFile.settle(directory), launch(first.port))
  const supervise = Effect.gen(function* () {
    let failures = 0
    let startedAt = Date.now()
    let server: Server.Server | undefined = first.server
    for (;;) {
      if (server !== undefined) {
        const how: string = yield* Effect.promise(() => (server as Server.Server).ended)
        if (Date.now() - startedAt > Duration.toMillis(stableAfter)) failures = 0
        yield* Effect.logWarning(`PostgreSQL (process ${server.pid}) ended by itself (${how}): starting it again`)
      }
      yield* Effect.sleep(pauseBefore(failures))
      failures++
      server = yield* relaunch.pipe(
        Effect.catch((error) =>
          Effect.logError(
            `PostgreSQL is down and did not come back (attempt ${failures}); trying again in ` +
              `${Duration.format(pauseBefore(failures))}. ${error.message}`
          ).pipe(Effect.as(undefined))
        )
      )
      startedAt = Date.now()
      if (server !== undefined)
        yield* Effect.logWarning(`PostgreSQL is back on port ${first.port} (process ${server.pid})`)
    }
  })
  // Forked after the finalizer above was added, so the supervisor is interrupted before the server stops.
  yield* Effect.forkScoped(supervise)

  return {
    url: urlOf(first.port, connection.password),
    port: first.port,
    pid: first.server.pid,
    version: binaries.version,
    adopted
  }
})
