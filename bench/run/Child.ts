import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { BenchError } from "./BenchError.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))

// Ends the child if this process is killed without running its finalizers.
const follow = new URL("../../scripts/follow.mjs", import.meta.url).href

const patienceMs = 5000

const stop = (child: ChildProcess) =>
  Effect.promise(
    () =>
      new Promise<void>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve()
        const kill = setTimeout(() => child.kill("SIGKILL"), patienceMs)
        child.once("exit", () => {
          clearTimeout(kill)
          resolve()
        })
        child.kill("SIGTERM")
      })
  )

export interface Options {
  /** Another program than Node. */
  readonly command?: string
  /** Where it runs, if not in this checkout. */
  readonly folder?: string | undefined
  readonly nodeFlags?: ReadonlyArray<string>
  readonly env?: Readonly<Record<string, string>>
  /** Whether to open an IPC channel. */
  readonly ipc?: boolean
}

/** Runs a program until the scope closes. Its stderr is shown. */
export const start = (
  args: ReadonlyArray<string>,
  options: Options = {}
): Effect.Effect<ChildProcess, BenchError, Scope.Scope> => {
  const ours = ["--import", follow, ...(options.nodeFlags ?? [])]
  return Effect.acquireRelease(
    Effect.try({
      try: () =>
        spawn(options.command ?? process.execPath, options.command === undefined ? [...ours, ...args] : args, {
          cwd: options.folder ?? root,
          env: { ...process.env, ...options.env },
          stdio: ["ignore", "ignore", "inherit", ...(options.ipc === true ? ["ipc" as const] : [])],
          // Ctrl-C in a terminal reaches only this process, which stops the others in order.
          detached: process.platform !== "win32"
        }),
      catch: (cause) => new BenchError({ message: `A process could not be started: ${String(cause)}` })
    }),
    stop
  )
}
