import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Owner from "../../../../src/platform/postgres/embedded/EmbeddedOwner.ts"
import { deadPid, makeDirectory, program, smallDisk, zombie } from "./EmbeddedSupport.ts"

const lockIn = (dataDir: string) => join(dataDir, "owner.lock")

const holder = (pid: number, started: string | null) => JSON.stringify({ id: "0123456789abcdef", pid, started })

const pidIn = (dataDir: string) => JSON.parse(readFileSync(lockIn(dataDir), "utf8")).pid

describe("EmbeddedOwner", () => {
  it.live("refuses while a live process holds the directory, and says who, where and what to do", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Owner.acquire(dataDir)
      const error = yield* Effect.flip(Owner.acquire(dataDir))
      assert.strictEqual(error.reason, "InUse")
      for (const part of [`Process ${process.pid}`, dataDir, "Stop", "DATA_DIR", "DATABASE_URL"]) {
        assert.include(error.message, part)
      }
      assert.strictEqual(Owner.owner(dataDir), process.pid)
    })
  )

  it.live("gives the directory free when the scope closes", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const scope = yield* Scope.make()
      yield* Scope.provide(Owner.acquire(dataDir), scope)
      yield* Scope.close(scope, Exit.void)
      assert.isFalse(existsSync(lockIn(dataDir)))
      yield* Owner.acquire(dataDir)
      assert.deepStrictEqual(readdirSync(dataDir), ["owner.lock"], "nothing else is left lying about")
    })
  )

  it.live("takes over from a process that has ended", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      writeFileSync(lockIn(dataDir), holder(yield* deadPid, null))
      yield* Owner.acquire(dataDir)
      assert.strictEqual(pidIn(dataDir), process.pid)
    })
  )

  it.live("takes over from a process whose pid another process has by now", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      writeFileSync(lockIn(dataDir), holder(process.ppid, "another boot:17"))
      assert.isUndefined(Owner.owner(dataDir))
      yield* Owner.acquire(dataDir)
      assert.strictEqual(pidIn(dataDir), process.pid)
    })
  )

  it.live("takes over from a zombie", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      writeFileSync(lockIn(dataDir), holder(yield* zombie(), null))
      yield* Owner.acquire(dataDir)
      assert.strictEqual(pidIn(dataDir), process.pid)
    })
  )

  it.live("takes over a lock that is no lock, and one whose taker was killed half-way", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const dead = yield* deadPid
      writeFileSync(lockIn(dataDir), holder(dead, null))
      writeFileSync(
        `${lockIn(dataDir)}.0123456789abcdef`,
        JSON.stringify({ id: "fedcba9876543210", pid: dead, started: null })
      )
      const scope = yield* Scope.make()
      yield* Scope.provide(Owner.acquire(dataDir), scope)
      assert.deepStrictEqual(readdirSync(dataDir), ["owner.lock"])
      yield* Scope.close(scope, Exit.void)
      writeFileSync(lockIn(dataDir), "{")
      yield* Owner.acquire(dataDir)
      assert.strictEqual(pidIn(dataDir), process.pid)
    })
  )

  it.live("leaves no draft on a full disk, and removes those that others have left", (context) =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const disk = yield* smallDisk(dataDir, "64k")
      if (disk === undefined) return context.skip("this system lets nobody mount a small disk")
      const filler = join(dataDir, "filler")
      assert.throws(() => writeFileSync(filler, Buffer.alloc(1024 * 1024)), /ENOSPC/)
      const error = yield* Effect.flip(Owner.acquire(dataDir))
      assert.strictEqual(error.reason, "DataDirUnusable")
      assert.include(error.message, "the disk is full")
      assert.deepStrictEqual(readdirSync(dataDir), ["filler"])

      rmSync(filler)
      const [left, fresh] = ["0123456789abcdef", "fedcba9876543210"].map((id) => `owner.lock.${id}.draft`)
      for (const name of [left!, fresh!]) writeFileSync(join(dataDir, name), "")
      utimesSync(join(dataDir, left!), 0, 0)
      yield* Owner.acquire(dataDir)
      assert.sameMembers(readdirSync(dataDir), ["owner.lock", fresh!])
    })
  )

  it.live("has exactly one winner among processes that start in the same instant, with and without a dead lock", () =>
    Effect.gen(function* () {
      const dead = yield* deadPid
      const root = yield* makeDirectory()
      const contenders = yield* Effect.all(Array.from({ length: 6 }, () => program("EmbeddedContender.ts", [])))
      for (let round = 0; round < 40; round++) {
        const dataDir = join(root, String(round))
        mkdirSync(dataDir)
        if (round % 2 === 0) writeFileSync(lockIn(dataDir), holder(dead, null))
        for (const { child } of contenders) child.stdin?.write(`${dataDir}\n`)
        const answers = yield* Effect.forEach(contenders, ({ next }) => next, { concurrency: "unbounded" })
        assert.lengthOf(answers, 6)
        assert.lengthOf(
          answers.filter(({ won }) => won === true),
          1,
          dataDir
        )
      }
    })
  )
})
