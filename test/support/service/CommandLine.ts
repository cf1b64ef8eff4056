import { Effect, Redacted } from "effect"
import { execFile } from "node:child_process"

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const run = (url: Redacted.Redacted<string>, args: ReadonlyArray<string>, interruptAt?: string): Effect.Effect<Ended> =>
  Effect.callback((resume) => {
    const child = execFile(
      process.execPath,
      ["src/main.ts", ...args],
      // The contract alone is longer than the megabyte that is taken by default.
      { env: { ...process.env, NO_COLOR: "1", DATABASE_URL: Redacted.value(url) }, maxBuffer: 64 * 1024 ** 2 },
      (error, stdout, stderr) =>
        resume(
          Effect.succeed({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
            stdout,
            stderr
          })
        )
    )
    let said = ""
    child.stdout?.on("data", (text: string) => {
      said += text
      if (interruptAt !== undefined && said.includes(interruptAt)) child.kill("SIGINT")
    })
  })

/** Runs `fairground` with these arguments to its end, without a terminal. */
export const fairground = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) => run(url, args)

/** Runs it and interrupts it as Ctrl-C does, once it has printed `text`. */
export const interruptedAt = (text: string, url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) =>
  run(url, args, text)
