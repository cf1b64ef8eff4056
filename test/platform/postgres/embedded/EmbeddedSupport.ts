import { PgClient } from "@effect/sql-pg"
import { Data, Effect, Redacted, Schedule, type Scope } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { chmodSync, chownSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import * as Binaries from "../../../../src/platform/postgres/embedded/EmbeddedBinaries.ts"
import * as EmbeddedPostgres from "../../../../src/platform/postgres/embedded/EmbeddedPostgres.ts"

/** A user that exists on every Linux and owns nothing. */
export const nobody = 65534

export const isRoot = process.getuid?.() === 0

/** Whether other users can run this checkout. Not if it lies below /root, for example. */
export const isPublic = [process.execPath, fileURLToPath(import.meta.url)].every((path) => {
  for (let at = dirname(realpathSync(path)); at !== dirname(at); at = dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false
  }
  return true
})

/** An empty directory that is removed with the scope. */
export const makeDirectory = (options: { readonly uid?: number; readonly mode?: number } = {}) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = mkdtempSync(join(realpathSync(tmpdir()), "fairground-embedded-"))
      if (options.uid !== undefined) chownSync(path, options.uid, options.uid)
      chmodSync(path, options.mode ?? 0o755)
      return path
    }),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  )

/** Mounts a disk of this size on a directory until the scope closes; undefined if the system does not allow it. */
export const smallDisk = (directory: string, size: string) => {
  const mount = (options: string) =>
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", directory], { stdio: "ignore" })
  return Effect.acquireRelease(
    Effect.sync(() => {
      try {
        mount(`size=${size}`)
        return { resize: (to: string) => mount(`remount,size=${to}`) }
      } catch {
        return undefined
      }
    }),
    (disk) =>
      Effect.sync(() => {
        if (disk !== undefined) execFileSync("umount", ["-l", directory])
      })
  )
}

/** Starts with options that make tests fast. */
export const start = (dataDir: string, options: Partial<EmbeddedPostgres.Options> = {}) =>
  EmbeddedPostgres.start({
    dataDir,
    initdbArgs: ["--no-sync"],
    ...options,
    settings: { fsync: "off", ...options.settings }
  })

/** Rows of one statement, over a new connection. */
export const query = (
  url: Redacted.Redacted<string> | string,
  text: string
): Effect.Effect<ReadonlyArray<Record<string, unknown>>, SqlError.SqlError> =>
  Effect.flatMap(SqlClient.SqlClient, (sql) => sql.unsafe<Record<string, unknown>>(text)).pipe(
    Effect.provide(PgClient.layer({ url: typeof url === "string" ? Redacted.make(url) : url, maxConnections: 1 }))
  )

/** Retries for up to 20 s until it succeeds. */
export const eventually = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.retry(self, Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 400 })))

class NotYet extends Data.TaggedError("NotYet")<{ readonly message: string }> {}

/** Fails while the condition does not hold, for use with `eventually`. */
export const holds = (what: string, condition: () => boolean) =>
  Effect.suspend(() => (condition() ? Effect.void : Effect.fail(new NotYet({ message: what }))))

const statOf = (pid: number | string): ReadonlyArray<string> => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  } catch {
    return []
  }
}

export const isRunning = (pid: number) => !["", "Z", "X"].includes(statOf(pid)[0] ?? "")

/** A process that lives until the scope closes, as this user or another. */
export const spawned = (
  command: string,
  args: ReadonlyArray<string>,
  uid?: number
): Effect.Effect<number, never, Scope.Scope> =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => spawn(command, args, { cwd: "/", stdio: "ignore", ...(uid === undefined ? {} : { uid }) })),
      (child) => Effect.sync(() => child.kill("SIGKILL"))
    ),
    (child) => child.pid ?? 0
  )

/** A zombie: a process that has ended but that its parent never reaps. */
export const zombie = Effect.fnUntraced(function* (uid?: number) {
  const parent = yield* spawned("sh", ["-c", "true & exec sleep 600"], uid)
  const find = () =>
    readdirSync("/proc")
      .map(Number)
      .find((pid) => pid > 0 && statOf(pid)[0] === "Z" && statOf(pid)[1] === String(parent))
  yield* eventually(holds("a zombie", () => find() !== undefined))
  return find() ?? 0
})

/** The pid of a process that has ended. */
export const deadPid: Effect.Effect<number> = Effect.callback((resume) => {
  const child = spawn("true")
  child.on("exit", () => resume(Effect.succeed(child.pid ?? 0)))
})

/** A copy of PostgreSQL's programs as npm installs them without install scripts: the symlinks are missing. */
export const copyWithoutSymlinks = (directory: string) =>
  Effect.gen(function* () {
    const native = yield* Effect.flatMap(Binaries.packageFor(Binaries.currentPlatform()), Binaries.locate)
    const copy = join(directory, "native")
    const cp = spawn("cp", ["-r", native, copy])
    yield* Effect.callback<void>((resume) => {
      cp.on("exit", () => resume(Effect.void))
    })
    const links = readdirSync(join(copy, "lib"), { withFileTypes: true }).filter((entry) => entry.isSymbolicLink())
    for (const link of links) rmSync(join(copy, "lib", link.name))
    return copy
  })

/** A program in its own process that prints lines of JSON. */
export interface Program {
  readonly child: ChildProcess
  /** Its next line. */
  readonly next: Effect.Effect<Record<string, unknown>>
  readonly exited: Effect.Effect<void>
}

/** Runs a file of this directory. The process is killed with the scope. */
export const program = (
  file: string,
  args: ReadonlyArray<string>,
  options: { readonly uid?: number } = {}
): Effect.Effect<Program, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const path = fileURLToPath(new URL(file, import.meta.url))
      const child = spawn(process.execPath, [path, ...args], {
        cwd: "/",
        // Its own process group, as a shell gives each command.
        detached: true,
        ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
        stdio: ["pipe", "pipe", "inherit"]
      })
      const exit = new Promise<void>((resolve) => {
        child.on("exit", () => resolve())
      })
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      // The program's log goes to the same stream; only lines of JSON are its output.
      const next = async (): Promise<Record<string, unknown>> => {
        const line = await lines.next()
        if (line.done === true) return { ended: true }
        return line.value.startsWith("{") ? JSON.parse(line.value) : next()
      }
      return { child, next: Effect.promise(next), exited: Effect.promise(() => exit) }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )
