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
 * Unpacks what the lockfile beside it names and leaves the record that the real one writes last, after `delay`, or when the
 * repository has a file `go`; fails where that has a file `broken`.
 */
const npm = (delay: number | "go") => `
import * as fs from "node:fs"
const repository = (file) => new URL(file, import.meta.url)
const args = process.argv.slice(2)
fs.appendFileSync(repository("npm.log"), [process.pid, ...args, process.env.OWN_NODE ?? ""].join(" ") + "\\n")
fs.rmSync("node_modules", { recursive: true, force: true })
fs.mkdirSync("node_modules/.bin", { recursive: true })
const { packages } = JSON.parse(fs.readFileSync("package-lock.json", "utf8"))
for (const [at, { dev, version }] of Object.entries(packages)) {
  if (at === "" || (dev && args.includes("--omit=dev"))) delete packages[at]
  else {
    fs.mkdirSync(at + "/bin", { recursive: true })
    fs.writeFileSync(at + "/version", version)
    if (at.includes("/node-")) fs.symlinkSync(process.execPath, at + "/bin/node")
    if (at.endsWith("/tool")) fs.writeFileSync("node_modules/.bin/tool", version)
  }
}
console.log("added 1 package")
const finish = () => {
  if (${delay === "go"} && !fs.existsSync(repository("go"))) return setTimeout(finish, 20)
  if (fs.existsSync(repository("broken"))) process.exit(3)
  fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages }))
}
setTimeout(finish, ${delay === "go" ? 0 : delay})
`

/** Two packages that the service needs, and two that only development needs, of `tools`. */
const lockfile = (version: string, tools = version, more: Record<string, object> = {}) =>
  JSON.stringify({
    packages: {
      "": {},
      "node_modules/thing": { version },
      "node_modules/@house/thing": { version },
      "node_modules/tool": { version: tools, dev: true },
      "node_modules/@house/tool": { version: tools, dev: true },
      ...more
    }
  })

/** The record of an install without the development packages. */
const serviceOnly = JSON.stringify({
  packages: { "node_modules/thing": { version: "1.0.0" }, "node_modules/@house/thing": { version: "1.0.0" } }
})

let root = ""
const children: Array<ChildProcess> = []

beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-run-"))
  fs.cpSync(path.join(repository, "scripts"), path.join(root, "scripts"), { recursive: true })
  fs.writeFileSync(path.join(root, "package-lock.json"), lockfile("1.0.0"))
  write("npm-cli.mjs", npm(300))
  fs.mkdirSync(path.join(root, "src"))
  write("src/main.ts", `console.log("served", String(process.env["FAIR"]))\n`)
  write("hello.ts", `const shown: string = process.argv.slice(2).join(" ")\nconsole.log("hello", shown)\n`)
})

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
  fs.rmSync(root, { recursive: true, force: true, maxRetries: 5 })
})

const write = (file: string, text: string) => fs.writeFileSync(path.join(root, file), text)
const exists = (file: string) => fs.existsSync(path.join(root, file))
const read = (file: string) => fs.readFileSync(path.join(root, file), "utf8")
const installs = () => (exists("npm.log") ? read("npm.log").trim().split("\n") : [])
const inode = (file: string) => fs.statSync(path.join(root, file)).ino
const served = "served undefined\n"

/** What a hand-run npm leaves. */
const installByHand = (record: string) => {
  for (const at of Object.keys((JSON.parse(record) as { packages: object }).packages)) {
    fs.mkdirSync(path.join(root, at), { recursive: true })
  }
  write("node_modules/.package-lock.json", record)
}

const launch = (...args: ReadonlyArray<string>) => launchWith({}, ...args)

const launchWith = (env: Record<string, string>, ...args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [path.join(root, "scripts", "run.mjs"), ...args], {
    cwd: root,
    env: {
      ...process.env,
      npm_execpath: path.join(root, "npm-cli.mjs"),
      npm_node_execpath: process.execPath,
      CI: "true",
      ...env
    },
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
    assert.match(first.stderr, /^Installing what development needs \(once\)…\nadded 1 package\n$/)
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

  it("takes over what npm installed by hand", async () => {
    installByHand(lockfile("1.0.0"))
    assert.equal((await launch("hello.ts").ended).stderr, "")
    assert.equal((await launch("src/main.ts").ended).stderr, "")
    assert.deepEqual(installs(), [])
  })

  it("takes an install by hand without the development packages for the service's, and adds them for others", async () => {
    installByHand(serviceOnly)
    assert.equal((await launch("--max-semi-space-size=16", "src/main.ts").ended).stderr, "")
    assert.deepEqual(installs(), [])
    assert.equal((await launch("hello.ts", "src/main.ts").ended).code, 0)
    assert.equal(installs().length, 1)
  })

  it("installs for the service what it needs, and adds the rest beside it for others, once", async () => {
    const service = await launch("src/main.ts").ended
    assert.deepEqual([service.code, service.stdout], [0, served])
    assert.match(service.stderr, /^Installing what is missing \(once\)…\n/)
    assert.match(installs()[0]!, /^\d+ ci --ignore-scripts --omit=dev --include=optional /)
    assert.deepEqual([exists("node_modules/thing"), exists("node_modules/tool")], [true, false])
    const before = [inode("node_modules/thing/version"), inode("node_modules/@house/thing/version")]

    const other = await launch("hello.ts").ended
    assert.deepEqual([other.code, other.stdout], [0, "hello \n"])
    assert.match(other.stderr, /^Installing what development needs \(once\)…\n/)
    assert.match(installs()[1]!, /^\d+ ci --ignore-scripts --include=dev --include=optional /)
    for (const at of ["tool", "@house/tool", ".bin/tool"]) assert.equal(exists(`node_modules/${at}`), true, at)
    assert.deepEqual([inode("node_modules/thing/version"), inode("node_modules/@house/thing/version")], before)
    assert.equal(exists("node_modules/.adding"), false)

    for (const file of ["src/main.ts", "hello.ts", "src/main.ts"]) {
      assert.equal((await launch(file).ended).stderr, "")
    }
    assert.equal(installs().length, 2)
  })

  it("starts the service while the rest is being added", async () => {
    await launch("src/main.ts").ended
    write("npm-cli.mjs", npm("go"))
    const other = launch("hello.ts")
    await other.shows(/added/)
    const service = await launch("src/main.ts").ended
    assert.deepEqual([service.stdout, service.stderr], [served, ""])
    write("go", "")
    assert.equal((await other.ended).code, 0)
    assert.equal(installs().length, 2)
  })

  it("keeps the service's packages and adds the rest anew when that was cut short", async () => {
    await launch("src/main.ts").ended
    const before = inode("node_modules/thing/version")
    write("npm-cli.mjs", npm("go"))
    const other = launch("hello.ts")
    await other.shows(/added/)
    other.child.kill("SIGKILL")
    process.kill(Number(installs()[1]!.split(" ")[0]), "SIGKILL")
    await other.ended
    // As somebody's npm leaves it that died over a package, or a launcher that died over moving them.
    fs.mkdirSync(path.join(root, "node_modules/tool"))
    fs.mkdirSync(path.join(root, "node_modules/@house/tool"))
    assert.equal((await launch("src/main.ts").ended).stderr, "")
    write("npm-cli.mjs", npm(0))
    assert.equal((await launch("hello.ts").ended).code, 0)
    assert.deepEqual([read("node_modules/tool/version"), read("node_modules/@house/tool/version")], ["1.0.0", "1.0.0"])
    assert.deepEqual([inode("node_modules/thing/version"), exists("node_modules/.adding")], [before, false])
    assert.equal(installs().length, 3)
  })

  it("removes what a launcher left that was killed when all was done", async () => {
    await launch("hello.ts").ended
    fs.mkdirSync(path.join(root, "node_modules/.adding/node_modules"), { recursive: true })
    assert.equal((await launch("hello.ts").ended).stderr, "")
    assert.deepEqual([exists("node_modules/.adding"), installs().length], [false, 1])
  })

  it("leaves the service's packages whole when the rest cannot be added", async () => {
    await launch("src/main.ts").ended
    write("broken", "")
    const other = await launch("hello.ts").ended
    assert.equal(other.code, 1)
    assert.match(other.stderr, /The install failed/)
    assert.deepEqual([exists("node_modules/.adding"), exists(".install.lock")], [false, false])
    assert.equal((await launch("src/main.ts").ended).stderr, "")
  })

  it("replaces development packages alone where only those have changed in the lockfile", async () => {
    write("package-lock.json", lockfile("1.0.0", "1.0.0", { "node_modules/former": { version: "1.0.0", dev: true } }))
    await launch("hello.ts").ended
    const before = inode("node_modules/thing/version")
    write("package-lock.json", lockfile("1.0.0", "1.0.1"))
    assert.equal((await launch("src/main.ts").ended).stderr, "")
    assert.equal((await launch("hello.ts").ended).code, 0)
    assert.deepEqual([read("node_modules/tool/version"), exists("node_modules/former")], ["1.0.1", false])
    assert.equal(inode("node_modules/thing/version"), before)
    assert.equal(installs().length, 2)
  })

  it("keeps the development packages of those who have them when the lockfile has changed", async () => {
    await launch("hello.ts").ended
    write("package-lock.json", lockfile("1.0.1"))
    await launch("src/main.ts").ended
    assert.match(installs()[1]!, /--include=dev/)
    assert.equal((await launch("hello.ts").ended).stderr, "")
  })

  it("installs again when an optional package is of another version, not when it is missing", async () => {
    const optional = (version: string) => ({ "node_modules/base": { version, optional: true } })
    write("package-lock.json", lockfile("1.0.0", "1.0.0", optional("1.0.0")))
    installByHand(lockfile("1.0.0"))
    assert.equal((await launch("src/main.ts").ended).stderr, "")
    installByHand(lockfile("1.0.0", "1.0.0", optional("0.9.0")))
    await launch("src/main.ts").ended
    assert.equal(installs().length, 1)
  })

  it("sees that development packages were removed by hand", async () => {
    await launch("hello.ts").ended
    fs.rmSync(path.join(root, "node_modules/tool"), { recursive: true })
    write("node_modules/.package-lock.json", serviceOnly)
    assert.equal((await launch("src/main.ts").ended).stderr, "")
    await launch("hello.ts").ended
    assert.equal(read("node_modules/tool/version"), "1.0.0")
  })

  it("lets the service and others start at once, on one install each at most", async () => {
    const files = ["src/main.ts", "hello.ts", "src/main.ts", "hello.ts"]
    const ends = await Promise.all(files.map((file) => launch(file).ended))
    assert.deepEqual(
      ends.map(({ stdout }) => stdout),
      [served, "hello \n", served, "hello \n"]
    )
    assert.ok(installs().length <= 2, installs().join("\n"))
    assert.deepEqual([exists("node_modules/tool"), exists("node_modules/.adding")], [true, false])
  })

  it("runs npm on npm's own Node, not on one that npm is about to remove", async () => {
    write("own-node", `#!/bin/sh\nOWN_NODE=own exec "${process.execPath}" "$@"\n`)
    fs.chmodSync(path.join(root, "own-node"), 0o755)
    await launchWith({ npm_node_execpath: path.join(root, "own-node") }, "src/main.ts").ended
    assert.match(installs()[0]!, / own$/)
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
    write("other.ts", `console.log(String(process.env["FAIR"]))\n`)
    assert.equal((await launch("src/main.ts").ended).stdout, "served ground\n")
    assert.equal((await launch("--max-semi-space-size=16", "src/main.ts").ended).stdout, "served ground\n")
    assert.equal((await launch("other.ts", "src/main.ts").ended).stdout, "undefined\n")
  })

  describe("where this Node is too old", () => {
    const old = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})"
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(old)}`
    const ours = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`

    it("adds the package with another, also where all else is installed already", async () => {
      write("package.json", JSON.stringify({ optionalDependencies: { [ours]: "24.0.0" } }))
      write(
        "package-lock.json",
        lockfile("1.0.0", "1.0.0", { [`node_modules/${ours}`]: { version: "24.0.0", optional: true } })
      )
      installByHand(lockfile("1.0.0"))
      const before = [inode("node_modules/thing"), inode("node_modules/tool")]
      write("path.ts", `console.log((process.env["PATH"] ?? "").split(${JSON.stringify(path.delimiter)})[0])\n`)
      const first = await launchWith({ NODE_OPTIONS }, "path.ts").ended
      assert.equal(first.stdout.trim(), path.join(root, "node_modules", ours, "bin"))
      assert.deepEqual([inode("node_modules/thing"), inode("node_modules/tool")], before)
      assert.equal((await launchWith({ NODE_OPTIONS }, "src/main.ts").ended).stderr, "")
      assert.equal(installs().length, 1)
    })

    it("says what to do where npm brought none, or has none", async () => {
      installByHand(lockfile("1.0.0"))
      const none = await launchWith({ NODE_OPTIONS }, "hello.ts").ended
      assert.deepEqual([none.code, none.stdout, installs()], [1, "", []])
      assert.match(none.stderr, new RegExp(`npm has none for ${process.platform}-${process.arch}`))
      write("package.json", JSON.stringify({ optionalDependencies: { [ours]: "24.0.0" } }))
      const left = await launchWith({ NODE_OPTIONS }, "hello.ts").ended
      assert.deepEqual([left.code, left.stdout], [1, ""])
      assert.match(
        left.stderr,
        new RegExp(`this is 20\\.1\\.0, and the package ${ours} that brings one could not be installed`)
      )
    })
  })

  it("puts the Node it found first on PATH", async () => {
    write("path.ts", `console.log((process.env.PATH ?? "").split(${JSON.stringify(path.delimiter)})[0])\n`)
    assert.equal((await launch("path.ts").ended).stdout.trim(), path.dirname(process.execPath))
  })
})
