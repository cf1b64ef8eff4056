import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"

/** Runs `fairground` with nobody to read what it says. */
const unread = (...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly stderr: string }>((resume) => {
    const child = spawn(process.execPath, ["src/main.ts", ...args], { stdio: ["ignore", "pipe", "pipe"] })
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.stdout.destroy()
    child.on("close", (code) => resume(Effect.succeed({ code, stderr })))
  })

describe("a pipe that is closed early", () => {
  it.live(
    "is no failure",
    () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* unread("openapi"), { code: 0, stderr: "" })
      }),
    30_000
  )
})
