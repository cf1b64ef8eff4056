import { Effect, Exit, Redacted, Scope } from "effect"
import { chmodSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { TestProject } from "vitest/node"
import * as EmbeddedPostgres from "../../src/platform/postgres/embedded/EmbeddedPostgres.ts"
import { remove, sweep } from "./Sweep.ts"
import { makeTemplate } from "./TestDatabase.ts"

const prefix = "fairground-test-"

const startCluster = Effect.gen(function* () {
  yield* sweep(prefix)
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
