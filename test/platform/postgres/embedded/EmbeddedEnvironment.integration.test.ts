import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Binaries from "../../../../src/platform/postgres/embedded/EmbeddedBinaries.ts"
import { makeDirectory, start } from "./EmbeddedSupport.ts"

const namesIn = (environ: string) => environ.split("\0").flatMap((line) => (line === "" ? [] : [line.split("=")[0]!]))

/** What PostgreSQL's programs receive, and what the shell scripts that wrap them here add. */
const known = [
  ...["PATH", "TMPDIR", "LD_LIBRARY_PATH", "LC_ALL", "TZ", "PWD", "OLDPWD", "SHLVL", "_"],
  ...["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"]
]

const withEnvironment = (added: Record<string, string>) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.env
      process.env = { ...before, ...added }
      return before
    }),
    (before) =>
      Effect.sync(() => {
        process.env = before
      })
  )

it.live.skipIf(process.platform !== "linux")("no program of PostgreSQL sees our secrets, whoever runs it", () =>
  Effect.gen(function* () {
    yield* withEnvironment({
      BREVO_KEY: "secret-of-the-esp",
      DATABASE_URL: "postgres://fairground:secret-of-another@db/fairground",
      NODE_OPTIONS: "--no-deprecation",
      PGOPTIONS: "-c work_mem=1",
      LD_LIBRARY_PATH: "/nowhere"
    })
    // Wrappers that record their environment before they run the real programs.
    const place = yield* makeDirectory()
    const kept = yield* makeDirectory({ mode: 0o777 })
    const native = yield* Effect.flatMap(Binaries.packageFor(Binaries.currentPlatform()), Binaries.locate)
    mkdirSync(join(place, "bin"))
    for (const name of ["initdb", "postgres"]) {
      const program = `#!/bin/sh\ncat /proc/$$/environ > ${kept}/${name}.$$\nexec ${join(native, "bin", name)} "$@"\n`
      writeFileSync(join(place, "bin", name), program, { mode: 0o755 })
    }
    const { pid } = yield* start(join(yield* makeDirectory(), "data"), { native: place })

    const seen = new Map(readdirSync(kept).map((name) => [name, readFileSync(join(kept, name), "utf8")]))
    assert.sameMembers([...new Set([...seen.keys()].map((name) => name.replace(/\.\d+$/, "")))], ["initdb", "postgres"])
    seen.set("the server", readFileSync(`/proc/${pid}/environ`, "utf8"))
    for (const [program, environ] of seen) {
      assert.notInclude(environ, "secret-of", program)
      assert.deepStrictEqual(
        namesIn(environ).filter((name) => !known.includes(name)),
        [],
        program
      )
      assert.includeMembers(namesIn(environ), ["PATH", "LD_LIBRARY_PATH", "LC_ALL", "TZ"], program)
    }
  })
)
