import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { spawn } from "node:child_process"
import { closeSync, existsSync, openSync } from "node:fs"

/** Prints a line over and over, as the whole program would. */
const talker = `
  import { NodeRuntime } from "@effect/platform-node"
  import { Console, Effect } from "effect"
  import * as Exits from "./src/platform/cli/Exits.ts"
  Console.log("a contact").pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.forever, Exits.explain, Exits.withReader,
    NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown }))`

/** A service that logs two lines and ends. */
const logger = `
  import { NodeRuntime } from "@effect/platform-node"
  import { Console, Effect } from "effect"
  import * as Exits from "./src/platform/cli/Exits.ts"
  Console.log("one").pipe(Effect.andThen(Effect.sleep("1 millis")), Effect.andThen(Console.log("two")), Exits.withLogOnly,
    Exits.explain, Exits.withReader, NodeRuntime.runMain({ disableErrorReporting: true, teardown: Exits.teardown }))`

/** Runs a process to its end, with a pipe or a file as its standard output. */
const ended = (stdout: "pipe" | number, ...args: ReadonlyArray<string>) =>
  Effect.callback<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>((resume) => {
    const said = { stdout: "", stderr: "" }
    const env = { ...process.env, NO_COLOR: "1" }
    const child = spawn(process.execPath, args, { env, stdio: ["ignore", stdout, "pipe"] })
    for (const name of ["stdout", "stderr"] as const) {
      child[name]?.setEncoding("utf8").on("data", (text: string) => {
        said[name] += text
      })
    }
    child.on("close", (code) => resume(Effect.succeed({ code, ...said })))
  })

const fullDisk = Effect.acquireRelease(
  Effect.sync(() => openSync("/dev/full", "w")),
  (file) => Effect.sync(() => closeSync(file))
)

/** Runs a process, and reads only the first piece of its output. */
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

describe.skipIf(!existsSync("/dev/full"))("a full disk behind standard output", () => {
  const full = "Standard output cannot be written: the disk is full."

  it.live(
    "is one line and a failure of a command",
    () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* ended(yield* fullDisk, "src/main.ts", "openapi")
        assert.deepStrictEqual([code, stderr], [1, `${full}\n`])
      }),
    120_000
  )

  it.live(
    "does not end a service, which loses but its log",
    () =>
      Effect.gen(function* () {
        const { code, stderr } = yield* ended(yield* fullDisk, "--input-type=module", "--eval", logger)
        assert.deepStrictEqual([code, stderr], [0, `${full} The service goes on without it.\n`])
      }),
    120_000
  )
})

describe("help", () => {
  it.live(
    "goes to standard output where it is asked for, and to standard error where it answers a mistake",
    () =>
      Effect.gen(function* () {
        const fairground = (...args: ReadonlyArray<string>) => ended("pipe", "src/main.ts", ...args)
        const asked = yield* fairground("contacts", "--help")
        assert.deepStrictEqual([asked.code, asked.stderr], [0, ""])
        assert.include(asked.stdout, "SUBCOMMANDS")
        const [misspelt, half] = yield* Effect.all([fairground("contcts"), fairground("contacts")])
        assert.deepStrictEqual([misspelt.code, misspelt.stdout], [1, ""])
        assert.include(misspelt.stderr, 'Unknown subcommand "contcts"')
        assert.include(misspelt.stderr, "SUBCOMMANDS")
        assert.strictEqual(half.stdout, "")
        assert.include(half.stderr, "SUBCOMMANDS")
      }),
    120_000
  )
})
