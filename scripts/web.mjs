/**
 * Whether the pages of dist/web are those of the sources, and whether what builds them is installed. Part of run.mjs: has no
 * dependencies and must parse on Node 16.
 *
 * What builds the pages has a manifest and a lockfile of its own in src/web. It is installed there when something has to be built,
 * so that a machine that only runs a release never gets it.
 */
import { createHash } from "node:crypto"
import fs from "node:fs"
import path from "node:path"
import { agrees, readOr, root } from "./packages.mjs"

export const folder = path.join(root, "src", "web")
export const built = path.join(root, "dist", "web")

/** Where the builds begin. One that is not there is left out. */
export const entries = ["src/web/admin/index.html", "src/web/game/widget.ts"]

/** What decides about the result besides the files that were built. */
export const alsoInputs = [
  "package-lock.json",
  "src/web/package-lock.json",
  "src/web/package.json",
  "scripts/web.ts",
  "scripts/webTexts.ts"
]

const lockfile = path.join(folder, "package-lock.json")
const record = path.join(folder, "node_modules", ".package-lock.json")
const stamp = path.join(folder, "node_modules", ".fairground-lock")

export const digest = (bytes) => createHash("sha256").update(bytes).digest("base64")

/** Whether there is anything to build: an image and a package have no sources of pages. */
export const hasSources = () =>
  fs.existsSync(path.join(root, "scripts", "web.ts")) && entries.some((entry) => fs.existsSync(path.join(root, entry)))

/** Whether the last build is one of exactly these sources. */
export const isBuilt = () => {
  let inputs
  try {
    inputs = JSON.parse(fs.readFileSync(path.join(built, "inputs.json"), "utf8"))
    for (const file of Object.keys(inputs)) {
      if (digest(fs.readFileSync(path.join(root, file))) !== inputs[file]) return false
    }
  } catch {
    return false
  }
  return entries.every((entry) => inputs[entry] !== undefined || !fs.existsSync(path.join(root, entry)))
}

/** Whether the packages of the lockfile are there, installed by the launcher or by npm itself. npm writes its record last. */
export const isInstalled = () => {
  const wanted = readOr(lockfile, "")
  const present = readOr(record, "")
  if (present === "") return false
  const mark = digest(wanted + present)
  if (readOr(stamp, "") === mark) return true
  try {
    if (!agrees(JSON.parse(wanted).packages, JSON.parse(present).packages, true)) return false
    fs.writeFileSync(stamp, mark)
  } catch {
    return false
  }
  return true
}
