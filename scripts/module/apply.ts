import { spawn } from "node:child_process"
import { once } from "node:events"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"
import { type Plan, Refused } from "./plan.ts"

/** The files that `npm run generate` changes for a new module. */
export const generated = [
  "src/Groups.ts",
  "migrations/checksums.json",
  "docs/settings.md",
  ".env.example",
  "docs/http.md",
  "docs/openapi.json"
]

/** What to undo. It is a file in the root while a module is created, so that after a kill the next run can undo the rest. */
interface Journal {
  readonly pid: number
  /** The created files, with what is written to them. */
  readonly files: Readonly<Record<string, string>>
  readonly folders: ReadonlyArray<string>
  /** The changed files, with what they held. */
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

/** Returns the files that could not be restored. If there are any, the journal stays. */
const undo = (root: string, { before, files, folders }: Journal): ReadonlyArray<string> => {
  const left: Array<string> = []
  const attempt = (file: string, work: (at: string) => void): void => {
    try {
      work(path.join(root, file))
    } catch (error) {
      // The file or its folder was not created yet.
      if (!/^(?:ENOENT|ENOTDIR)$/.test((error as NodeJS.ErrnoException).code ?? "")) left.push(file)
    }
  }
  for (const file of Object.keys(files)) attempt(file, (at) => fs.rmSync(at, { force: true }))
  for (const folder of folders.toReversed()) attempt(folder, fs.rmdirSync)
  for (const [file, text] of Object.entries(before)) {
    attempt(file, (at) => {
      if (fs.readFileSync(at, "utf8") !== text) fs.writeFileSync(at, text)
    })
  }
  if (left.length === 0) fs.rmSync(path.join(root, journalFile), { force: true })
  return left
}

/** Whether somebody has changed a created file since: a kill leaves the text, or the beginning of it. */
const isChanged = (root: string, file: string, written: string): boolean => {
  const at = path.join(root, file)
  return fs.existsSync(at) && !written.startsWith(fs.readFileSync(at, "utf8"))
}

/** Undoes an earlier run that was killed, unless somebody works on what it has left. */
export const recover = (root: string): void => {
  const file = path.join(root, journalFile)
  if (!fs.existsSync(file)) return
  const journal = JSON.parse(fs.readFileSync(file, "utf8")) as Journal
  if (isAlive(journal.pid)) {
    throw new Refused(`Another process (${journal.pid}) is creating a module (${journalFile}).`)
  }
  const changed = Object.entries(journal.files).flatMap(([file, text]) => (isChanged(root, file, text) ? [file] : []))
  if (changed.length > 0) {
    throw new Refused(
      `An earlier run was killed, and files that it had created were changed since: ${changed.join(", ")}. ` +
        `Delete ${journalFile} to keep them.`
    )
  }
  const left = undo(root, journal)
  if (left.length > 0)
    throw new Refused(`An earlier run was killed, and these files could not be restored: ${left.join(", ")}.`)
}

/** The missing folders of a file, outermost first. */
const missingFolders = (root: string, file: string): ReadonlyArray<string> => {
  const parts = path.dirname(file).split("/")
  return parts
    .map((_, index) => parts.slice(0, index + 1).join("/"))
    .filter((at) => !fs.existsSync(path.join(root, at)))
}

/** Runs in another process, since this one has loaded the old list of modules. */
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

/** Makes all changes, or undoes them and fails. */
export const apply = async (root: string, { creates, edits }: Plan, signal: AbortSignal): Promise<void> => {
  const edited = [...edits.map(({ file }) => file), ...generated]
  const journal: Journal = {
    pid: process.pid,
    files: Object.fromEntries(creates.map(({ file, text }) => [file, text])),
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
    const left = undo(root, journal)
    const why = error instanceof Error ? error.message : String(error)
    throw new Refused(
      left.length === 0
        ? `The module was not created, and all changes were undone. ${why}`
        : `The module was not created. These files could not be restored; the next run tries again: ${left.join(", ")}. ${why}`
    )
  }
  fs.rmSync(path.join(root, journalFile))
}
