import { execFileSync } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { gzipSync } from "node:zlib"
import { built, folder, isBuilt, isInstalled } from "../../scripts/web.mjs"

const root = join(folder, "..", "..")

/** Builds the pages if their sources have changed: `npm test` has done that already, a single test file has not. */
export const build = (): void => {
  if (isBuilt()) return
  if (!isInstalled()) throw new Error("What builds the pages is not installed: npm run web")
  execFileSync(process.execPath, ["scripts/web.ts"], { cwd: root, stdio: "pipe" })
}

interface Chunk {
  readonly file: string
  readonly imports?: ReadonlyArray<string>
  readonly css?: ReadonlyArray<string>
  readonly isEntry?: boolean
}

/** What the bundler says of its chunks, by the file that each begins with. */
export const chunks = (): Readonly<Record<string, Chunk>> =>
  JSON.parse(readFileSync(join(built, "manifest.json"), "utf8")) as Record<string, Chunk>

/** The files that are loaded with these chunks. */
export const loadedWith = (names: ReadonlyArray<string>): ReadonlySet<string> => {
  const all = chunks()
  const seen = new Set<string>()
  const files = new Set<string>()
  const visit = (name: string) => {
    const chunk = all[name]
    if (chunk === undefined) throw new Error(`there is no chunk ${name}`)
    if (seen.has(name)) return
    seen.add(name)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    for (const imported of chunk.imports ?? []) visit(imported)
  }
  for (const name of names) visit(name)
  return files
}

/** KiB after gzip. */
export const size = (file: string): number => gzipSync(readFileSync(join(built, file)), { level: 9 }).length / 1024

export const path = (file: string): string => join(built, file)
export const has = (file: string): boolean => existsSync(join(built, file))
