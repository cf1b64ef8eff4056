/**
 * Starts a TypeScript file on Node 24, whatever Node and npm the machine has: `node scripts/run.mjs [node flags] file.ts args…`
 *
 * Three steps, each for a newcomer who has only cloned the repository: install what the file needs and is missing, find a
 * Node that runs TypeScript, run the file on it. This file has no dependencies and must parse on Node 16.
 */
import { spawn } from "node:child_process"
import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import * as packages from "./packages.mjs"
import { NODE_MAJOR, readOr, root } from "./packages.mjs"

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

/**
 * The npm that started us, on its own Node: npm puts node_modules/.bin first on the PATH of a script, so we may run on the
 * Node of a package, which npm is about to remove.
 */
const npmCommand = () => {
  const { npm_execpath: own, npm_node_execpath: node } = process.env
  // yarn and pnpm set it too, and have no `ci` that reads this lockfile.
  if (own && /^npm(-cli)?\.[cm]?js$/.test(path.basename(own))) return { command: node || process.execPath, args: [own] }
  return { command: "npm", args: [], shell: process.platform === "win32" }
}

/** Runs `npm ci` in `folder`; ends the launcher when that fails or somebody asks us to stop. */
const npmCi = async (folder, all) => {
  const npm = npmCommand()
  const end = await run(
    npm.command,
    [
      ...npm.args,
      "ci",
      // No package here needs its scripts, see allowScripts; npm before 11 would run them whatever that says.
      "--ignore-scripts",
      all ? "--include=dev" : "--omit=dev",
      "--include=optional",
      "--loglevel=error",
      "--no-progress"
    ],
    // stdout belongs to the program: `npm run fairground -- openapi > file` must hold nothing else.
    { cwd: folder, stdio: ["ignore", 2, 2], shell: npm.shell },
    (started) => fs.writeFileSync(turn, os.hostname() + " " + process.pid + " " + started.pid)
  )
  child = undefined
  if (!end.error && !asked && end.code === 0) return
  packages.dropStage()
  fs.rmSync(turn, { force: true })
  if (end.error) fail("Cannot install: npm was not found. It comes with Node.js.")
  if (asked || end.signal) await endAs({ signal: asked || end.signal })
  fail("The install failed; what npm said is above. Run the command again when that is put right.")
}

/** Installs what the service needs, or all. */
const install = async (all) => {
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
    // Whoever held the turn before us may have been killed, or may have done it.
    packages.dropStage()
    if (packages.isInstalled(all)) return
    say(all ? "Installing what development needs (once)…" : "Installing what is missing (once)…")
    // Who had all keeps all: without lefthook, say, the hooks would stop checking.
    const wanted = all || packages.hasDevelopment()
    const lock = packages.readLock()
    if (packages.covers(false)) {
      packages.makeStage()
      await npmCi(packages.stage, wanted)
      packages.addFromStage()
    } else {
      packages.forget()
      await npmCi(root, wanted)
    }
    packages.remember(wanted, lock)
    if (wanted) await import("./hooks.mjs").catch(() => {})
  } finally {
    fs.rmSync(turn, { force: true })
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// 2. Find Node
// ---------------------------------------------------------------------------------------------------------------------

const findNode = () => {
  if (!packages.isOldNode()) return process.execPath
  const found = packages.packagedNode()
  if (found) return found
  const needs = `Fairground needs Node.js ${NODE_MAJOR} or later; this is ${process.versions.node}, and `
  const named = packages.nodePackage()
  return fail(
    named === undefined
      ? `${needs}npm has none for ${process.platform}-${process.arch}: install Node.js ${NODE_MAJOR} and run the command again.`
      : `${needs}the package ${named} that brings one could not be installed: install Node.js ${NODE_MAJOR} and run the command again.`
  )
}

// ---------------------------------------------------------------------------------------------------------------------
// 3. Run
// ---------------------------------------------------------------------------------------------------------------------

const args = process.argv.slice(2)
if (args.length === 0) fail("Usage: node scripts/run.mjs [node flags] file.ts [arguments]")

/** Behind flags the file can stand anywhere, as some take a value; `npm test -- src/main.ts` names it too and is not the service. */
const isService = args[0] === "src/main.ts" || (args[0].startsWith("-") && args.includes("src/main.ts"))

if (!packages.isInstalled(!isService)) await install(!isService)
if (asked) await endAs({ signal: asked })

// The service's settings. Tests and checks go without: they must not depend on what somebody runs here.
const settings = path.join(root, ".env")
if (isService && fs.existsSync(settings)) args.unshift("--env-file=" + settings)

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
