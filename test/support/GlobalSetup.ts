import { Effect, Exit, Redacted, Scope } from "effect"
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import * as Owner from "../../src/platform/postgres/EmbeddedOwner.ts"
import * as PidFile from "../../src/platform/postgres/EmbeddedPidFile.ts"
import * as EmbeddedPostgres from "../../src/platform/postgres/EmbeddedPostgres.ts"
import { makeTemplate } from "./TestDatabase.ts"

const prefix = "fairground-test-"

const remove = (directory: string) => rmSync(directory, { recursive: true, force: true, maxRetries: 5 })

/** Stops and removes what a run that was killed with -9 has left. */
const sweep = Effect.gen(function* () {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue
    const directory = join(tmpdir(), name)
    const found = lstatSync(directory, { throwIfNoEntry: false })
    // Everybody may put things into this place; stop and remove what is ours.
    if (found === undefined || !found.isDirectory() || found.uid !== process.getuid?.()) continue
    // A run that starts beside this one has made its directory a moment before it locks it.
    if (Date.now() - found.mtimeMs < 60_000) continue
    yield* Effect.scoped(
      Effect.gen(function* () {
        yield* Owner.acquire(directory)
        yield* Effect.ignore(PidFile.settle(join(directory, "postgres")))
        remove(directory)
      })
    ).pipe(Effect.ignore)
  }
})

const startCluster = Effect.gen(function* () {
  yield* sweep
  const dataDir = mkdtempSync(join(tmpdir(), prefix))
  // Root runs the server as another user, who has to get in.
  chmodSync(dataDir, 0o755)
  const removeNow = () => remove(dataDir)
  // A finalizer of the scope, and once more for a run that ends without its teardown.
  process.once("exit", removeNow)
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      removeNow()
      process.off("exit", removeNow)
    })
  )
  const { url } = yield* EmbeddedPostgres.start({
    dataDir,
    initdbArgs: ["--no-sync"],
    // Nothing in a test database has to survive a power cut: single writes are four times as fast.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" }
  })
  return url
})

/**
 * One database server for the whole run, with a migrated template. Runs that consist of unit tests alone start none; in watch
 * mode any test may come later. With `TEST_DATABASE_URL` set (a superuser's), that server is used and no other is started.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const { config, state } = project.vitest
  if (!config.watch && !state.getPaths().some((path) => path.endsWith(".integration.test.ts"))) return undefined
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const given = process.env["TEST_DATABASE_URL"]
  const program = Effect.gen(function* () {
    const url = given === undefined ? yield* startCluster : Redacted.make(given)
    yield* makeTemplate(url)
    return url
  })
  try {
    const url = await Effect.runPromise(Scope.provide(program, scope))
    project.provide("databaseUrl", Redacted.value(url))
  } catch (cause) {
    await close()
    throw cause
  }
  return close
}
