import { Schema } from "effect"

/**
 * The embedded database cannot serve. `message` is written for the person at the terminal: what is wrong, with the path or
 * process it is about, and what to do. `reason` is for programs:
 *
 * - `Unsupported`: no binaries exist for this system (Alpine, an unusual processor), or npm did not install them
 * - `BinariesUnusable`: the binaries are there and do not run
 * - `NoUser`: the process has no user PostgreSQL could run as
 * - `InUse`: another live process holds the data directory
 * - `DataDirUnusable`: the data directory cannot be made, read or written, or the disk is full
 * - `OtherVersion`: the data was written by another major version of PostgreSQL
 * - `StartFailed`: PostgreSQL did not come up; the last lines of its log are in the message
 */
export class EmbeddedPostgresError extends Schema.TaggedError<EmbeddedPostgresError>()("EmbeddedPostgresError", {
  reason: Schema.Literals([
    "Unsupported",
    "BinariesUnusable",
    "NoUser",
    "InUse",
    "DataDirUnusable",
    "OtherVersion",
    "StartFailed"
  ]),
  message: Schema.String
}) {}

const explanations: Record<string, string> = {
  EACCES: "this user has no permission",
  EPERM: "this user has no permission",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "a part of the path is a file, not a directory",
  EEXIST: "a file of that name is in the way",
  EISDIR: "a directory of that name is in the way"
}

/** Turns an error of `node:fs` into a sentence about the data directory and the way out. */
export const dataDirError =
  (dataDir: string) =>
  (cause: unknown): EmbeddedPostgresError => {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : ""
    const path = cause instanceof Error && "path" in cause ? ` at ${String(cause.path)}` : ""
    const why = explanations[code] ?? (cause instanceof Error ? cause.message : String(cause))
    return new EmbeddedPostgresError({
      reason: "DataDirUnusable",
      message:
        `The data directory ${dataDir} cannot be used: ${why}${path}. Make it writable and give it room, set DATA_DIR to ` +
        "another directory, or set DATABASE_URL to use your own PostgreSQL."
    })
  }
