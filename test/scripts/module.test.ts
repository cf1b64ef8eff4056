/**
 * Creates modules in a copy of the repository, and runs the checks and the generated tests there. Otherwise nobody would notice
 * when a change of the code breaks the templates.
 */
import * as assert from "node:assert/strict"
import { afterAll, beforeAll, describe, it } from "vitest"
import { makeScratch, type Scratch } from "../support/scratch/Scratch.ts"

/** On a busy machine, the checks may take minutes. */
const patience = 600_000

let scratch: Scratch

beforeAll(async () => {
  scratch = await makeScratch()
}, patience)

afterAll(() => {
  scratch.drop()
})

const make = async (...args: ReadonlyArray<string>): Promise<string> => {
  const { code, output } = await scratch.node(["src/main.ts", "module", "new", ...args])
  assert.equal(code, 0, output)
  return output
}

/** A word that the contract's description has too: the generated tests must tell the module's traces from it. */
const first = ["promotion", "--jobs", "--cli"]

/** The files in a report. */
const namedIn = (output: string): ReadonlyArray<string> => [
  ...new Set([...output.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, file = ""]) => file))
]

describe("module new", () => {
  it("announces with --dry-run exactly the changes that it makes", { timeout: patience }, async () => {
    const before = scratch.files()
    const announced = namedIn(await make(...first, "--dry-run"))
    assert.deepEqual(scratch.files(), before)

    const done = namedIn(await make(...first))
    assert.deepEqual(done, announced)
    const after = scratch.files()
    const changed = Object.keys(after).filter((file) => after[file] !== before[file])
    assert.deepEqual(changed.toSorted(), done.toSorted())
    assert.deepEqual(
      Object.keys(before).filter((file) => after[file] === undefined),
      []
    )
  })

  it("creates modules that pass all checks and their own tests unchanged", { timeout: patience }, async () => {
    await make("loyalty")
    await make("gift-card-of-the-month-club-member", "--core")
    await make("offer", "--plural", "offerings", "--cli")
    const own = Object.keys(scratch.files()).filter((file) => /^test\/promotions\/.*\.test\.ts$/.test(file))
    const tests = [
      ...own,
      // Tests about all modules.
      "test/Access.test.ts",
      "test/docs/OpenApi.test.ts",
      "test/docs/Pages.test.ts",
      "test/platform/postgres/Migrations.test.ts",
      "test/platform/settings/Settings.test.ts"
    ]
    const checks = ["openapi", "types", "effect", "lint", "borders", "unused", "generated", "format", "repository"]
    const [checked, tested] = await Promise.all([
      scratch.node(["scripts/check.ts", ...checks]),
      scratch.node(["node_modules/vitest/vitest.mjs", "run", ...tests])
    ])
    assert.ok(checked.output.includes(`${checks.length} of ${checks.length} checks passed`), checked.output)
    assert.equal(checked.code, 0)
    assert.equal(own.length, 5)
    assert.ok(tested.output.includes(`${tests.length} passed (${tests.length})`), tested.output)
    assert.equal(tested.code, 0)
  })

  it(
    "adds nothing that deleting its files and lines and `npm run generate` does not remove",
    { timeout: patience },
    async () => {
      const before = scratch.files()
      await make("memo")
      for (const folder of ["src/memos", "test/memos"]) scratch.remove(folder)
      const migration = Object.keys(scratch.files()).find((file) => file.endsWith("_create_memo.ts")) ?? ""
      scratch.remove(migration)
      for (const [file, line] of [
        ["src/Modules.ts", /^.*\bMemosModule\b.*\n/gm],
        ["migrations/checksums.json", /,\n.*create_memo.*(?=\n})/]
      ] as const) {
        scratch.write(file, scratch.read(file).replace(line, ""))
      }
      const { code, output } = await scratch.node(["scripts/generate.ts"])
      assert.equal(code, 0, output)
      assert.deepEqual(scratch.files(), before)
    }
  )
})
