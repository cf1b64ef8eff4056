/** The launcher with pages to build: an npm and a builder of ours write down that they were asked. */
import * as assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { afterEach, beforeEach, describe, it } from "vitest"

const repository = path.join(import.meta.dirname, "..", "..")

/** Puts in place what the lockfile beside it names; fails where the repository has a file `broken`. */
const npm = `
import * as fs from "node:fs"
const repository = (file) => new URL(file, import.meta.url)
fs.appendFileSync(repository("npm.log"), process.cwd().endsWith("web") ? "web\\n" : "root\\n")
if (fs.existsSync(repository("broken")) && process.cwd().endsWith("web")) process.exit(3)
fs.mkdirSync("node_modules", { recursive: true })
fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json")
`

/** A build: notes what it was made of, as the real one does. */
const builder = `
import * as fs from "node:fs"
import { alsoInputs, built, digest, entries } from "./web.mjs"
fs.appendFileSync("build.log", "built\\n")
if (fs.existsSync("unbuildable")) process.exit(1)
fs.mkdirSync(built, { recursive: true })
const files = [...alsoInputs, ...entries, "src/web/admin/main.tsx"].filter((file) => fs.existsSync(file))
const inputs = Object.fromEntries(files.map((file) => [file, digest(fs.readFileSync(file))]))
fs.writeFileSync(built + "/inputs.json", JSON.stringify(inputs))
`

const lockfile = JSON.stringify({ packages: { "": {}, "node_modules/thing": { version: "1.0.0" } } })

let root = ""
const children: Array<ChildProcess> = []

const write = (file: string, text: string) => {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true })
  fs.writeFileSync(path.join(root, file), text)
}
const log = (file: string) => {
  const at = path.join(root, file)
  return fs.existsSync(at) ? fs.readFileSync(at, "utf8").trim().split("\n") : []
}

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-run-"))
  fs.cpSync(path.join(repository, "scripts"), path.join(root, "scripts"), { recursive: true })
  write("scripts/web.ts", builder)
  write("package-lock.json", lockfile)
  write("src/web/package-lock.json", lockfile)
  write("src/web/package.json", "{}")
  write("src/web/admin/index.html", "<!doctype html>")
  write("src/web/admin/main.tsx", "export {}")
  write("npm-cli.mjs", npm)
  write("src/main.ts", `console.log("served")\n`)
  write("other.ts", `console.log("other")\n`)
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

const launch = async (...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [path.join(root, "scripts", "run.mjs"), ...args], {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: path.join(root, "npm-cli.mjs"),
      npm_node_execpath: process.execPath,
      CI: "true"
    },
    detached: true
  })
  children.push(child)
  const output = { stdout: "", stderr: "" }
  child.stdout.on("data", (chunk: Buffer) => (output.stdout += chunk.toString()))
  child.stderr.on("data", (chunk: Buffer) => (output.stderr += chunk.toString()))
  const [code] = (await once(child, "close")) as [number | null]
  return { code, ...output }
}

describe("scripts/run.mjs with pages", { timeout: 30_000 }, () => {
  it("builds them once before the service serves, and is silent from then on", async () => {
    const first = await launch("src/main.ts", "demo")
    assert.deepEqual([first.code, first.stdout], [0, "served\n"])
    assert.match(first.stderr, /Installing what builds the pages \(once\)…\nBuilding the pages, which have changed…\n$/)
    assert.deepEqual([log("npm.log"), log("build.log")], [["root", "web"], ["built"]])
    const second = await launch("--max-semi-space-size=16", "src/main.ts", "serve")
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, "served\n", ""])
    assert.equal(log("build.log").length, 1)
  })

  it("builds again when a file that went into them has changed, or is gone, or another is to go in", async () => {
    await launch("src/main.ts", "demo")
    write("src/web/admin/main.tsx", "export const more = 1")
    await launch("src/main.ts", "demo")
    assert.equal(log("build.log").length, 2)
    write("src/web/game/widget.ts", "export {}")
    await launch("src/main.ts", "demo")
    assert.equal(log("build.log").length, 3)
    write("src/web/admin/other.tsx", "export {}")
    await launch("src/main.ts", "demo")
    assert.equal(log("build.log").length, 3, "a file that nothing imports does not count")
    fs.rmSync(path.join(root, "dist/web/inputs.json"))
    await launch("src/main.ts", "demo")
    assert.equal(log("build.log").length, 4)
    assert.deepEqual(log("npm.log"), ["root", "web"])
  })

  it("builds and installs nothing for other commands", async () => {
    assert.equal((await launch("src/main.ts", "game", "list")).stdout, "served\n")
    assert.equal((await launch("other.ts")).stdout, "other\n")
    assert.deepEqual([log("npm.log"), log("build.log")], [["root"], []])
  })

  it("serves without them where they cannot be installed or built, and tests nothing", async () => {
    write("broken", "")
    const service = await launch("src/main.ts", "demo")
    assert.deepEqual([service.code, service.stdout], [0, "served\n"])
    assert.match(service.stderr, /The service starts without them/)
    write("node_modules/vitest/vitest.mjs", `console.log("tested")`)
    const tests = await launch("node_modules/vitest/vitest.mjs", "run")
    assert.deepEqual([tests.code, tests.stdout], [1, ""])
    fs.rmSync(path.join(root, "broken"))
    write("unbuildable", "")
    assert.match((await launch("src/main.ts", "demo")).stderr, /The service starts without them/)
    fs.rmSync(path.join(root, "unbuildable"))
    assert.equal((await launch("node_modules/vitest/vitest.mjs", "run")).stdout, "tested\n")
    assert.equal(fs.existsSync(path.join(root, ".install.lock")), false)
  })

  it("needs no pages where there are none: an image, a package", async () => {
    fs.rmSync(path.join(root, "src/web"), { recursive: true })
    const { stderr, stdout } = await launch("src/main.ts", "serve")
    assert.deepEqual([stdout, stderr.includes("pages")], ["served\n", false])
  })
})
