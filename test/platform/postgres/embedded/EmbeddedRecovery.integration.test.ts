import { assert, describe, it } from "@effect/vitest"
import { Effect, type Scope } from "effect"
import { readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { postgresProcessesIn } from "../../../../src/platform/postgres/embedded/EmbeddedProcess.ts"
import {
  deadPid,
  eventually,
  holds,
  isRunning,
  makeDirectory,
  program,
  query,
  spawned,
  start,
  zombie
} from "./EmbeddedSupport.ts"

const optionsFor = (dataDir: string) =>
  JSON.stringify({ dataDir, initdbArgs: ["--no-sync"], settings: { fsync: "off" } })

const killGroup = (pid: number | undefined, signal: NodeJS.Signals) => process.kill(-(pid ?? Number.NaN), signal)

describe("after a killed process", () => {
  it.live("its running server is stopped in order and replaced; what was committed is there", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const { child, exited, next } = yield* program("EmbeddedProgram.ts", [optionsFor(dataDir)])
      const left = yield* next
      yield* query(String(left["url"]), "create table kept as select 42 as answer")
      child.kill("SIGKILL")
      yield* exited
      assert.isTrue(isRunning(Number(left["pid"])), "the server outlives its supervisor")

      const running = yield* start(dataDir)
      assert.isTrue(running.adopted)
      assert.isFalse(isRunning(Number(left["pid"])))
      assert.strictEqual(running.port, left["port"])
      assert.deepStrictEqual(yield* query(running.url, "select answer from kept"), [{ answer: 42 }])
      assert.include(readFileSync(join(dataDir, "postgres.log"), "utf8"), "received fast shutdown request")
    })
  )

  it.live("a part of its server that hangs is ended before another server opens the same files", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const { child, exited, next } = yield* program("EmbeddedProgram.ts", [optionsFor(dataDir)])
      const left = yield* next
      const parts = postgresProcessesIn(join(dataDir, "postgres")).filter((pid) => pid !== left["pid"])
      const hanging = parts[0] ?? Number.NaN
      process.kill(hanging, "SIGSTOP")
      child.kill("SIGKILL")
      yield* exited
      process.kill(Number(left["pid"]), "SIGKILL")
      yield* eventually(holds("the server is gone", () => !isRunning(Number(left["pid"]))))
      assert.isTrue(isRunning(hanging))

      const running = yield* start(dataDir)
      assert.isFalse(isRunning(hanging))
      assert.lengthOf(yield* query(running.url, "select 1"), 1)
    })
  )

  it.live("a second process beside a living one is refused and does not disturb it", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const running = yield* start(dataDir)
      const { next } = yield* program("EmbeddedProgram.ts", [optionsFor(dataDir)])
      const answer = yield* next
      assert.strictEqual(answer["reason"], "InUse")
      assert.include(String(answer["message"]), `Process ${process.pid} `)
      assert.lengthOf(yield* query(running.url, "select 1"), 1)
    })
  )
})

describe("Ctrl-C", () => {
  it.live("reaches the process and not the server, which is stopped after the drain", () =>
    Effect.gen(function* () {
      const { child, exited, next } = yield* program("EmbeddedProgram.ts", [optionsFor(yield* makeDirectory())])
      const { pid } = yield* next
      killGroup(child.pid, "SIGINT")
      assert.deepStrictEqual(yield* next, { drained: "in time" })
      yield* exited
      assert.isFalse(isRunning(Number(pid)))
    })
  )

  it.live("during the first start leaves no server and no half-made cluster in the way", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const { child, exited } = yield* program("EmbeddedProgram.ts", [optionsFor(dataDir)])
      yield* eventually(
        holds("the first start is under way", () => {
          try {
            return readFileSync(join(dataDir, "owner.lock"), "utf8") !== ""
          } catch {
            return false
          }
        })
      )
      killGroup(child.pid, "SIGINT")
      yield* exited
      const running = yield* start(dataDir)
      assert.isFalse(running.adopted)
      assert.lengthOf(yield* query(running.url, "select 1"), 1)
    })
  )
})

describe("a stale postmaster.pid", () => {
  // The process runs as the server's user: PostgreSQL recognises that other users' processes are not its own.
  const recovers = (makePid: (uid: number) => Effect.Effect<number, unknown, Scope.Scope>) =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Effect.scoped(start(dataDir))
      const directory = join(dataDir, "postgres")
      const named = yield* makePid(statSync(directory).uid)
      writeFileSync(
        join(directory, "postmaster.pid"),
        `${named}\n${directory}\n1700000000\n5432\n\n127.0.0.1\n        0         0\nready   \n`
      )
      const running = yield* start(dataDir)
      assert.isFalse(running.adopted)
      assert.lengthOf(yield* query(running.url, "select 1"), 1)
      return named
    })

  it.live("of a process that has ended is no obstacle", () => recovers(() => deadPid))

  it.live("of a zombie is no obstacle", () => recovers(zombie))

  it.live("of a process that has nothing to do with the database is no obstacle, and that process lives on", () =>
    Effect.gen(function* () {
      const named = yield* recovers((uid) => spawned("sleep", ["600"], uid))
      assert.isTrue(isRunning(named))
    })
  )
})
