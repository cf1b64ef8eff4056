import { Effect, Option, Schema, type Scope } from "effect"
import { randomBytes } from "node:crypto"
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dataDirError, EmbeddedPostgresError } from "./EmbeddedError.ts"
import { inspect } from "./EmbeddedProcess.ts"

const Holder = Schema.fromJsonString(
  Schema.Struct({
    id: Schema.String,
    pid: Schema.Int,
    started: Schema.NullOr(Schema.String)
  })
)
type Holder = typeof Holder.Type

const lockName = "owner.lock"

const isCode = (cause: unknown, code: string) => cause instanceof Error && "code" in cause && cause.code === code

/** Reads a lock file. Invalid content, which no process writes, counts as a dead holder. */
const read = (path: string): Holder | undefined => {
  try {
    const text = readFileSync(path, "utf8")
    return Option.getOrElse(Schema.decodeOption(Holder)(text), () => ({
      id: Buffer.from(text).toString("hex").slice(0, 32) || "empty",
      pid: 0,
      started: null
    }))
  } catch (cause) {
    if (isCode(cause, "ENOENT")) return undefined
    throw cause
  }
}

const isAlive = (holder: Holder): boolean => {
  if (holder.pid <= 0) return false
  const state = inspect(holder.pid)
  if (state === undefined) return false
  // If the start times cannot be compared, the holder counts as alive: a refused start is a nuisance, but two servers on one
  // directory lose data.
  return state.started === undefined || holder.started === null || state.started === holder.started
}

/**
 * Takes the lock at `path` and returns `undefined`, or returns the live process that holds it.
 *
 * `link` creates the lock file in one step, so nobody reads half a file. The lock of a dead process is replaced, not deleted:
 * between reading and deleting, another process may have put a live lock there. Only the holder of a guard may replace it.
 * The guard is a lock of the same kind, named by the id of the dead lock. Ids are never reused, so a process that gets the
 * guard too late finds another id in the file and starts over.
 */
const take = (path: string, mine: Holder): Holder | undefined => {
  const draft = `${path}.${mine.id}.draft`
  try {
    // Inside the try: on a full disk, the file is created but stays empty.
    writeFileSync(draft, Schema.encodeSync(Holder)(mine), { mode: 0o644 })
    for (;;) {
      try {
        linkSync(draft, path)
        return undefined
      } catch (cause) {
        if (!isCode(cause, "EEXIST")) throw cause
      }
      const holder = read(path)
      if (holder === undefined) continue
      if (isAlive(holder)) return holder
      const guard = `${path}.${holder.id}`
      const rival = take(guard, mine)
      if (rival !== undefined) return rival
      try {
        if (read(path)?.id !== holder.id) continue
        renameSync(draft, path)
        return undefined
      } finally {
        rmSync(guard, { force: true })
      }
    }
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * Milliseconds after which a draft without a pid counts as abandoned. If its writer was only paused that long, that start
 * fails.
 */
const draftTime = 60_000

/**
 * Removes guards and drafts of processes that were killed while taking the lock. They are useless once the lock has a new id.
 */
const sweep = (dataDir: string, mine: Holder) => {
  for (const name of readdirSync(dataDir)) {
    if (!name.startsWith(`${lockName}.`) || name.includes(mine.id)) continue
    const path = join(dataDir, name)
    const holder = read(path)
    if (holder === undefined || isAlive(holder)) continue
    // A live process may be writing a draft without a pid at this moment.
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (holder.pid > 0 || Date.now() - written > draftTime) rmSync(path, { force: true })
  }
}

/** The pid of the live process that holds `dataDir`, if there is one. */
export const owner = (dataDir: string): number | undefined => {
  const holder = read(join(dataDir, lockName))
  return holder !== undefined && isAlive(holder) ? holder.pid : undefined
}

/**
 * Holds `dataDir` for this process until the scope closes. The lock of a dead process is taken over; of two starts at the
 * same instant, exactly one wins. Processes on other machines or in other containers that share the directory are not
 * detected.
 */
export const acquire = (dataDir: string): Effect.Effect<void, EmbeddedPostgresError, Scope.Scope> =>
  Effect.suspend(() => {
    const path = join(dataDir, lockName)
    const mine: Holder = {
      id: randomBytes(8).toString("hex"),
      pid: process.pid,
      started: inspect(process.pid)?.started ?? null
    }
    return Effect.acquireRelease(
      Effect.try({
        try: () => {
          const rival = take(path, mine)
          if (rival === undefined) sweep(dataDir, mine)
          return rival
        },
        catch: dataDirError(dataDir)
      }).pipe(
        Effect.flatMap((rival) =>
          rival === undefined
            ? Effect.void
            : Effect.fail(
                new EmbeddedPostgresError({
                  reason: "InUse",
                  message:
                    `Process ${rival.pid} already runs the embedded database in ${dataDir}. Stop that process, set DATA_DIR to ` +
                    "another directory, or set DATABASE_URL so that both use one PostgreSQL server."
                })
              )
        )
      ),
      () =>
        Effect.sync(() => {
          try {
            if (read(path)?.id === mine.id) rmSync(path)
          } catch {
            // The directory may already be gone, as after a test. The next start takes over a lock that stays.
          }
        })
    )
  })
