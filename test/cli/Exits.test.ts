import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"

/** Says a line again and again, as the whole program would. */
const talker = `
  import { NodeRuntime } from "@effect/platform-node"
  import { Console, Effect } from "effect"
  import * as Exits from "./src/cli/Exits.ts"
  Console.log("a contact").pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.forever, Exits.explain, Exits.withReader,
    NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown }))`

/** Runs a process and reads no more than the first piece of what it says. */
const halfRead = (...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly stderr: string }>((resume) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    child.stdout.once("data", () => child.stdout.destroy())
    child.on("close", (code) => resume(Effect.succeed({ code, stderr })))
  })

describe("a reader that goes early", () => {
  it.live(
    "is no failure",
    () =>
      Effect.gen(function* () {
        const inOrder = { code: 0, stderr: "" }
        assert.deepStrictEqual(yield* halfRead("--input-type=module", "--eval", talker), inOrder)
        assert.deepStrictEqual(yield* halfRead("src/main.ts", "openapi"), inOrder)
      }),
    120_000
  )
})
