import { Effect, Redacted, type Scope } from "effect"
import { type ChildProcess, execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { root } from "./Markdown.ts"

const environment = (url: Redacted.Redacted<string>) => ({
  ...process.env,
  DATABASE_URL: Redacted.value(url),
  PORT: "0",
  HOST: "127.0.0.1",
  REDIS_URL: "",
  NO_COLOR: "1"
})

/** What a program printed on standard output; dies with all that it printed when it failed. */
export const run = (
  file: string,
  args: ReadonlyArray<string>,
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }
): Effect.Effect<string> =>
  Effect.callback((resume) => {
    // The contract as a document is larger than the default allows.
    execFile(file, args, { ...options, maxBuffer: 16 * 2 ** 20 }, (error, stdout, stderr) =>
      resume(error === null ? Effect.succeed(stdout) : Effect.die(new Error(`${args.join(" ")}\n${stdout}\n${stderr}`)))
    )
  })

/** A command of the command line, on the database. */
export const command = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>): Effect.Effect<string> =>
  run(process.execPath, ["src/main.ts", ...args], { cwd: root, env: environment(url) })

const address = (service: ChildProcess): Promise<string> =>
  new Promise((resolve, reject) => {
    let printed = ""
    const read = (chunk: Buffer) => {
      printed += chunk.toString()
      const found = /http:\/\/(?:localhost|127\.0\.0\.1):\d+/.exec(printed)
      if (found !== null) resolve(found[0])
    }
    service.stdout?.on("data", read)
    service.stderr?.on("data", read)
    service.once("exit", (code) => reject(new Error(`The service ended with ${code}:\n${printed}`)))
  })

/** The service with its demo game, as a process of its own: its address. It is asked to stop when the scope closes. */
export const demo = (url: Redacted.Redacted<string>): Effect.Effect<string, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => spawn(process.execPath, ["src/main.ts", "demo"], { cwd: root, env: environment(url) })),
    (service) =>
      Effect.promise(async () => {
        if (service.exitCode !== null || service.signalCode !== null) return
        const ended = once(service, "exit")
        service.kill("SIGTERM")
        await ended
      })
  ).pipe(Effect.flatMap((service) => Effect.promise(() => address(service))))
