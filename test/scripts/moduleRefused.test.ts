import * as assert from "node:assert/strict"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import { afterEach, beforeEach, describe, it } from "vitest"
import { makeScratch, type Scratch } from "../support/scratch/Scratch.ts"

const patience = 120_000

/** The files that creating a module reads and writes. */
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

/** Replaces `npm run generate`, which runs last, after all other changes. */
const plantGenerate = (text: string) => {
  scratch.write("scripts/generate.ts", text)
  before = scratch.files()
}

/** Signals with a file that it runs, and then hangs until its parent ends. */
const hangs = `import * as fs from "node:fs"
import process from "node:process"
fs.writeFileSync("docs/settings.md", "half-way")
fs.writeFileSync("half-way", "")
const parent = process.ppid
setInterval(() => process.ppid === parent || process.exit(), 20)
`

/** Sends the signal while `npm run generate` runs. */
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

describe("module new fails and changes nothing", { timeout: patience }, () => {
  it("for a name that is malformed, reserved or in use", async () => {
    // One process for all names: starting one takes seconds.
    const names: ReadonlyArray<readonly [expected: RegExp, ...args: ReadonlyArray<string>]> = [
      [/"" cannot be used: a name consists of lower-case letters/, ""],
      [/"Loyalty" cannot be used: a name consists of/, "Loyalty"],
      [/a name consists of/, "loyal ty"],
      [/a name consists of/, "loyal_ty"],
      [/a name consists of/, "-loyalty"],
      [/a name consists of/, "loyalty-"],
      [/a name consists of/, "loyal--ty"],
      [/a name consists of/, "2nd"],
      [/a name consists of/, "gift-2"],
      [/a name consists of/, "ünder"],
      [/a name consists of/, "../loyalty"],
      [/at most 40 characters/, "l".repeat(41)],
      // Only the plural is too long.
      [/at most 40 characters/, "l".repeat(40)],
      [/"module" cannot be used: this word has another meaning in Fairground/, "module"],
      [/"platform" cannot be used: this word has/, "platform"],
      [/"none" cannot be used: this word has/, "nothing", "none"],
      [/"http" cannot be used: files whose names end in Http are/, "http"],
      [/"gift-repo" cannot be used: files whose names end in Repo are/, "gift-repo"],
      [/"class" cannot be used: this is a reserved word of TypeScript/, "class"],
      [/"order" cannot be used: this is a reserved word of PostgreSQL/, "order"],
      [/"pg-class" cannot be used: this is a reserved word of PostgreSQL/, "pg-class"],
      [/The plural of "news" must differ from it: give one with --plural/, "news", "news"],
      [/a name consists of/, "loyalty", "Loyalties"],
      [/"game" cannot be used: src\/games exists/, "game"],
      [/src\/health exists/, "health"],
      [/The table task_queue exists/, "task-queue"],
      [/The table entry exists/, "entry"],
      [/migrations\/0010_create_task\.ts exists/, "task", "jobs"],
      [/The templates use Option for something else/, "option"],
      [/The templates use Setting for something else/, "setting"],
      [/The setting RATE_LIMIT_VIEWS exists/, "leaf", "views"],
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

  it("if src/Modules.ts has an unexpected format, and prints the lines to add", async () => {
    const list = scratch.read("src/Modules.ts")
    for (const changed of [
      list.replace("export const modules = [", "export const modules: ReadonlyArray<AnyModule> = ["),
      `${list}\nexport const modules = [] as const\n`,
      list.replace(/(import .*\n)(import)/, "$1// somebody's\n$2"),
      list.replaceAll(/^import .*\n/gm, "")
    ]) {
      assert.notEqual(changed, list)
      // The file is changed after newModule has been loaded: the program would not start with it.
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
      assert.match(output, /src\/Modules\.ts has an unexpected format.*Nothing was written\.\n/)
      assert.match(output, /\nimport \{ GizmosModule \} from "\.\/gizmos\/GizmosModule\.ts"\n {2}GizmosModule,\n/)
      scratch.remove("changed.ts")
      assert.equal(scratch.read("src/Modules.ts"), changed)
      scratch.write("src/Modules.ts", list)
      assert.deepEqual(scratch.files(), before)
    }
  })

  it("if the module exists", async () => {
    plantGenerate("")
    assert.equal((await fairground("gizmo")).code, 0)
    const made = scratch.files()
    await assertRefused(/"gizmo" cannot be used: src\/gizmos exists\./, "gizmo")
    assert.deepEqual(scratch.files(), made)
  })

  it("without scripts/module, as in an image", async () => {
    scratch.remove("scripts/module")
    before = scratch.files()
    await assertRefused(/Modules can only be created in a checkout of Fairground: scripts\/module is missing/, "gizmo")
    assert.deepEqual(scratch.files(), before)
  })
})

describe("module new undoes all changes", { timeout: patience }, () => {
  it("if a folder cannot be created", async () => {
    scratch.write("test", "in the way")
    before = scratch.files()
    await assertRefused(/The module was not created, and all changes were undone\. .*test\/gizmos/, "gizmo")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("if `npm run generate` fails", async () => {
    plantGenerate(
      `import * as fs from "node:fs"\nfs.writeFileSync("docs/settings.md", "half-way")\nthrow new Error("disk full")\n`
    )
    await assertRefused(/all changes were undone\. `npm run generate` failed:[^]*disk full/, "gizmo")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("if oxfmt is missing", async () => {
    scratch.drop()
    scratch = await makeScratch({ only, without: "oxfmt" })
    await assertRefused(/Cannot find package 'oxfmt'/, "gizmo")
    assert.deepEqual(scratch.files(), before)
  })

  it("on SIGTERM", async () => {
    const { code, output } = await killed("SIGTERM")
    assert.equal(code, 1)
    assert.match(output, /Stopped: the module was not created, and all changes were undone\./)
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("in the next run after SIGKILL", async () => {
    await killed("SIGKILL")
    assert.ok(fs.existsSync(path.join(scratch.root, "src/gizmos/Gizmo.ts")))
    await assertRefused(/src\/games exists/, "game")
    assert.deepEqual(scratch.files(), before)
    assert.ok(!fs.existsSync(path.join(scratch.root, "src/gizmos")))
  })

  it("but not once somebody works on what a killed run has left", async () => {
    await killed("SIGKILL")
    scratch.write("src/gizmos/Gizmo.ts", `${scratch.read("src/gizmos/Gizmo.ts")}// mine\n`)
    before = scratch.files()
    await assertRefused(
      /were changed since: src\/gizmos\/Gizmo\.ts\. Delete \.module-new\.json to keep them\./,
      "widget"
    )
    assert.deepEqual(scratch.files(), before)
  })

  it("but not those of another process that is running", async () => {
    scratch.write(
      ".module-new.json",
      JSON.stringify({ pid: process.pid, files: { "README.md": "" }, folders: [], before: {} })
    )
    await assertRefused(/Another process \(\d+\) is creating a module/, "gizmo")
    scratch.remove(".module-new.json")
    assert.deepEqual(scratch.files(), before)
  })
})
