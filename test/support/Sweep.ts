import { Effect } from "effect"
import { existsSync, lstatSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Owner from "../../src/platform/postgres/embedded/EmbeddedOwner.ts"
import * as PidFile from "../../src/platform/postgres/embedded/EmbeddedPidFile.ts"

export const remove = (directory: string) => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })

/** Stops and removes databases in directories with this prefix that a run left behind because it was killed with -9. */
export const sweep = Effect.fnUntraced(function* (prefix: string) {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue
    const directory = join(tmpdir(), name)
    const found = lstatSync(directory, { throwIfNoEntry: false })
    // Every user can create files here, so only those of this user are stopped and removed.
    if (found === undefined || !found.isDirectory() || found.uid !== process.getuid?.()) continue
    // A run that starts at the same time creates its directory shortly before it locks it.
    if (Date.now() - found.mtimeMs < 60_000) continue
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Owner.acquire(directory)
        // A run that was killed while it made its cluster left none to stop.
        const cluster = join(directory, "postgres")
        if (existsSync(cluster)) yield* Effect.ignore(PidFile.settle(cluster))
        remove(directory)
      })
    ).pipe(Effect.ignore)
  }
})
