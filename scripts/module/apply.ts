import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"
import { type Plan, Refused } from "./plan.ts"

/** What `npm run generate` changes when there is a module more. */
export const generated = [
  "src/Groups.ts",
  "migrations/checksums.json",
  "docs/settings.md",
  ".env.example",
  "docs/http.md",
  "docs/openapi.json"
]

/** How everything was before. It lies in the root while a module is made, so that what a kill cuts off is taken back by the next run. */
interface Journal {
  readonly pid: number
  readonly files: ReadonlyArray<string>
  readonly folders: ReadonlyArray<string>
  readonly before: Readonly<Record<string, string>>
}

const journalFile = ".module-new.json"

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"
  }
}

/** Gives what could not be put back; the journal stays then. */
const takeBack = (root: string, { before, files, folders }: Journal): ReadonlyArray<string> => {
  const left: Array<string> = []
  const attempt = (file: string, work: (at: string) => void): void => {
    try {
      work(path.join(root, file))
    } catch (error) {
      // What was not made yet, in a folder that could not be.
      if (!/^(?:ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) left.push(file)
    }
  }
  for (const file of files) attempt(file, (at) => fs.rmSync(at, { force: true }))
  for (const folder of folders.toReversed()) attempt(folder, fs.rmdirSync)
  for (const [file, text] of Object.entries(before)) {
    attempt(file, (at) => {
      if (fs.readFileSync(at, "utf8") !== text) fs.writeFileSync(at, text)
    })
  }
  if (left.length === 0) fs.rmSync(path.join(root, journalFile), { force: true })
  return left
}

/** Takes back what an earlier run left that was killed. */
export const recover = (root: string): void => {
  const file = path.join(root, journalFile)
  if (!fs.existsSync(file)) return
  const journal = JSON.parse(fs.readFileSync(file, "utf8")) as Journal
  if (isAlive(journal.pid)) {
    throw new Refused(`Another module is being made just now, by the process ${journal.pid} (${journalFile}).`)
  }
  const left = takeBack(root, journal)
  if (left.length > 0) throw new Refused(`What an earlier run left cannot be taken back: ${left.join(", ")}.`)
}

/** The folders of a file that are not there yet, from the outermost in. */
const missingFolders = (root: string, file: string): ReadonlyArray<string> => {
  const parts = path.dirname(file).split("/")
  return parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .filter((at) => !fs.existsSync(path.join(root, at)))
}

/** What follows from the list of modules, by a process of its own: this one has loaded the list as it was. */
const generate = async (root: string, signal: AbortSignal): Promise<void> => {
  const child = spawn(process.execPath, ["scripts/generate.ts"], { cwd: root, stdio: ["ignore", "pipe", "pipe"] })
  let output = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text
    })
  }
  const stop = (): void => void child.kill("SIGKILL")
  signal.addEventListener("abort", stop)
  if (signal.aborted) stop()
  try {
    const [code] = (await once(child, "close")) as [number | null]
    if (code !== 0) throw new Error(`\`npm run generate\` failed:\n${output.trim()}`)
  } finally {
    signal.removeEventListener("abort", stop)
  }
}

/** Does what is planned, all of it or nothing. */
export const apply = async (root: string, { creates, edits }: Plan, signal: AbortSignal): Promise<void> => {
  const edited = [...edits.map(({ file }) => file), ...generated]
  const journal: Journal = {
    pid: process.pid,
    files: creates.map(({ file }) => file),
    folders: [...new Set(creates.flatMap(({ file }) => missingFolders(root, file)))],
    before: Object.fromEntries(edited.map((file) => [file, fs.readFileSync(path.join(root, file), "utf8")]))
  }
  fs.writeFileSync(path.join(root, journalFile), JSON.stringify(journal), { flag: "wx" })
  try {
    for (const folder of journal.folders) fs.mkdirSync(path.join(root, folder))
    for (const { file, text } of creates) fs.writeFileSync(path.join(root, file), text, { flag: "wx" })
    for (const { file, text } of edits) fs.writeFileSync(path.join(root, file), text)
    await generate(root, signal)
    signal.throwIfAborted()
  } catch (error) {
    const left = takeBack(root, journal)
    const why = error instanceof Error ? error.message : String(error)
    throw new Refused(
      left.length === 0
        ? `The module was not made, and nothing is left of it. ${why}`
        : `The module was not made. This could not be taken back; the next run tries again: ${left.join(", ")}. ${why}`
    )
  }
  fs.rmSync(path.join(root, journalFile))
}
