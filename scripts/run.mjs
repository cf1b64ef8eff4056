/**
 * Starts a TypeScript file on Node 24, whatever Node and npm the machine has: `node scripts/run.mjs [node flags] file.ts args…`
 *
 * Three steps, each for a newcomer who has only cloned the repository: install what the lockfile asks for and is missing,
 * find a Node that runs TypeScript, run the file on it. This file has no dependencies and must parse on Node 16.
 */
import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"

const NODE_MAJOR = 24
const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const lockfile = path.join(root, "package-lock.json")
const modules = path.join(root, "node_modules")
const installed = path.join(modules, ".package-lock.json")
const stamp = path.join(modules, ".fairground-lock")
/** Outside node_modules, which `npm ci` empties. */
const turn = path.join(root, ".install.lock")

const say = (line) => process.stderr.write(line + "\n")

const fail = (line) => {
  say(line)
  process.exit(1)
}

const pause = (ms) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })

const readOr = (file, otherwise) => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return otherwise
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Running a child
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether Ctrl-C in a terminal reaches this process group, and so our child, without our help. Sent a second time it
 * would read as "stop at once" (vitest and others take it so). Linux tells the terminal's foreground group; elsewhere
 * having a terminal has to do.
 */
const terminalSignalsUs = () => {
  const stat = readOr("/proc/self/stat", "")
  if (stat !== "") {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[2] === fields[5]
  }
  return Boolean(process.stdin.isTTY || process.stderr.isTTY)
}

/** A child that is running, and the first signal that asked us to stop. */
let child
let asked

/**
 * npm passes on what it gets, so a signal to its whole group arrives here twice within milliseconds. Only a later one is
 * a person asking again.
 */
const REPEATED_MS = 500

const lastSeen = new Map()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    asked = asked || signal
    const now = Date.now()
    const before = lastSeen.get(signal)
    lastSeen.set(signal, now)
    if (before !== undefined && now - before < REPEATED_MS) return
    if (signal === "SIGINT" && terminalSignalsUs()) return
    if (child) child.kill(signal)
  })
}

/**
 * npm starts a script through a shell, and passes SIGTERM on to that shell only, which dies and leaves us behind. Whoever
 * starts the launcher without npm may well mean it to outlive them.
 */
const PARENT_CHECK_MS = 200

if (process.env.npm_lifecycle_event !== undefined && process.platform !== "win32") {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    asked = asked || "SIGTERM"
    if (child && !lastSeen.has("SIGTERM")) child.kill("SIGTERM")
  }, PARENT_CHECK_MS)
  watch.unref()
}

/** Resolves with how the child ended; a child that cannot be started resolves with `error`. */
const run = (command, args, options, started) =>
  new Promise((resolve) => {
    child = spawn(command, args, options)
    if (started) started(child)
    child.once("error", (error) => resolve({ error }))
    child.once("exit", (code, signal) => resolve({ code, signal }))
  })

/** Ends as the child ended, so that a shell, npm or a supervisor sees the same. */
const endAs = async ({ code, signal }) => {
  if (!signal) process.exit(code === null ? 1 : code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  // Not every signal ends us: one may be ignored here.
  await pause(1000)
  process.exit(128 + (os.constants.signals[signal] || 0))
}

// ---------------------------------------------------------------------------------------------------------------------
// 1. Install
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Whether a hand-run `npm ci` already put everything there; npm writes its record last, so a record means a whole install.
 * `npm ci --omit=dev`, as in an image, is whole as well.
 */
const agrees = (wanted, present) => {
  const want = JSON.parse(wanted).packages
  const have = JSON.parse(present).packages
  const withDev = Object.keys(have).some((name) => have[name].dev)
  return Object.keys(want).every((name) => {
    if (name === "" || want[name].optional || want[name].devOptional) return true
    if (want[name].dev && !withDev) return true
    return have[name] !== undefined && have[name].version === want[name].version
  })
}

const isInstalled = () => {
  const wanted = readOr(lockfile, "")
  // Without a lockfile (a trimmed image) there is nothing to compare with.
  if (wanted === "") return true
  const present = readOr(installed, "")
  if (present === "") return false
  const hash = createHash("sha256").update(wanted).digest("hex")
  if (readOr(stamp, "") === hash) return true
  try {
    if (!agrees(wanted, present)) return false
  } catch {
    return false
  }
  try {
    fs.writeFileSync(stamp, hash)
  } catch {
    // A read-only checkout is compared again next time.
  }
  return true
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === "EPERM"
  }
}

/** Another host sharing the checkout cannot be asked whether it still runs; an install does not take this long. */
const FOREIGN_HOLD_MS = 15 * 60_000

/** The holder is the launcher or, after `kill -9` of that, the npm that still writes. */
const isHeld = (holder) => {
  const [host, ...pids] = holder.split(" ")
  let age
  try {
    age = Date.now() - fs.statSync(turn).mtimeMs
  } catch {
    return false
  }
  // The file is created first and filled next.
  if (pids.length === 0) return age < 5000
  if (host !== os.hostname()) return age < FOREIGN_HOLD_MS
  return pids.some((pid) => isAlive(Number(pid)))
}

const takeTurn = () => {
  try {
    fs.writeFileSync(turn, os.hostname() + " " + process.pid, { flag: "wx" })
    return true
  } catch (error) {
    if (error.code !== "EEXIST") fail("Cannot install: " + error.message)
    return false
  }
}

/**
 * Of several that find a dead holder's file, the one whose rename wins removes it. One that comes late may have moved the
 * winner's new file instead, and puts that back.
 */
const clearTurn = (dead) => {
  const aside = turn + "." + process.pid
  try {
    fs.renameSync(turn, aside)
    if (readOr(aside, dead) !== dead) fs.linkSync(aside, turn)
  } catch {
    // Somebody else was first.
  }
  fs.rmSync(aside, { force: true })
}

const npmCommand = () => {
  const own = process.env.npm_execpath
  // yarn and pnpm set it too, and have no `ci` that reads this lockfile.
  if (own && /^npm(-cli)?\.[cm]?js$/.test(path.basename(own))) return { command: process.execPath, args: [own] }
  return { command: "npm", args: [], shell: process.platform === "win32" }
}

const install = async () => {
  for (let waited = false; !takeTurn();) {
    const holder = readOr(turn, "")
    if (!isHeld(holder)) {
      clearTurn(holder)
      continue
    }
    if (!waited) say("Another command is installing; waiting for it…")
    waited = true
    await pause(200)
    if (asked) await endAs({ signal: asked })
  }
  try {
    // Whoever held the turn before us may have done it.
    if (isInstalled()) return
    say("Installing what is missing (once)…")
    // Gone first, so that an install cut short is never taken for a whole one.
    fs.rmSync(stamp, { force: true })
    fs.rmSync(installed, { force: true })
    const npm = npmCommand()
    const wanted = readOr(lockfile, "")
    const end = await run(
      npm.command,
      // No package here needs its scripts, see allowScripts; npm before 11 would run them whatever that says.
      [
        ...npm.args,
        "ci",
        "--ignore-scripts",
        "--include=dev",
        "--include=optional",
        "--loglevel=error",
        "--no-progress"
      ],
      // stdout belongs to the program: `npm run openapi > file` must hold nothing else.
      { cwd: root, stdio: ["ignore", 2, 2], shell: npm.shell },
      (started) => fs.writeFileSync(turn, os.hostname() + " " + process.pid + " " + started.pid)
    )
    child = undefined
    if (end.error) fail("Cannot install: npm was not found. It comes with Node.js.")
    if (asked || end.signal) {
      fs.rmSync(turn, { force: true })
      await endAs({ signal: asked || end.signal })
    }
    if (end.code !== 0) {
      fs.rmSync(turn, { force: true })
      fail("The install failed; what npm said is above. Run the command again when that is put right.")
    }
    fs.writeFileSync(stamp, createHash("sha256").update(wanted).digest("hex"))
    await import("./hooks.mjs").catch(() => {})
  } finally {
    fs.rmSync(turn, { force: true })
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// 2. Find Node
// ---------------------------------------------------------------------------------------------------------------------

const findNode = () => {
  if (Number(process.versions.node.split(".")[0]) >= NODE_MAJOR) return process.execPath
  const windows = process.platform === "win32"
  const binary = windows ? "node.exe" : "node"
  const packages = ["node-" + (windows ? "win" : process.platform) + "-" + process.arch, "node"]
  // Not node_modules/.bin/node: with several platform packages npm 10 deletes that link.
  const found = packages.map((name) => path.join(modules, name, "bin", binary)).find((file) => fs.existsSync(file))
  if (found) return found
  const needs = `Fairground needs Node.js ${NODE_MAJOR} or later; this is ${process.versions.node}, and `
  const wanted = Object.keys(JSON.parse(readOr(path.join(root, "package.json"), "{}")).optionalDependencies || {})
  const named = packages.find((name) => wanted.includes(name))
  return fail(
    named === undefined
      ? `${needs}npm has none for ${process.platform}-${process.arch}: install Node.js ${NODE_MAJOR} and run the command again.`
      : `${needs}the package ${named} that brings one is not installed: npm leaves optional packages out when it is told to (omit=optional). ` +
          `Run \`npm ci --include=optional\`, or install Node.js ${NODE_MAJOR}, and run the command again.`
  )
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. Run
// ---------------------------------------------------------------------------------------------------------------------

const args = process.argv.slice(2)
if (args.length === 0) fail("Usage: node scripts/run.mjs [node flags] file.ts [arguments]")

if (!isInstalled()) await install()
if (asked) await endAs({ signal: asked })

// The service's settings. Tests and checks go without: they must not depend on what somebody runs here.
const settings = path.join(root, ".env")
if (args.includes("src/main.ts") && fs.existsSync(settings)) args.unshift("--env-file=" + settings)

const node = findNode()
const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") || "PATH"
const end = await run(node, ["--import", pathToFileURL(path.join(root, "scripts", "follow.mjs")).href, ...args], {
  stdio: "inherit",
  env: {
    ...process.env,
    [pathName]: path.dirname(node) + path.delimiter + (process.env[pathName] || "")
  }
})
if (end.error) fail("Cannot start " + node + ": " + end.error.message)
await endAs(end)
