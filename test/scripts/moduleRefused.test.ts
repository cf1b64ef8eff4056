import * as assert from "node:assert/strict"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterEach, beforeEach, describe, it } from "vitest"
import { makeScratch, type Scratch } from "../support/scratch/Scratch.ts"

const patience = 120_000

/** What the making of a module reads and writes. */
const only = /^(?:src|scripts|migrations|docs)\/|^[^/]+$/

let scratch: Scratch
let before: Readonly<Record<string, string>>

beforeEach(async () => {
  scratch = await makeScratch({ only })
  before = scratch.files()
}, patience)

afterEach(() => {
  scratch.drop()
})

const fairground = (...args: ReadonlyArray<string>) => scratch.node(["src/main.ts", "module", "new", ...args])

const assertRefused = async (expected: RegExp, ...args: ReadonlyArray<string>) => {
  const { code, output } = await fairground(...args)
  assert.match(output, expected, args.join(" "))
  assert.equal(code, 1, output)
}

/** Plants a generator of what follows from the code: the last step, when all else is written. */
const plantGenerate = (text: string) => {
  scratch.write("scripts/generate.ts", text)
  before = scratch.files()
}

/** Writes something, says so, and goes on for as long as whoever has started it. */
const hangs = `import * as fs from "node:fs"
import process from "node:process"
fs.writeFileSync("docs/settings.md", "half-way")
fs.writeFileSync("half-way", "")
const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(), 20)
`

/** The process that makes a module, killed by this signal in the midst of it. */
const killed = async (signal: NodeJS.Signals) => {
  plantGenerate(hangs)
  const end = await scratch.node(["src/main.ts", "module", "new", "gizmo"], (child) => {
    const watcher = fs.watch(scratch.root, (_, file) => {
      if (file === "half-way") {
        watcher.close()
        child.kill(signal)
      }
    })
    void once(child, "exit").then(() => watcher.close())
  })
  assert.notEqual(end.code, 0, end.output)
  scratch.remove("half-way")
  return end
}

describe("module new refuses, and changes nothing:", { timeout: patience }, () => {
  it("names", async () => {
    // In one process: each of its own would take seconds.
    const names: ReadonlyArray<readonly [expected: RegExp, ...args: ReadonlyArray<string>]> = [
      [/"" cannot be used: a name is made of lower-case letters/, ""],
      [/"Loyalty" cannot be used: a name is made of/, "Loyalty"],
      [/a name is made of/, "loyal ty"],
      [/a name is made of/, "loyal_ty"],
      [/a name is made of/, "-loyalty"],
      [/a name is made of/, "loyalty-"],
      [/a name is made of/, "loyal--ty"],
      [/a name is made of/, "2nd"],
      [/a name is made of/, "gift-2"],
      [/a name is made of/, "ünder"],
      [/a name is made of/, "../loyalty"],
      [/at most 40 characters/, "l".repeat(41)],
      // The plural has one letter more.
      [/at most 40 characters/, "l".repeat(40)],
      [/"module" cannot be used: this word means something else in Fairground/, "module"],
      [/"platform" cannot be used: this word means/, "platform"],
      [/"none" cannot be used: this word means/, "nothing", "none"],
      [/"class" cannot be used: this is a word of TypeScript/, "class"],
      [/"order" cannot be used: this is a word of PostgreSQL/, "order"],
      [/"pg-class" cannot be used: this is a word of PostgreSQL/, "pg-class"],
      [/The plural of "news" has to be another word: give one with --plural/, "news", "news"],
      [/a name is made of/, "loyalty", "Loyalties"],
      [/"game" cannot be used: src\/games exists/, "game"],
      [/src\/health exists/, "health"],
      [/The table task_queue exists/, "task-queue"],
      [/The table entry exists/, "entry"],
      [/migrations\/0010_create_task\.ts exists/, "task", "jobs"],
      [/The code of every module has Option for something else/, "option"],
      [/The code of every module has Setting for something else/, "setting"],
      [/The setting RATE_LIMIT_PAGES exists/, "leaf", "pages"],
      [/The setting IDEMPOTENCY_RETENTION exists/, "idempotency"],
      [/The API has a schema PlayLimit/, "play-limit"],
      [/The command demo exists/, "demo"]
    ]
    scratch.write(
      "names.ts",
      `import { newModule } from "./scripts/module/new.ts"
const signal = new AbortController().signal
for (const [name, plural] of ${JSON.stringify(names.map(([, ...args]) => args))} as Array<[string, string?]>) {
  const options = { name, plural, jobs: true, cli: true, core: false, dryRun: false }
  console.log(JSON.stringify(await newModule(options, signal).then(() => "made", (error: Error) => error.message)))
}
`
    )
    const { output } = await scratch.node(["names.ts"])
    scratch.remove("names.ts")
    const lines = output.trim().split("\n")
    assert.equal(lines.length, names.length, output)
    for (const [index, [expected, ...args]] of names.entries()) {
      assert.match(String(JSON.parse(lines[index] ?? "")), expected, args.join(" "))
    }
    assert.deepEqual(scratch.files(), before)
  })

  it("a list of modules that is not as it was made, and says what to add by hand", async () => {
    const list = scratch.read("src/Modules.ts")
    for (const changed of [
      list.replace("export const modules = [", "export const modules: ReadonlyArray<AnyModule> = ["),
      `${list}\nexport const modules = [] as const\n`,
      list.replace(/(import .*\n)(import)/, "$1// somebody's\n$2"),
      list.replaceAll(/^import .*\n/gm, "")
    ]) {
      assert.notEqual(changed, list)
      // The program itself has to start: it is what was made of it before.
      scratch.write(
        "changed.ts",
        `import * as fs from "node:fs"
import { newModule } from "./scripts/module/new.ts"
fs.writeFileSync("src/Modules.ts", ${JSON.stringify(changed)})
const options = { name: "gizmo", plural: undefined, jobs: false, cli: false, core: false, dryRun: false }
await newModule(options, new AbortController().signal).then(console.log, (error: Error) => console.log(error.message))
`
      )
      const { output } = await scratch.node(["changed.ts"])
      assert.match(output, /src\/Modules\.ts is not as it was made.*Nothing was written\.\n/)
      assert.match(output, /\nimport \{ GizmosModule \} from "\.\/gizmos\/GizmosModule\.ts"\n {2}GizmosModule,\n/)
      scratch.remove("changed.ts")
      assert.equal(scratch.read("src/Modules.ts"), changed)
      scratch.write("src/Modules.ts", list)
      assert.deepEqual(scratch.files(), before)
    }
  })

  it("a name that it has made a module of", async () => {
    plantGenerate("")
    assert.equal((await fairground("gizmo")).code, 0)
    const made = scratch.files()
    await assertRefused(/"gizmo" cannot be used: src\/gizmos exists\./, "gizmo")
    assert.deepEqual(scratch.files(), made)
  })

  it("to be used where there are no templates, as in an image", async () => {
    scratch.remove("scripts/module")
    before = scratch.files()
    await assertRefused(
      /A module is made in a checkout of Fairground: the templates in scripts\/module are not/,
      "gizmo"
    )
    assert.deepEqual(scratch.files(), before)
  })
})

describe("module new takes back what it has written:", { timeout: patience }, () => {
  it("where a folder cannot be made", async () => {
    scratch.write("test", "in the way")
    before = scratch.files()
    await assertRefused(/The module was not made, and nothing is left of it\. .*test\/gizmos/, "gizmo")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("where what follows from the code cannot be written", async () => {
    plantGenerate(
      `import * as fs from "node:fs"\nfs.writeFileSync("docs/settings.md", "half-way")\nthrow new Error("disk full")\n`
    )
    await assertRefused(/nothing is left of it\. `npm run generate` failed:[^]*disk full/, "gizmo")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("where there is no formatter", async () => {
    scratch.drop()
    scratch = await makeScratch({ only, without: "oxfmt" })
    await assertRefused(/Cannot find package 'oxfmt'/, "gizmo")
    assert.deepEqual(scratch.files(), before)
  })

  it("when it is asked to stop", async () => {
    const { code, output } = await killed("SIGTERM")
    assert.equal(code, 1)
    assert.match(output, /Stopped: no module was made, and nothing is left of it\./)
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("when it was killed: the next run does", async () => {
    await killed("SIGKILL")
    assert.ok(fs.existsSync(path.join(scratch.root, "src/gizmos/Gizmo.ts")))
    await assertRefused(/src\/games exists/, "game")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("and lets another that is at it finish", async () => {
    scratch.write(
      ".module-new.json",
      JSON.stringify({ pid: process.pid, files: ["README.md"], folders: [], before: {} })
    )
    await assertRefused(/Another module is being made just now, by the process \d+/, "gizmo")
    scratch.remove(".module-new.json")
    assert.deepEqual(scratch.files(), before)
  })
})
