import * as fs from "node:fs"
import * as path from "node:path"
import { type Lockfile, missingOptional, unverified, wrongEngines, withoutIntegrity } from "../lockfile.ts"
import { type Check, findings, listFiles } from "./Check.ts"

interface Manifest {
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly allowScripts?: Record<string, boolean>
}

/** Text that is valid only on its author's machine, or ties an install to one server. */
const unwelcome: ReadonlyArray<readonly [name: string, pattern: RegExp]> = [
  ["machine-path", /(?<![\w.~}-])\/(?:work|root)\/\w/],
  // Node's Docker images have a user and a home directory of this name.
  ["machine-path", /(?<![\w.~}-])\/(?:home|Users)\/(?!node\b)\w/],
  ["machine-path", /\b[A-Z]:\\Users\\/],
  [
    "registry-host",
    // Split, so that the check does not find this line itself.
    new RegExp(
      [
        ["registry", "npmjs", "(org|com)"],
        ["registry", "yarnpkg", "com"],
        ["npm", "pkg", "github", "com"],
        ["ghcr", "io"],
        ["quay", "io"],
        ["(index|registry|registry-1)", "docker", "io"],
        ["deb", "debian", "org"],
        ["(files|upload)?", "pythonhosted", "org"],
        ["proxy", "golang", "org"]
      ]
        .map((parts) => `\\b${parts.join("\\.")}\\b`)
        .join("|"),
      "i"
    )
  ]
]

const isBinary = (text: string): boolean => text.includes("\0")

const badText = (root: string, files: ReadonlyArray<string>): Array<string> =>
  files.flatMap((file) => {
    const text = fs.readFileSync(path.join(root, file), "utf8")
    if (isBinary(text)) return []
    return text.split("\n").flatMap((line, index) =>
      unwelcome.flatMap(([name, pattern]) => {
        const found = pattern.exec(line)
        return found === null ? [] : [`${name}: ${file}:${index + 1} has ${found[0]}`]
      })
    )
  })

/** Folders and files with these names collect code that belongs to no module. */
const badNames = (files: ReadonlyArray<string>): Array<string> =>
  files
    .filter((file) => /^src\/(.*\/)?([Uu]tils?|[Cc]ommon|[Hh]elpers?|[Tt]ypes|.*Live)(\.ts$|\/)/.test(file))
    .map((file) => `file-name: ${file} says nothing of what it holds`)

const badVersions = (file: string, manifest: Manifest): Array<string> =>
  Object.entries({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `exact-version: ${file} has ${name} ${version}`)

const sorted = (record: Record<string, string> | undefined): string =>
  JSON.stringify(Object.entries(record ?? {}).toSorted(([a], [b]) => a.localeCompare(b)))

const nameOf = (at: string): string => at.slice(at.lastIndexOf("node_modules/") + "node_modules/".length)

const badLock = (manifest: Manifest, lockfile: Lockfile): Array<string> => {
  const root: Manifest | undefined = lockfile.packages[""]
  const entries = Object.entries(lockfile.packages)
  const unprotected = withoutIntegrity(lockfile)
  const tell = "run `node scripts/run.mjs scripts/lockfile.ts`"
  return [
    ...(["dependencies", "devDependencies", "optionalDependencies"] as const)
      .filter((kind) => sorted(manifest[kind]) !== sorted(root?.[kind]))
      .map((kind) => `lockfile-stale: ${kind} of package.json and package-lock.json differ`),
    ...entries
      .filter(([, entry]) => entry.resolved !== undefined)
      .map(([at]) => `lockfile-resolved: ${at} names the server it came from; install with this repository's .npmrc`),
    ...entries
      .filter(([at]) => unprotected.includes(at))
      .filter(([at, entry]) => !(entry.optional === true && entry.dev === true && unverified.includes(nameOf(at))))
      .map(([at]) => `lockfile-integrity: ${at} has no integrity; ${tell}`),
    ...entries
      .filter(([at]) => unverified.includes(nameOf(at)) && !unprotected.includes(at))
      .map(([at]) => `lockfile-integrity: ${at} has one; take it out of the list in scripts/lockfile.ts`),
    ...Object.keys(missingOptional(lockfile)).map((at) => `lockfile-incomplete: ${at} is missing; ${tell}`),
    ...wrongEngines(lockfile).map(
      (at) => `lockfile-engines: ${at} would be left out or put in with the wrong Node; ${tell}`
    ),
    ...entries
      .filter(([, entry]) => entry.hasInstallScript === true)
      .map(([at]) => nameOf(at))
      .filter((name) => manifest.allowScripts?.[name] === undefined)
      .map((name) => `install-script: ${name} has one; say in package.json's allowScripts whether it may run`)
  ]
}

const readJson = <A>(root: string, file: string): A => JSON.parse(fs.readFileSync(path.join(root, file), "utf8")) as A

/** What is wrong with each package.json and its lockfile. */
const badPackages = (root: string, files: ReadonlyArray<string>): Array<string> =>
  files
    .filter((file) => path.basename(file) === "package.json")
    .flatMap((file) => {
      const manifest = readJson<Manifest>(root, file)
      const folder = path.dirname(file)
      const lockfile = readJson<Lockfile>(root, path.join(folder, "package-lock.json"))
      const where = folder === "." ? "" : ` (${folder})`
      return [...badVersions(file, manifest), ...badLock(manifest, lockfile).map((finding) => finding + where)]
    })

/** The launcher, version managers and CI must all use the same Node version. */
const badNodeVersion = (root: string, manifest: Manifest): Array<string> => {
  const packaged = Object.entries(manifest.optionalDependencies ?? {}).filter(([name]) => /^node-\w+-\w+$/.test(name))
  return [".node-version", ".nvmrc"].flatMap((file) => {
    const version = fs.readFileSync(path.join(root, file), "utf8").trim()
    return packaged
      .filter(([, other]) => other !== version)
      .map(([name, other]) => `node-version: ${file} says ${version}, ${name} is ${other}`)
  })
}

/** Rules for the repository as a whole. */
export const repository: Check = {
  name: "repository",
  fast: false,
  run: async ({ root }) => {
    const files = await listFiles(root)
    return findings([
      ...badText(root, files),
      ...badNames(files),
      ...badPackages(root, files),
      ...badNodeVersion(root, readJson<Manifest>(root, "package.json"))
    ])
  }
}
