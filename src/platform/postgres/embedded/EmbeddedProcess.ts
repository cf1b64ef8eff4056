import { Effect } from "effect"
import { execFileSync, spawn } from "node:child_process"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { basename } from "node:path"

/** The user that a child process runs as; `undefined` means the user of this process. */
export interface RunAs {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * The environment variables that PostgreSQL's programs receive: the paths of programs, libraries and temporary files, and the
 * variables by which containers name users without an entry in /etc/passwd.
 */
const passed =
  process.platform === "win32"
    ? /^(?:SystemRoot|SystemDrive|windir|ComSpec|Path|PATHEXT|TEMP|TMP)$/i
    : /^(?:PATH|TMPDIR|(?:DY)?LD_LIBRARY_PATH|LD_PRELOAD|NSS_WRAPPER_(?:PASSWD|GROUP))$/

/**
 * A session keeps up to 4 MiB of the memory of a statement for the next one. By glibc's default it keeps 128 KiB, and the statement
 * that records plays takes about three times as much. Whether that was then given back and taken again each time depended on what lay
 * behind it in memory: it was, in some sessions, at the price of a hundred page faults a statement. In a virtual machine these cost
 * more than the statement itself.
 */
const allocator: NodeJS.ProcessEnv = { MALLOC_TRIM_THRESHOLD_: "4194304", MALLOC_MMAP_THRESHOLD_: "4194304" }

/**
 * The environment for PostgreSQL's programs, reduced to what they need. They may run as another user, who can read it, while
 * this process's environment holds the keys of ESPs. `PG*` variables of the user's shell would redirect them (PGDATA, PGPORT,
 * PGOPTIONS). Locale and time zone are fixed, so that messages are recognisable and clusters are the same everywhere.
 */
export const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name))),
  ...allocator,
  LC_ALL: "C",
  TZ: "UTC"
})

/** Runs a program to its end. Never fails: if the program cannot start, the code is `null` and `stderr` says why. */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly as: RunAs | undefined; readonly input?: string }
): Effect.Effect<Finished> =>
  Effect.callback<Finished>((resume) => {
    let child: ReturnType<typeof spawn>
    try {
      child = spawn(program, args, {
        cwd: options.cwd,
        env: environment(),
        ...(options.as === undefined ? {} : { uid: options.as.uid, gid: options.as.gid }),
        stdio: ["pipe", "pipe", "pipe"],
        // Keeps Ctrl-C to this process, which then ends the program and its children as one group.
        detached: true,
        windowsHide: true
      })
    } catch (cause) {
      resume(Effect.succeed({ code: null, stdout: "", stderr: String(cause) }))
      return
    }
    let stdout = ""
    let stderr = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      stdout += text
    })
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.on("error", (cause) => resume(Effect.succeed({ code: null, stdout, stderr: stderr + cause.message })))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    // The program may exit before it has read its input; the exit code shows that.
    child.stdin?.on("error", () => {})
    child.stdin?.end(options.input ?? "")
    return Effect.callback<void>((stopped) => {
      child.on("close", () => stopped(Effect.void))
      if (child.pid === undefined) stopped(Effect.void)
      else if (process.platform === "win32") child.kill("SIGKILL")
      else send(-child.pid, "SIGKILL")
    })
  })

/** What the system tells about a process; `undefined` for fields that it does not tell. */
export interface ProcessState {
  /** Identifies the process together with the pid, because pids are reused: at once after a reboot or in a new container. */
  readonly started: string | undefined
  readonly program: string | undefined
  readonly cwd: string | undefined
  readonly command: string | undefined
}

const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** Whether a process has this pid, even if it is a zombie. */
export const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "EPERM"
  }
}

const inspectLinux = (pid: number): ProcessState | undefined => {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  // If /proc is mounted with hidepid, it hides processes of other users, although they exist.
  if (stat === undefined) return exists(pid) ? unknown : undefined
  // The second field is the program's name in parentheses, and may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  // A zombie no longer runs, but stays forever if PID 1 never reaps it.
  if (fields[0] === "Z" || fields[0] === "X") return undefined
  const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()) ?? ""
  const exe = attempt(() => readlinkSync(`/proc/${pid}/exe`))
  return {
    started: `${boot}:${fields[19]}`,
    program: exe === undefined ? undefined : basename(exe.replace(/ \(deleted\)$/, "")),
    cwd: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
    command: attempt(() => readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim())
  }
}

const inspectPs = (pid: number): ProcessState | undefined => {
  if (!exists(pid)) return undefined
  const ps = (column: string) =>
    attempt(() =>
      execFileSync("ps", ["-p", String(pid), "-o", `${column}=`], { encoding: "utf8", env: environment() }).trim()
    )
  if (ps("stat")?.startsWith("Z") === true) return undefined
  const program = ps("comm")
  return {
    started: ps("lstart"),
    program: program === undefined ? undefined : basename(program),
    cwd: undefined,
    command: ps("command")
  }
}

/** Sends a signal to a process, or to a process group if the pid is negative. Does nothing if it no longer exists. */
export const send = (pid: number, signal: NodeJS.Signals): void => {
  attempt(() => process.kill(pid, signal))
}

const unknown: ProcessState = { started: undefined, program: undefined, cwd: undefined, command: undefined }

/** The state of a live process; `undefined` if no process has this pid, or only a zombie. */
export const inspect = (pid: number): ProcessState | undefined =>
  process.platform === "linux"
    ? inspectLinux(pid)
    : process.platform === "win32"
      ? exists(pid)
        ? unknown
        : undefined
      : inspectPs(pid)

/** Pids of all live `postgres` processes that work in `directory`, backends included. Linux only, elsewhere empty. */
export const postgresProcessesIn = (directory: string): ReadonlyArray<number> =>
  (attempt(() => readdirSync("/proc")) ?? [])
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      // The cheapest check first, because there may be thousands of processes.
      if (attempt(() => readlinkSync(`/proc/${pid}/cwd`)) !== directory) return false
      return inspectLinux(pid)?.program === "postgres"
    })
