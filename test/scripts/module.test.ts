/**
 * Modules are made in a copy of the repository, and checked and tested there: what the templates say in one place alone would
 * otherwise go stale unseen.
 */
import * as assert from "node:assert/strict"
import { afterAll, beforeAll, describe, it } from "vitest"
import { makeScratch, type Scratch } from "../support/scratch/Scratch.ts"

/** On a machine that does much else, the checks alone may take minutes. */
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

/** The files that a run names: one a line, then what about it. */
const namedIn = (output: string): ReadonlyArray<string> => [
  ...new Set([...output.matchAll(/^ {2}(\S+) {2,}\S/gm)].map(([, file = ""]) => file))
]

describe("module new", () => {
  it(
    "says beforehand what it writes and changes, and writes and changes just that",
    { timeout: patience },
    async () => {
      const before = scratch.files()
      const announced = namedIn(await make("gizmo", "--jobs", "--cli", "--dry-run"))
      assert.deepEqual(scratch.files(), before)

      const done = namedIn(await make("gizmo", "--jobs", "--cli"))
      assert.deepEqual(done, announced)
      const after = scratch.files()
      const changed = Object.keys(after).filter((file) => after[file] !== before[file])
      assert.deepEqual(changed.toSorted(), done.toSorted())
      assert.deepEqual(
        Object.keys(before).filter((file) => after[file] === undefined),
        []
      )
    }
  )

  it("makes modules that pass every check and their own tests as they are", { timeout: patience }, async () => {
    await make("loyalty")
    await make("gift-card-of-the-month-club-member", "--core")
    await make("offer", "--plural", "offerings", "--cli")
    const own = Object.keys(scratch.files()).filter((file) => /^test\/gizmos\/.*\.test\.ts$/.test(file))
    const tests = [
      ...own,
      // What holds for all modules.
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

  it("is one folder and one line: what follows from these goes with them", { timeout: patience }, async () => {
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
  })
})
