/**
 * Compares node_modules with the lockfile and adds missing packages: either those of the service, or all, which includes
 * those that only development needs. Part of run.mjs: has no dependencies and must parse on Node 16.
 *
 * A service may be running on the installed packages, and `npm ci` would delete them. So npm installs into a staging folder,
 * and missing packages are moved over one by one. The record of installed packages is replaced last, so that an interrupted
 * move never looks complete.
 */
import { createHash } from "node:crypto"
import fs from "node:fs"
import path from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

export const NODE_MAJOR = 24
export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const lockfile = path.join(root, "package-lock.json")
const modules = path.join(root, "node_modules")
/** npm's own list of installed packages. npm writes it last. */
const record = path.join(modules, ".package-lock.json")
const stamp = path.join(modules, ".fairground-lock")
/** The staging folder: on the disk of node_modules, so that packages can be moved by renaming, and where no tool looks. */
export const stage = path.join(modules, ".adding")

export const readOr = (file, otherwise) => {
  try {
    return fs.readFileSync(file, "utf8")
  } catch {
    return otherwise
  }
}

const packagesIn = (text) => JSON.parse(text).packages

// ---------------------------------------------------------------------------------------------------------------------
// Node as a package
// ---------------------------------------------------------------------------------------------------------------------

const system = process.platform === "win32" ? "win" : process.platform
const platformPackage = "node-" + system + "-" + process.arch

export const isOldNode = () => Number(process.versions.node.split(".")[0]) < NODE_MAJOR

/** The Node of an installed package. Not node_modules/.bin/node: with several platform packages npm 10 deletes that link. */
export const packagedNode = () =>
  [platformPackage, "node"]
    .map((name) => path.join(modules, name, "bin", process.platform === "win32" ? "node.exe" : "node"))
    .find((file) => fs.existsSync(file))

/** The package with a Node binary for this machine; undefined: npm has none. */
export const nodePackage = () => {
  const { optionalDependencies = {} } = JSON.parse(readOr(path.join(root, "package.json"), "{}"))
  return Object.keys(optionalDependencies).find((name) => name === platformPackage)
}

// ---------------------------------------------------------------------------------------------------------------------
// What is there
// ---------------------------------------------------------------------------------------------------------------------

/** Whether the packages of a lockfile are those of npm's record; optional ones may be missing. */
export const agrees = (want, have, all) =>
  Object.keys(want).every((at) => {
    const { dev, optional, devOptional, version } = want[at]
    if (at === "" || (dev && !all)) return true
    return have[at] === undefined ? Boolean(optional || devOptional) : have[at].version === version
  })

const mark = (all, wanted, present) =>
  createHash("sha256").update(wanted).update(present).digest("hex") + (all ? " all" : " service")

/** The lockfile's text. An install reads it at the beginning, as it may change meanwhile. */
export const readLock = () => readOr(lockfile, "")

/** Whether the packages of the service, or all, are installed in the lockfile's versions, by the launcher or by npm itself. */
export const covers = (all) => {
  const wanted = readLock()
  // Without a lockfile (a trimmed image) there is nothing to compare with.
  if (wanted === "") return true
  const present = readOr(record, "")
  if (present === "") return false
  const stamped = readOr(stamp, "")
  if (stamped === mark(true, wanted, present) || (!all && stamped === mark(false, wanted, present))) return true
  try {
    if (!agrees(packagesIn(wanted), packagesIn(present), all)) return false
  } catch {
    return false
  }
  try {
    fs.writeFileSync(stamp, mark(all, wanted, present))
  } catch {
    // A read-only checkout cannot keep the stamp: the next start compares again.
  }
  return true
}

/** Whether the package with Node is missing: npm omits it if it installs on a later Node. */
const lacksNode = () => isOldNode() && packagedNode() === undefined && nodePackage() !== undefined

/** Whether there is nothing to do. If all packages are there and a stage is too, a killed launcher left it behind. */
export const isInstalled = (all) => covers(all) && !lacksNode() && !(all && fs.existsSync(stage))

export const hasDevelopment = () => {
  try {
    return Object.values(packagesIn(readOr(record, ""))).some(({ dev }) => dev)
  } catch {
    return false
  }
}

/** Stamps a finished install of the lockfile `lock`. */
export const remember = (all, lock) => fs.writeFileSync(stamp, mark(all, lock, readOr(record, "")))

/** Runs before an install that empties node_modules, so that an interrupted install never looks complete. */
export const forget = () => {
  fs.rmSync(stamp, { force: true })
  fs.rmSync(record, { force: true })
}

// ---------------------------------------------------------------------------------------------------------------------
// Adding to it
// ---------------------------------------------------------------------------------------------------------------------

export const dropStage = () => fs.rmSync(stage, { recursive: true, force: true, maxRetries: 5 })

export const makeStage = () => {
  fs.mkdirSync(stage)
  for (const file of ["package.json", "package-lock.json", ".npmrc"]) {
    const source = path.join(root, file)
    if (fs.existsSync(source)) fs.copyFileSync(source, path.join(stage, file))
  }
}

/** The paths of the packages in a node_modules folder, such as node_modules/effect and node_modules/@effect/vitest. */
const placesIn = (folder) =>
  fs
    .readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) =>
      name.startsWith("@") ? fs.readdirSync(path.join(folder, name)).map((inner) => name + "/" + inner) : [name]
    )
    .map((name) => "node_modules/" + name)

/**
 * Moves missing packages from the stage to node_modules. Packages that the service may be running on stay in place. All
 * others are unrecorded, half unpacked or of another lockfile, and are deleted.
 */
export const addFromStage = () => {
  const want = packagesIn(readOr(path.join(stage, "package-lock.json"), ""))
  const have = JSON.parse(readOr(record, ""))
  const staged = path.join(stage, "node_modules")
  const added = packagesIn(readOr(path.join(staged, ".package-lock.json"), ""))
  const isWhole = covers(true)
  const serves = (entry) => entry !== undefined && !entry.dev
  const stays = (at) => (isWhole ? have.packages[at] !== undefined : serves(want[at]) && serves(have.packages[at]))
  const kept = Object.fromEntries(Object.entries(have.packages).filter(([at]) => stays(at)))

  const note = (packages) => {
    const copy = path.join(stage, "record.json")
    fs.writeFileSync(copy, JSON.stringify({ ...have, packages }, undefined, 2))
    fs.renameSync(copy, record)
  }
  const move = (place) => {
    const target = path.join(root, place)
    fs.mkdirSync(path.dirname(target), { recursive: true })
    fs.renameSync(path.join(stage, place), target)
  }

  note(kept)
  for (const place of placesIn(modules)) {
    if (!stays(place)) fs.rmSync(path.join(root, place), { recursive: true, force: true, maxRetries: 5 })
  }
  for (const place of placesIn(staged)) if (!fs.existsSync(path.join(root, place))) move(place)
  const commands = path.join(staged, ".bin")
  if (fs.existsSync(commands)) for (const name of fs.readdirSync(commands)) move("node_modules/.bin/" + name)
  note({ ...kept, ...added })
  dropStage()
}
