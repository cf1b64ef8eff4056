import { Schema } from "effect"
import { whyOf } from "../../FileErrors.ts"

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

/** Turns an error of `node:fs` into a message about the data directory that says what to do. */
export const dataDirError =
  (dataDir: string) =>
  (cause: unknown): EmbeddedPostgresError => {
    const path = cause instanceof Error && "path" in cause ? ` at ${String(cause.path)}` : ""
    return new EmbeddedPostgresError({
      reason: "DataDirUnusable",
      message:
        `The data directory ${dataDir} cannot be used: ${whyOf(cause)}${path}. Make it writable and give it room, set DATA_DIR to ` +
        "another directory, or set DATABASE_URL to use your own PostgreSQL."
    })
  }
