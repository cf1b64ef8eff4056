/**
 * Completes each package-lock.json: `node scripts/run.mjs scripts/lockfile.ts` after every change of a dependency.
 *
 * - npm writes an optional package into the lockfile only when it could read its description while installing, so a
 *   lockfile made against a mirror without, say, the macOS packages lacks them. npm 11 and later then refuse `npm ci` on
 *   every machine ("Missing: … from lock file"). The parents name exact versions, which is all that an entry needs.
 * - npm compares `engines` with the Node that installs and quietly leaves out optional packages that ask for a later one.
 *   Here another Node runs what is installed: with Node 20.10 and `engines` in the lockfile, oxlint and vitest were left
 *   without their binaries.
 * - The same rule spares those who have a Node 24 the 190 MB of another: here, though not in the registry, the packages that
 *   bring Node have `engines` that say so. scripts/run.mjs adds the package when an older Node comes along later.
 * - What was completed so has no integrity, and nothing would notice another package in its place. So those entries are
 *   taken out first, and npm is asked once more: the registry may have them by now.
 */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"

/** An entry of the lockfile's `packages`, reduced to what this script reads. */
export interface LockedPackage {
  version?: string
  resolved?: string
  integrity?: string
  dev?: boolean
  optional?: boolean
  cpu?: Array<string>
  os?: Array<string>
  libc?: Array<string>
  engines?: Record<string, string>
  hasInstallScript?: boolean
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

export interface Lockfile {
  packages: Record<string, LockedPackage>
}

/** Development packages for other systems that no registry had when the lockfile was made, so their hashes are unknown. */
export const unverified: ReadonlyArray<string> = [
  "@effect/tsgo-darwin-arm64",
  "@effect/tsgo-darwin-x64",
  "@effect/tsgo-linux-arm",
  "@effect/tsgo-linux-arm64",
  "@effect/tsgo-win32-arm64",
  "@effect/tsgo-win32-x64",
  "lefthook-android-arm64"
]

/**
 * Entries without integrity, which accept whatever the registry serves. None may be part of production, and each is listed.
 */
export const withoutIntegrity = (lockfile: Lockfile): Array<string> =>
  Object.entries(lockfile.packages).flatMap(([at, entry]) => (at === "" || entry.integrity !== undefined ? [] : [at]))

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"]
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "x64"]

/** Whether Node would find `name` from the package at `from`: it searches each node_modules upwards. */
const isLocked = (lockfile: Lockfile, from: string, name: string): boolean => {
  for (let at = from; ;) {
    if (lockfile.packages[`${at === "" ? "" : `${at}/`}node_modules/${name}`] !== undefined) return true
    if (at === "") return false
    at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))
  }
}

/** The entries that the lockfile lacks, by path. */
export const missingOptional = (lockfile: Lockfile): Record<string, LockedPackage> => {
  const missing: Record<string, LockedPackage> = {}
  for (const [at, parent] of Object.entries(lockfile.packages)) {
    for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
      if (isLocked(lockfile, at, name)) continue
      const words = name.split(/[^a-z0-9]+/)
      const os = systems.find((system) => words.includes(system))
      const cpu = processors.find((processor) => words.includes(processor))
      if (os === undefined || cpu === undefined || !/^\d/.test(version)) {
        throw new Error(`${at || "package.json"}: cannot tell the platform of the optional package ${name}@${version}`)
      }
      missing[`node_modules/${name}`] = {
        version,
        cpu: [cpu],
        ...(parent.dev === true ? { dev: true } : {}),
        ...(words.includes("musl") ? { libc: ["musl"] } : words.includes("gnu") ? { libc: ["glibc"] } : {}),
        optional: true,
        os: [os]
      }
    }
  }
  return missing
}

/** The `engines` that an optional entry has to have: none, but for the packages that bring Node. */
const enginesOf = (at: string): Record<string, string> | undefined =>
  /^node_modules\/node-(darwin|linux|win)-(arm64|x64)$/.test(at) ? { node: "<24" } : undefined

/** The optional entries that npm would leave out, or put in, with the wrong Node. */
export const wrongEngines = (lockfile: Lockfile): Array<string> =>
  Object.entries(lockfile.packages).flatMap(([at, entry]) =>
    entry.optional === true && entry.engines?.["node"] !== enginesOf(at)?.["node"] ? [at] : []
  )

/** Sorted as npm sorts, so that npm does not reorder the entries later. */
export const complete = (lockfile: Lockfile): Lockfile => {
  const packages = { ...lockfile.packages, ...missingOptional(lockfile) }
  for (const at of wrongEngines({ ...lockfile, packages })) {
    const { engines: _, ...entry } = packages[at] ?? {}
    const engines = enginesOf(at)
    packages[at] = engines === undefined ? entry : { ...entry, engines }
  }
  return {
    ...lockfile,
    packages: Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, "en")))
  }
}

const read = (file: string) => JSON.parse(fs.readFileSync(file, "utf8")) as Lockfile

const write = (file: string, lockfile: Lockfile) =>
  fs.writeFileSync(file, `${JSON.stringify(lockfile, undefined, 2)}\n`)

/**
 * Asks npm again for the entries without integrity, as if they were new. Without npm or its registry, the file stays as it
 * was.
 */
const askAgain = (file: string): string => {
  const before = read(file)
  const asked = withoutIntegrity(before)
  if (asked.length === 0) return "0 asked for"
  const packages = Object.fromEntries(Object.entries(before.packages).filter(([at]) => !asked.includes(at)))
  write(file, { ...before, packages })
  const args = ["install", "--package-lock-only", "--ignore-scripts"]
  const npm = spawnSync("npm", args, { cwd: path.dirname(file), stdio: "inherit", shell: process.platform === "win32" })
  if (npm.status === 0) return `${asked.length} asked for`
  write(file, before)
  return `${asked.length} could not be asked for`
}

if (import.meta.main) {
  for (const folder of [".", "src/web", "test/clients"]) {
    const file = path.join(import.meta.dirname, "..", folder, "package-lock.json")
    const asked = askAgain(file)
    const lockfile = read(file)
    const added = Object.keys(missingOptional(lockfile)).length
    const corrected = wrongEngines(lockfile).length
    if (added + corrected > 0) write(file, complete(lockfile))
    process.stdout.write(`Optional packages of ${folder}: ${asked}, ${added} added, ${corrected} with other engines.\n`)
  }
}
