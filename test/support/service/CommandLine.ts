import { Effect, Redacted } from "effect"
import { execFile } from "node:child_process"

/** Runs `fairground` with these arguments, to its end, with no terminal. */
export const fairground = (url: Redacted.Redacted<string>, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number; readonly stdout: string; readonly stderr: string }>((resume) => {
    execFile(
      process.execPath,
      ["src/main.ts", ...args],
      { env: { ...process.env, NO_COLOR: "1", DATABASE_DEADLINE: "2 seconds", DATABASE_URL: Redacted.value(url) } },
      (error, stdout, stderr) =>
        resume(
          Effect.succeed({
            code: error === null ? 0 : typeof error.code === "number" ? error.code : -1,
            stdout,
            stderr
          })
        )
    )
  })
