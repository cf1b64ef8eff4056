import { spawn } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import process from "node:process"
import { listFiles } from "../../../scripts/checks/Check.ts"

const repository = path.join(import.meta.dirname, "..", "..", "..")

export interface Ended {
  readonly code: number | null
  readonly output: string
}

/** A copy of the tracked and new files of the repository, with its packages. */
export interface Scratch {
  readonly root: string
  readonly read: (file: string) => string
  readonly write: (file: string, text: string) => void
  readonly remove: (file: string) => void
  /** The checksum of each file. */
  readonly files: () => Readonly<Record<string, string>>
  /** Runs Node.js in the copy. `started` gets the process. */
  readonly node: (args: ReadonlyArray<string>, started?: (child: ReturnType<typeof spawn>) => void) => Promise<Ended>
  readonly drop: () => void
}

/** Links all packages except one. */
const linkWithout = (root: string, without: string): void => {
  const folder = path.join(root, "node_modules")
  fs.mkdirSync(folder)
  for (const name of fs.readdirSync(path.join(repository, "node_modules"))) {
    if (name !== without) fs.symlinkSync(path.join(repository, "node_modules", name), path.join(folder, name))
  }
}

/** `only` selects the files to copy, `without` leaves out one package. */
export const makeScratch = async (
  options: { readonly only?: RegExp; readonly without?: string } = {}
): Promise<Scratch> => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "fairground-scratch-"))
  const at = (file: string): string => path.join(root, file)
  for (const file of await listFiles(repository)) {
    if (options.only?.test(file) === false) continue
    fs.mkdirSync(path.dirname(at(file)), { recursive: true })
    fs.copyFileSync(path.join(repository, file), at(file))
  }
  if (options.without === undefined) fs.symlinkSync(path.join(repository, "node_modules"), at("node_modules"), "dir")
  else linkWithout(root, options.without)
  const pages = path.join(repository, "src", "web", "node_modules")
  if (fs.existsSync(pages) && fs.existsSync(at("src/web"))) fs.symlinkSync(pages, at("src/web/node_modules"), "dir")
  // Tests in the copy must start their own server: on this run's, they would replace its template database.
  const {
    TEST_DATABASE_URL: _server,
    VITEST: _vitest,
    VITEST_POOL_ID: _pool,
    VITEST_WORKER_ID: _worker,
    ...env
  } = process.env
  return {
    root,
    read: (file) => fs.readFileSync(at(file), "utf8"),
    write: (file, text) => fs.writeFileSync(at(file), text),
    remove: (file) => fs.rmSync(at(file), { recursive: true }),
    files: () =>
      Object.fromEntries(
        fs
          .readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
          .map((entry) => path.join(entry.parentPath, entry.name))
          .map((file) => [path.relative(root, file), createHash("sha256").update(fs.readFileSync(file)).digest("hex")])
      ),
    node: (args, started) => {
      const { promise, reject, resolve } = Promise.withResolvers<Ended>()
      const child = spawn(process.execPath, [...args], { cwd: root, env: { ...env, NO_COLOR: "1", FORCE_COLOR: "0" } })
      let output = ""
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text
        })
      }
      child.on("error", reject)
      child.on("close", (code) => resolve({ code, output }))
      started?.(child)
      return promise
    },
    drop: () => fs.rmSync(root, { recursive: true, force: true })
  }
}
