/**
 * Starts a TypeScript file on Node 24, whatever Node and npm the machine has: `node scripts/run.mjs [node flags] file.ts args…`
 *
 * So that a fresh clone is enough, it takes four steps: install missing packages that the file needs, find a Node that runs
 * TypeScript, build the pages if the file serves, tests or measures them and they have changed, and run the file. This file
 * has no dependencies and must parse on Node 16.
 */
import { spawn } from "node:child_process"
import fs from "node:fs"
import os from "node:os"
import path from "node:path"
import process from "node:process"
import { pathToFileURL } from "node:url"
import * as packages from "./packages.mjs"
import { NODE_MAJOR, readOr, root } from "./packages.mjs"
import * as web from "./web.mjs"

/** The lock file of installs. Outside node_modules, which `npm ci` empties. */
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
 * Whether Ctrl-C in a terminal reaches this process group, and with it our child. Then the launcher must not send the signal
 * again: vitest and others take a second one as "stop at once". Linux names the terminal's foreground group; on other
 * systems, having a terminal counts.
 */
const terminalSignalsUs = () => {
  const stat = readOr("/proc/self/stat", "")
  if (stat !== "") {
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    return fields[2] === fields[5]
  }
  return Boolean(process.stdin.isTTY || process.stderr.isTTY)
}

/** The running child, and the first signal that asked the launcher to stop. */
let child
let asked

/**
 * npm passes signals on, so a signal to the whole process group arrives here twice within milliseconds. Only a later one
 * means that a person asks again.
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
 * npm starts a script through a shell, and passes SIGTERM only to that shell, which exits and orphans the launcher. So under
 * npm the launcher stops when its parent is gone. Without npm it may be meant to outlive its parent.
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

/** Resolves with the child's exit code and signal, or with `error` if the child cannot be started. */
const run = (command, args, options, started) =>
  new Promise((resolve) => {
    child = spawn(command, args, options)
    if (started) started(child)
    child.once("error", (error) => resolve({ error }))
    child.once("exit", (code, signal) => resolve({ code, signal }))
  })

/** Ends with the child's exit code or signal, so that a shell, npm or a supervisor sees the same. */
const endAs = async ({ code, signal }) => {
  if (!signal) process.exit(code === null ? 1 : code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
  // The signal may be ignored in this process: then it exits with the usual code.
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

/** A holder on another host that shares the checkout cannot be checked. No install takes this long, so an older lock is dead. */
const FOREIGN_HOLD_MS = 15 * 60_000

/** Whether the holder is alive: the launcher, or the npm that still writes after a `kill -9` of its launcher. */
const isHeld = (holder) => {
  const [host, ...pids] = holder.split(" ")
  let age
  try {
    age = Date.now() - fs.statSync(turn).mtimeMs
  } catch {
    return false
  }
  // The holder creates the file first and writes its pid next.
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
 * Removes a dead holder's lock file. If several launchers try, the first rename wins. A later one may have moved the
 * winner's new file instead, and puts it back.
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
 * The npm that started the launcher, on npm's own Node. The launcher may run on the Node of a package, because npm puts
 * node_modules/.bin first on a script's PATH, and `npm ci` is about to remove that Node.
 */
const npmCommand = () => {
  const { npm_execpath: own, npm_node_execpath: node } = process.env
  // yarn and pnpm set npm_execpath too, but have no `ci` that reads this lockfile.
  if (own && /^npm(-cli)?\.[cm]?js$/.test(path.basename(own))) return { command: node || process.execPath, args: [own] }
  return { command: "npm", args: [], shell: process.platform === "win32" }
}

/** Runs `npm ci` in `folder`. Ends the launcher if a signal asks it to stop or, unless it `mayFail`, if that fails. */
const npmCi = async (folder, all, mayFail) => {
  const npm = npmCommand()
  const end = await run(
    npm.command,
    [
      ...npm.args,
      "ci",
      // No package here needs install scripts (see allowScripts, which npm before 11 ignores).
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
  if (mayFail && !asked && !end.signal) return
  if (end.error) fail("Cannot install: npm was not found. It comes with Node.js.")
  if (asked || end.signal) await endAs({ signal: asked || end.signal })
  fail("The install failed; what npm said is above. Run the command again when that is put right.")
}

/** Does `work` while no other launcher installs. */
const inTurn = async (work) => {
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
    await work()
  } finally {
    fs.rmSync(turn, { force: true })
  }
}

/** Installs the packages of the service, or all. */
const install = (all) =>
  inTurn(async () => {
    // The previous holder may have been killed and left a stage, or may have finished the install.
    packages.dropStage()
    if (packages.isInstalled(all)) return
    say(all ? "Installing what development needs (once)…" : "Installing what is missing (once)…")
    // A checkout with all packages keeps all: without lefthook, for instance, the hooks would stop checking.
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
  })

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
// 3. Build the pages
// ---------------------------------------------------------------------------------------------------------------------

/** Installs what builds the pages. If `mayFail`, the launcher goes on without. */
const installWeb = (mayFail) =>
  inTurn(async () => {
    if (web.isInstalled()) return
    say("Installing what builds the pages (once)…")
    await npmCi(web.folder, true, mayFail)
  })

/** Builds the pages if their sources have changed. Returns whether they are built. */
const buildPages = async (node, env) => {
  if (!web.hasSources() || web.isBuilt()) return true
  if (!web.isInstalled()) await installWeb(true)
  if (asked) await endAs({ signal: asked })
  if (!web.isInstalled()) return false
  say("Building the pages, which have changed…")
  const end = await run(node, [path.join(root, "scripts", "web.ts")], { cwd: root, env, stdio: ["ignore", 2, 2] })
  child = undefined
  if (asked || end.signal) await endAs({ signal: asked || end.signal })
  return !end.error && end.code === 0
}

// ---------------------------------------------------------------------------------------------------------------------
// 4. Run
// ---------------------------------------------------------------------------------------------------------------------

const args = process.argv.slice(2)
if (args.length === 0) fail("Usage: node scripts/run.mjs [node flags] file.ts [arguments]")

/** After flags the file may come at any place, as some flags take a value. `npm test -- src/main.ts` is not the service. */
const isService = args[0] === "src/main.ts" || (args[0].startsWith("-") && args.includes("src/main.ts"))

if (!packages.isInstalled(!isService)) await install(!isService)
if (asked) await endAs({ signal: asked })

// The service's settings. Tests and checks do not get them: they must not depend on a developer's own settings.
const settings = path.join(root, ".env")
if (isService && fs.existsSync(settings)) args.unshift("--env-file=" + settings)

const node = findNode()
const pathName = Object.keys(process.env).find((name) => name.toUpperCase() === "PATH") || "PATH"
const env = {
  // Node keeps what it compiled there, which halves the time to start. `npm ci` empties it; Node does without where it cannot write.
  NODE_COMPILE_CACHE: path.join(root, "node_modules", ".cache", "node"),
  ...process.env,
  [pathName]: path.dirname(node) + path.delimiter + (process.env[pathName] || "")
}

/** The service as it serves, not one of its other commands. */
const serves = isService && (args.includes("demo") || args.includes("serve"))
const isTests = args.some((arg) => arg.endsWith("vitest.mjs"))
const isBuild = args[0] === "scripts/web.ts"
const isWebBench = args[0] === "bench/main.ts" && args.includes("--web")
// The checks read the types of what the pages are made of.
const isChecks = args[0] === "scripts/check.ts"

if ((isBuild || isChecks) && web.hasSources() && !web.isInstalled()) await installWeb(false)
if ((serves || isTests || isWebBench) && !(await buildPages(node, env))) {
  // The API does not need them.
  if (!serves) fail("The pages could not be built; what was said is above.")
  say("The pages could not be built; what was said is above. The service starts without them.")
}
if (asked) await endAs({ signal: asked })

const end = await run(node, ["--import", pathToFileURL(path.join(root, "scripts", "follow.mjs")).href, ...args], {
  stdio: "inherit",
  env
})
if (end.error) fail("Cannot start " + node + ": " + end.error.message)
await endAs(end)
