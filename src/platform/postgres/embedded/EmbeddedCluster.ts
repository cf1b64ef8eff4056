import { Effect, Option, Schema } from "effect"
import { randomBytes } from "node:crypto"
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { dirname, join, resolve } from "node:path"
import type { Binaries } from "./EmbeddedBinaries.ts"
import { dataDirError, EmbeddedPostgresError } from "./EmbeddedError.ts"
import { run, type RunAs } from "./EmbeddedProcess.ts"

/** The name of both the role and the database. */
export const databaseName = "fairground"

/** A cluster and the user and programs that work on it. `directory` contains no symlinks. */
export interface Cluster {
  readonly dataDir: string
  readonly directory: string
  readonly binaries: Binaries
  readonly as: RunAs | undefined
  readonly settings: Readonly<Record<string, string>>
}

/** The part of a connection that survives a restart. */
export const Connection = Schema.Struct({
  /** Kept across restarts, so that an operator's tools find the database again. */
  port: Schema.NullOr(Schema.Int),
  password: Schema.String
})
export type Connection = typeof Connection.Type

const ConnectionFile = Schema.fromJsonString(Connection)

const connectionPath = (dataDir: string) => join(dataDir, "postgres.json")

const onDataDir = <A>(dataDir: string, work: () => A) => Effect.try({ try: work, catch: dataDirError(dataDir) })

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true

/**
 * Creates a directory and its missing parents, and returns the uppermost one that it created. Node's `recursive` option loops
 * forever if a directory cannot be created although its parent exists, as in /proc.
 */
const makeDirectories = (path: string): string | undefined => {
  if (isDirectory(path)) return undefined
  const above = dirname(path)
  const made = existsSync(above) ? undefined : makeDirectories(above)
  try {
    mkdirSync(path)
  } catch (cause) {
    // Another start may have created it at the same moment.
    if (!isDirectory(path)) throw cause
  }
  return made ?? path
}

/** Creates the data directory and returns its path without symlinks. */
export const makeDataDir = (dataDir: string): Effect.Effect<string, EmbeddedPostgresError> =>
  onDataDir(dataDir, () => {
    let made = makeDirectories(resolve(dataDir))
    const path = realpathSync(dataDir)
    // Root runs PostgreSQL as another user, who must be able to enter every directory created here, whatever the umask.
    if (made !== undefined && process.getuid?.() === 0) {
      made = realpathSync(made)
      for (let at = path; at.startsWith(made); at = dirname(at)) chmodSync(at, 0o755)
    }
    return path
  })

/** The port and password of earlier starts, if they are still stored. */
export const readConnection = (dataDir: string): Effect.Effect<Connection | undefined, EmbeddedPostgresError> =>
  onDataDir(dataDir, () => {
    const path = connectionPath(dataDir)
    if (!existsSync(path)) return undefined
    return Option.getOrUndefined(Schema.decodeOption(ConnectionFile)(readFileSync(path, "utf8")))
  })

/** Stores the port and the password, readable only by this process's user. */
export const writeConnection = (dataDir: string, connection: Connection): Effect.Effect<void, EmbeddedPostgresError> =>
  onDataDir(dataDir, () => {
    const draft = `${connectionPath(dataDir)}.draft`
    // Left by a killed process, perhaps with other permissions.
    rmSync(draft, { force: true })
    try {
      writeFileSync(draft, Schema.encodeSync(ConnectionFile)(connection), { mode: 0o600, flush: true })
      renameSync(draft, connectionPath(dataDir))
    } finally {
      rmSync(draft, { force: true })
    }
  })

const mayPass = (directory: string, as: RunAs): boolean => {
  const at = statSync(directory)
  const bit = at.uid === as.uid ? 0o100 : at.gid === as.gid ? 0o010 : 0o001
  return (at.mode & bit) !== 0 && (dirname(directory) === directory || mayPass(dirname(directory), as))
}

/**
 * The data directory as an argument for PostgreSQL. Below a directory that only root may enter, such as /root, the user that
 * runs PostgreSQL cannot resolve the path. But the working directory is set before the user changes, and Linux gives a
 * process access to its own working directory without resolving a path.
 */
export const directoryArgument = (directory: string, as: RunAs | undefined): string =>
  as !== undefined && process.platform === "linux" && !mayPass(dirname(directory), as) ? "/proc/self/cwd" : directory

/** `-c` arguments for every program that works on the cluster. */
export const settingArguments = (settings: Readonly<Record<string, string>>): ReadonlyArray<string> =>
  Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])

/** The last lines of PostgreSQL's output, to append to an error message. */
const lastLines = (text: string): string => {
  const lines = text
    .trim()
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-8)
  return lines.length === 0 ? "It said nothing." : `Its last lines:\n  ${lines.join("\n  ")}`
}

/** The error for a PostgreSQL program that failed with this output. */
export const failure = (what: string, dataDir: string, output: string): EmbeddedPostgresError =>
  /No space left on device|Disk quota exceeded/.test(output)
    ? new EmbeddedPostgresError({
        reason: "DataDirUnusable",
        message:
          `${what}: the disk that holds ${dataDir} is full. Make room, set DATA_DIR to a directory on another disk, or set ` +
          `DATABASE_URL to use your own PostgreSQL. ${lastLines(output)}`
      })
    : new EmbeddedPostgresError({ reason: "StartFailed", message: `${what} in ${dataDir}. ${lastLines(output)}` })

/** Runs statements, one per line, in single-user mode on a cluster without a server. */
const single = Effect.fnUntraced(function* (cluster: Cluster, directory: string, statements: ReadonlyArray<string>) {
  const done = yield* run(
    cluster.binaries.postgres,
    ["--single", ...settingArguments(cluster.settings), "-D", directoryArgument(directory, cluster.as), "postgres"],
    { cwd: directory, as: cluster.as, input: statements.map((statement) => `${statement}\n`).join("") }
  )
  // Single-user mode exits with 0 even if a statement fails.
  if (done.code === 0 && !/\b(ERROR|FATAL|PANIC):/.test(done.stderr)) return
  return yield* failure("PostgreSQL could not prepare its data", cluster.dataDir, done.stderr)
})

const setPassword = (password: string) => `alter role ${databaseName} password '${password}'`

const newPassword = () => randomBytes(24).toString("hex")

const give = (directory: string, as: RunAs) => {
  chownSync(directory, as.uid, as.gid)
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chownSync(join(entry.parentPath, entry.name), as.uid, as.gid)
  }
}

const create = Effect.fnUntraced(function* (cluster: Cluster, initdbArgs: ReadonlyArray<string>) {
  const { as, binaries, dataDir, directory } = cluster
  // The cluster is built next to its final place and moved there when it is complete: a kill or a full disk leaves no
  // half-built cluster.
  const draft = `${directory}.${randomBytes(4).toString("hex")}.new`
  // The next start removes what cannot be removed now.
  const clear = Effect.ignore(Effect.try(() => rmSync(draft, { recursive: true, force: true })))
  yield* Effect.gen(function* () {
    yield* onDataDir(dataDir, () => {
      mkdirSync(draft, { mode: 0o700 })
      if (as !== undefined) chownSync(draft, as.uid, as.gid)
    })
    const args = [
      ...[
        "-D",
        directoryArgument(draft, as),
        "-U",
        databaseName,
        "--auth=reject",
        "--encoding=UTF8",
        "--no-instructions"
      ],
      // The builtin provider sorts the same on every system and needs no system locale.
      ...["--locale-provider=builtin", "--locale=C.UTF-8"],
      ...initdbArgs
    ]
    const done = yield* run(binaries.initdb, args, { cwd: draft, as })
    if (done.code !== 0) {
      return yield* failure("PostgreSQL could not create its data", dataDir, done.stdout + done.stderr)
    }
    const password = newPassword()
    yield* single(cluster, draft, [setPassword(password), `create database ${databaseName}`])
    yield* onDataDir(dataDir, () => {
      // The only way to connect is TCP from this machine, with the password.
      writeFileSync(join(draft, "pg_hba.conf"), "host all all 127.0.0.1/32 scram-sha-256\n", { flush: true })
    })
    // Before the move, so that a cluster in its place always has a known password.
    yield* writeConnection(dataDir, { port: null, password })
    yield* onDataDir(dataDir, () => renameSync(draft, directory))
  }).pipe(Effect.ensuring(clear))
})

/** Removes what a start left behind that was killed while creating the cluster. */
const sweep = (cluster: Cluster) => {
  for (const name of readdirSync(cluster.dataDir)) {
    if (/^postgres\.[0-9a-f]{8}\.new$/.test(name)) rmSync(join(cluster.dataDir, name), { recursive: true, force: true })
  }
}

/**
 * Creates the cluster on the first start, checks it on later ones, and returns its last port and its password. A lost
 * password is replaced by a new one. No server may be running on the cluster.
 */
export const open = Effect.fnUntraced(function* (
  cluster: Cluster,
  initdbArgs: ReadonlyArray<string>
): Effect.fn.Return<Connection, EmbeddedPostgresError> {
  const { as, binaries, dataDir, directory } = cluster
  yield* onDataDir(dataDir, () => sweep(cluster))
  const versionFile = join(directory, "PG_VERSION")
  if (!existsSync(versionFile)) {
    yield* create(cluster, initdbArgs)
  } else {
    const found = (yield* onDataDir(dataDir, () => readFileSync(versionFile, "utf8"))).trim()
    const ours = binaries.version.split(".")[0]
    if (found !== ours) {
      return yield* new EmbeddedPostgresError({
        reason: "OtherVersion",
        message:
          `The data in ${directory} was written by PostgreSQL ${found}, and this is PostgreSQL ${ours}, which cannot read it. ` +
          `Go back to the release that came with PostgreSQL ${found}, move the data over with pg_upgrade, or set DATA_DIR to a ` +
          "new directory to start empty."
      })
    }
    if (as !== undefined && statSync(directory).uid !== as.uid) yield* onDataDir(dataDir, () => give(directory, as))
  }
  const known = yield* readConnection(dataDir)
  if (known !== undefined) return known
  const fresh = { port: null, password: newPassword() }
  yield* single(cluster, directory, [setPassword(fresh.password)])
  yield* writeConnection(dataDir, fresh)
  return fresh
})
