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
  // Under root, the server runs as another user, who must be able to enter the directory.
  chmodSync(dataDir, 0o755)
  const removeNow = () => remove(dataDir)
  // In addition to the scope's finalizer, for a run that ends without its teardown.
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
    // Test databases need not survive a power failure. Without these guarantees, single writes are four times as fast.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "300" }
  })
  return url
})

/**
 * One database server with a migrated template for the whole run. Runs of unit tests alone start none, except in watch mode,
 * where any test may follow. If `TEST_DATABASE_URL` is set (with a superuser), that server is used instead.
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
