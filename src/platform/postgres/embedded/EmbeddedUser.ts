import { Effect } from "effect"
import { existsSync, readFileSync, statSync } from "node:fs"
import { userInfo } from "node:os"
import { EmbeddedPostgresError } from "./EmbeddedError.ts"
import type { RunAs } from "./EmbeddedProcess.ts"

/** An entry of a passwd file. macOS writes uid -2 for nobody, which is the unsigned 4294967294. */
const lookUp = (passwd: string, name: string): RunAs | undefined => {
  const fields = passwd
    .split("\n")
    .find((line) => line.startsWith(`${name}:`))
    ?.split(":")
  return fields === undefined ? undefined : { name, uid: Number(fields[2]) >>> 0, gid: Number(fields[3]) >>> 0 }
}

const noUser = (message: string) => new EmbeddedPostgresError({ reason: "NoUser", message })

/**
 * The user that runs PostgreSQL, which refuses to run as root. Under root it is the owner of the existing cluster, else
 * `postgres`, else `nobody`. All other users run it as themselves (`undefined`); the system must know a name for them,
 * because initdb looks it up.
 */
export const choose = (cluster: string): Effect.Effect<RunAs | undefined, EmbeddedPostgresError> =>
  Effect.suspend(() => {
    const uid = process.getuid?.()
    if (uid === undefined) return Effect.undefined
    const owner = existsSync(cluster) ? statSync(cluster) : undefined
    if (uid === 0) {
      // The existing cluster decides, because the set of system users may change between starts.
      if (owner !== undefined && owner.uid !== 0)
        return Effect.succeed({ name: `#${owner.uid}`, uid: owner.uid, gid: owner.gid })
      const passwd = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8") : ""
      const found = ["postgres", "_postgres", "nobody"]
        .map((name) => lookUp(passwd, name))
        .find((user) => user !== undefined)
      return found === undefined
        ? Effect.fail(
            noUser(
              "PostgreSQL does not run as root and there is no user postgres or nobody to run it as. Add one, start as another " +
                "user, or set DATABASE_URL to use a PostgreSQL server of your own."
            )
          )
        : Effect.succeed(found)
    }
    try {
      userInfo()
    } catch {
      return Effect.fail(
        noUser(
          `PostgreSQL cannot run as user id ${uid}, which has no entry in /etc/passwd. Add one, start as another user, or set ` +
            "DATABASE_URL to use a PostgreSQL server of your own."
        )
      )
    }
    if (owner !== undefined && owner.uid !== uid) {
      return Effect.fail(
        new EmbeddedPostgresError({
          reason: "DataDirUnusable",
          message:
            `The database in ${cluster} belongs to user id ${owner.uid}, and this process runs as user id ${uid}. Start as the ` +
            "user who made it (root, if it was made by root), or set DATA_DIR to another directory."
        })
      )
    }
    return Effect.undefined
  })
