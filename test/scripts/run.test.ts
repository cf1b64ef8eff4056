/** The launcher with an npm of ours, which writes down what was asked of it and takes its time. */
import * as assert from "node:assert/strict"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { afterEach, beforeEach, describe, it } from "vitest"

const repository = path.join(import.meta.dirname, "..", "..")

/**
 * Leaves the record that the real one writes last, after `delay`, or when the folder has a file `go`; fails where it has a file
 * `broken`.
 */
const npm = (delay: number | "go") => `
import * as fs from "node:fs"
fs.appendFileSync("npm.log", process.pid + " " + process.argv.slice(2).join(" ") + "\\n")
fs.rmSync("node_modules", { recursive: true, force: true })
fs.mkdirSync("node_modules")
console.log("added 1 package")
const finish = () => {
  if (${delay === "go"} && !fs.existsSync("go")) return setTimeout(finish, 20)
  if (fs.existsSync("broken")) process.exit(3)
  fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json")
}
setTimeout(finish, ${delay === "go" ? 0 : delay})
`

const lockfile = (version: string) =>
  JSON.stringify({
    packages: { "": {}, "node_modules/thing": { version }, "node_modules/tool": { version, dev: true } }
  })

let root = ""
const children: Array<ChildProcess> = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-run-"))
  fs.cpSync(path.join(repository, "scripts"), path.join(root, "scripts"), { recursive: true })
  fs.writeFileSync(path.join(root, "package-lock.json"), lockfile("1.0.0"))
  write("npm-cli.mjs", npm(300))
  write("hello.ts", `const shown: string = process.argv.slice(2).join(" ")\nconsole.log("hello", shown)\n`)
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

const write = (file: string, text: string) => fs.writeFileSync(path.join(root, file), text)
const exists = (file: string) => fs.existsSync(path.join(root, file))
const installs = () => fs.readFileSync(path.join(root, "npm.log"), "utf8").trim().split("\n")

const launch = (...args: ReadonlyArray<string>) => launchWith({}, ...args)

const launchWith = (env: Record<string, string>, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [path.join(root, "scripts", "run.mjs"), ...args], {
    cwd: root,
    env: { ...process.env, npm_execpath: path.join(root, "npm-cli.mjs"), CI: "true", ...env },
    // A session of its own: no terminal, so a signal comes from us or from nobody.
    detached: true
  })
  children.push(child)
  const output = { stdout: "", stderr: "" }
  const waiting: Array<() => void> = []
  const gather = (stream: "stdout" | "stderr") => (chunk: Buffer) => {
    output[stream] += chunk.toString()
    for (const look of waiting) look()
  }
  child.stdout.on("data", gather("stdout"))
  child.stderr.on("data", gather("stderr"))
  const ended = Promise.withResolvers<{
    code: number | null
    signal: NodeJS.Signals | null
    stdout: string
    stderr: string
  }>()
  child.on("close", (code, signal) => ended.resolve({ code, signal, ...output }))
  const shows = (pattern: RegExp): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = () => {
      if (pattern.test(output.stdout + output.stderr)) resolve()
    }
    waiting.push(look)
    look()
    return promise
  }
  return { child, ended: ended.promise, shows }
}

/** Says what reaches it, and ends half a second after the first SIGTERM. */
const listening = `
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => console.log("got " + signal))
process.once("SIGTERM", () => setTimeout(() => process.exit(7), 500))
setInterval(() => {}, 1000)
console.log("ready")
`

describe("scripts/run.mjs", { timeout: 30_000 }, () => {
  it("installs once, keeps stdout for the program, and is silent from then on", async () => {
    const first = await launch("hello.ts", "a", "b").ended
    assert.deepEqual([first.code, first.stdout], [0, "hello a b\n"])
    assert.match(first.stderr, /^Installing what is missing \(once\)…\nadded 1 package\n$/)
    assert.match(installs()[0]!, /^\d+ ci --ignore-scripts /)
    const second = await launch("hello.ts").ended
    assert.deepEqual([second.code, second.stdout, second.stderr], [0, "hello \n", ""])
    assert.equal(installs().length, 1)
    assert.equal(exists(".install.lock"), false)
  })

  it("installs again when the lockfile has changed", async () => {
    await launch("hello.ts").ended
    write("package-lock.json", lockfile("1.0.1"))
    assert.equal((await launch("hello.ts").ended).code, 0)
    assert.equal(installs().length, 2)
  })

  it("takes over what npm installed by hand, also without the development packages", async () => {
    fs.mkdirSync(path.join(root, "node_modules"))
    write("node_modules/.package-lock.json", lockfile("1.0.0"))
    assert.equal((await launch("hello.ts").ended).stderr, "")
    fs.rmSync(path.join(root, "node_modules/.fairground-lock"))
    write(
      "node_modules/.package-lock.json",
      JSON.stringify({ packages: { "node_modules/thing": { version: "1.0.0" } } })
    )
    assert.equal((await launch("hello.ts").ended).stderr, "")
    assert.equal(exists("npm.log"), false)
  })

  it("lets one of several install and the others wait", async () => {
    const ends = await Promise.all([1, 2, 3, 4].map((n) => launch("hello.ts", String(n)).ended))
    assert.deepEqual(
      ends.map(({ code, stdout }) => [code, stdout]),
      [1, 2, 3, 4].map((n) => [0, `hello ${n}\n`])
    )
    assert.equal(installs().length, 1)
  })

  it("does not take a failed install for a whole one", async () => {
    write("broken", "")
    const first = await launch("hello.ts").ended
    assert.equal(first.code, 1)
    assert.match(first.stderr, /The install failed/)
    assert.deepEqual([exists("node_modules/.fairground-lock"), exists(".install.lock")], [false, false])
    fs.rmSync(path.join(root, "broken"))
    assert.equal((await launch("hello.ts").ended).code, 0)
  })

  it("stops an install with SIGTERM, starts nothing, and installs next time", async () => {
    write("npm-cli.mjs", npm(20_000))
    const first = launch("hello.ts")
    await first.shows(/added/)
    first.child.kill("SIGTERM")
    const end = await first.ended
    assert.deepEqual([end.signal, end.stdout, exists(".install.lock")], ["SIGTERM", "", false])
    write("npm-cli.mjs", npm(0))
    assert.equal((await launch("hello.ts").ended).code, 0)
    assert.equal(installs().length, 2)
  })

  it("waits for the npm of a launcher that was killed, then looks again", async () => {
    write("npm-cli.mjs", npm("go"))
    const first = launch("hello.ts")
    await first.shows(/added/)
    first.child.kill("SIGKILL")
    const next = launch("hello.ts")
    await next.shows(/waiting for it/)
    write("go", "")
    const second = await next.ended
    assert.equal(second.code, 0, second.stderr)
    assert.match(second.stderr, /waiting for it/)
    assert.equal(installs().length, 1)
  })

  it("takes the turn of a launcher and npm that are both gone", async () => {
    const gone = spawn(process.execPath, ["--version"])
    await once(gone, "close")
    write(".install.lock", `${os.hostname()} ${gone.pid}`)
    assert.equal((await launch("hello.ts").ended).code, 0)
    assert.equal(exists(".install.lock"), false)
  })

  it("ends as the program ends", async () => {
    write("seven.ts", "process.exit(7)\n")
    assert.equal((await launch("seven.ts").ended).code, 7)
    write("killed.ts", `process.kill(process.pid, "SIGKILL")\nsetInterval(() => {}, 1000)\n`)
    assert.equal((await launch("killed.ts").ended).signal, "SIGKILL")
  })

  it("passes SIGTERM and SIGINT on, once each", async () => {
    write("listening.ts", listening)
    const { child, ended, shows } = launch("listening.ts")
    await shows(/ready/)
    child.kill("SIGINT")
    await shows(/got SIGINT/)
    child.kill("SIGTERM")
    child.kill("SIGTERM")
    const end = await ended
    assert.deepEqual([end.code, end.stdout], [7, "ready\ngot SIGINT\ngot SIGTERM\n"])
  })

  it("stops the program when npm's shell has died of the signal", async () => {
    write("listening.ts", listening)
    // A shell that stays: what it runs is not its last command.
    const shell = spawn("sh", ["-c", `"${process.execPath}" scripts/run.mjs listening.ts; exit 0`], {
      cwd: root,
      env: { ...process.env, npm_execpath: path.join(root, "npm-cli.mjs"), npm_lifecycle_event: "start", CI: "true" },
      detached: true
    })
    children.push(shell)
    let output = ""
    shell.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (output === "ready\n") shell.kill("SIGTERM")
    })
    await once(shell, "close")
    assert.equal(output, "ready\ngot SIGTERM\n")
  })

  it("leaves no program behind when it is killed with -9", async () => {
    write("listening.ts", listening)
    const { child, ended, shows } = launch("listening.ts")
    await shows(/ready/)
    child.kill("SIGKILL")
    // Only when the program itself is gone do the pipes close.
    const end = await ended
    assert.match(end.stdout, /got SIGTERM/)
  })

  it("gives .env to the service, and to nothing else", async () => {
    write(".env", "FAIR=ground\n")
    fs.mkdirSync(path.join(root, "src"))
    write("src/main.ts", `console.log(String(process.env.FAIR))\n`)
    write("other.ts", `console.log(String(process.env.FAIR))\n`)
    assert.equal((await launch("src/main.ts").ended).stdout, "ground\n")
    assert.equal((await launch("other.ts").ended).stdout, "undefined\n")
  })

  it("says what to do where this Node is too old and the package with another is missing, or there is none", async () => {
    const old = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})"
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(old)}`
    const ours = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`
    write("package.json", JSON.stringify({ optionalDependencies: { [ours]: "24.0.0" } }))
    // Installed, without optional packages.
    fs.mkdirSync(path.join(root, "node_modules"))
    write("node_modules/.package-lock.json", lockfile("1.0.0"))
    const left = await launchWith({ NODE_OPTIONS }, "hello.ts").ended
    assert.deepEqual([left.code, left.stdout], [1, ""])
    assert.match(
      left.stderr,
      new RegExp(`this is 20\\.1\\.0, and the package ${ours} that brings one is not installed`)
    )
    assert.match(left.stderr, /npm ci --include=optional/)
    write("package.json", "{}")
    const none = await launchWith({ NODE_OPTIONS }, "hello.ts").ended
    assert.match(none.stderr, new RegExp(`npm has none for ${process.platform}-${process.arch}`))
  })

  it("puts the Node it found first on PATH", async () => {
    write("path.ts", `console.log((process.env.PATH ?? "").split(${JSON.stringify(path.delimiter)})[0])\n`)
    assert.equal((await launch("path.ts").ended).stdout.trim(), path.dirname(process.execPath))
  })
})
