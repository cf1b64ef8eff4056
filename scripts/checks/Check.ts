import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import process from "node:process"

/** The result of a check. `output` is shown only if it failed. */
export interface Outcome {
  readonly ok: boolean
  readonly output: string
}

/** What a check looks at. */
export interface Scope {
  /** The root of the repository. The checks' own tests use another one. */
  readonly root: string
  /** With `--fast`, the paths of the staged files from the root. Undefined: all files are checked. */
  readonly staged: ReadonlyArray<string> | undefined
  /** Whether to repair what the tool can repair. */
  readonly fix: boolean
}

export interface Check {
  readonly name: string
  /** Whether `--fast`, which runs before each commit, includes this check. */
  readonly fast: boolean
  readonly run: (scope: Scope) => Promise<Outcome>
}

export const passed: Outcome = { ok: true, output: "" }

export const failed = (output: string): Outcome => ({ ok: false, output })

/** Fails with one line per finding, and passes if there is none. */
export const findings = (lines: ReadonlyArray<string>): Outcome =>
  lines.length === 0 ? passed : failed(lines.join("\n"))

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const execute = (
  root: string,
  command: string,
  args: ReadonlyArray<string>,
  env: NodeJS.ProcessEnv = process.env
): Promise<Ended> => {
  const { promise, reject, resolve } = Promise.withResolvers<Ended>()
  const child = spawn(command, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    // Keeps linters from sending telemetry and from colouring output that goes to a file.
    env: {
      ...env,
      REDOCLY_TELEMETRY: "off",
      REDOCLY_SUPPRESS_UPDATE_NOTICE: "true",
      NO_COLOR: "1",
      FORCE_COLOR: "0"
    }
  })
  let stdout = ""
  let stderr = ""
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk))
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk))
  child.on("error", reject)
  child.on("close", (code) => resolve({ code, stdout, stderr }))
  return promise
}

/**
 * The file of a package's command, to start it without a shell. Not node_modules/.bin, whose format depends on the system.
 */
const commandFile = (root: string, name: string, command: string): string => {
  const folder = path.join(root, "node_modules", name)
  const { bin } = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8")) as {
    bin: string | Record<string, string>
  }
  const file = typeof bin === "string" ? bin : bin[command]
  if (file === undefined) throw new Error(`${name} has no command ${command}`)
  return path.join(folder, file)
}

export interface Tool {
  readonly package: string
  readonly command: string
  readonly args: ReadonlyArray<string>
}

/** Runs a package's command in the root. */
export const execTool = (root: string, tool: Tool): Promise<Ended> =>
  execute(root, process.execPath, [commandFile(root, tool.package, tool.command), ...tool.args])

/** Runs a package's command; the check passes if the command exits with 0. */
export const runTool = async (root: string, tool: Tool): Promise<Outcome> => {
  const end = await execTool(root, tool)
  return { ok: end.code === 0, output: (end.stdout + end.stderr).trim() }
}

/** Every tracked or untracked but not ignored file, as a path from the root with forward slashes. */
export const listFiles = async (root: string): Promise<Array<string>> => {
  const listed = await execute(root, "git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).catch(
    () => undefined
  )
  if (listed?.code === 0) {
    return listed.stdout.split("\0").filter((file) => file !== "" && fs.existsSync(path.join(root, file)))
  }
  // A tarball has no .git.
  return fs
    .readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .filter((file) => !/(^|\/)(node_modules|\.data|\.git|coverage)\//.test(file))
}
