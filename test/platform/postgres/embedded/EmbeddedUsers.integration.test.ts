import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync
} from "node:fs"
import { join } from "node:path"
import {
  copyWithoutSymlinks,
  deadPid,
  isPublic,
  isRoot,
  makeDirectory,
  nobody,
  program,
  query,
  smallDisk,
  start
} from "./EmbeddedSupport.ts"

// Only root can switch users, and other users must be able to reach the checkout.
const asOthers = it.live.skipIf(!isRoot || !isPublic)
const asRoot = it.live.skipIf(!isRoot)

const run = (uid: number, options: { readonly dataDir: string; readonly native?: string }) =>
  Effect.gen(function* () {
    const args = { initdbArgs: ["--no-sync"], settings: { fsync: "off" }, ...options }
    const { child, exited, next } = yield* program("EmbeddedProgram.ts", [JSON.stringify(args)], { uid })
    // The support module would kill the program and leave the server behind.
    yield* Effect.addFinalizer(() =>
      Effect.andThen(
        Effect.sync(() => child.kill("SIGTERM")),
        exited
      )
    )
    return yield* next
  })

const uidOf = (pid: unknown) => Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${String(pid)}/status`, "utf8"))?.[1])

describe("who runs it", () => {
  asOthers("a plain user runs it as themselves", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory({ uid: nobody })
      const running = yield* run(nobody, { dataDir })
      assert.strictEqual(uidOf(running["pid"]), nobody)
      assert.lengthOf(yield* query(String(running["url"]), "select 1"), 1)
    })
  )

  asRoot("root lends it another user, also below a directory that only root may enter", () =>
    Effect.gen(function* () {
      const door = yield* makeDirectory({ mode: 0o700 })
      const dataDir = join(door, "checkout", ".data")
      const scope = yield* Scope.make()
      const first = yield* Scope.provide(start(dataDir), scope)
      assert.notStrictEqual(uidOf(first.pid), 0)
      yield* query(first.url, "create table kept as select 42 as answer")
      process.kill(first.pid, "SIGKILL")
      yield* Scope.close(scope, Exit.void)
      const second = yield* start(dataDir)
      assert.deepStrictEqual(yield* query(second.url, "select answer from kept"), [{ answer: 42 }])
      assert.strictEqual(statSync(door).mode & 0o777, 0o700, "the door stays closed")
    })
  )

  asRoot("root makes directories that the other user can pass, whatever the umask", () =>
    Effect.gen(function* () {
      const dataDir = join(yield* makeDirectory(), "outer", "inner")
      const before = process.umask(0o077)
      yield* Effect.ensuring(
        start(dataDir),
        Effect.sync(() => process.umask(before))
      )
      assert.strictEqual(statSync(dataDir).mode & 0o777, 0o755)
      assert.strictEqual(statSync(join(dataDir, "..")).mode & 0o777, 0o755)
    })
  )

  asOthers("a user id that the system does not know is told so", () =>
    Effect.gen(function* () {
      const answer = yield* run(54_321, { dataDir: yield* makeDirectory({ uid: 54_321 }) })
      assert.strictEqual(answer["reason"], "NoUser")
      assert.include(String(answer["message"]), "54321")
      assert.include(String(answer["message"]), "DATABASE_URL")
    })
  )

  asOthers("a plain user is told that the data belongs to somebody else", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      yield* Effect.scoped(start(dataDir))
      chmodSync(dataDir, 0o777)
      const answer = yield* run(65_533, { dataDir }).pipe(Effect.map((unknown) => unknown["reason"]))
      assert.strictEqual(answer, "NoUser")
      const other = yield* run(nobody === statSync(join(dataDir, "postgres")).uid ? 1 : nobody, { dataDir })
      assert.strictEqual(other["reason"], "DataDirUnusable")
      assert.include(String(other["message"]), "belongs to user id")
    })
  )
})

describe("where the programs are", () => {
  it.live("without the symlinks of npm's install script, they are put back", () =>
    Effect.gen(function* () {
      const place = yield* makeDirectory()
      const native = yield* copyWithoutSymlinks(place)
      const { url } = yield* start(join(place, "data"), { native })
      assert.lengthOf(yield* query(url, "select 1"), 1)
      assert.isTrue(lstatSync(join(native, "lib", "libicuuc.so.60")).isSymbolicLink())
    })
  )

  asOthers("without the symlinks and without the right to make them, a copy is made in the data directory", () =>
    Effect.gen(function* () {
      const native = yield* copyWithoutSymlinks(yield* makeDirectory())
      const dataDir = yield* makeDirectory({ uid: nobody })
      // Left behind by a process that was killed while copying.
      const left = join(dataDir, `postgres-programs-0.${yield* deadPid}.draft`)
      writeFileSync(left, "")
      const running = yield* run(nobody, { dataDir, native })
      assert.isFalse(existsSync(left))
      assert.lengthOf(yield* query(String(running["url"]), "select 1"), 1)
      assert.isFalse(existsSync(join(native, "lib", "libicuuc.so.60")))
      assert.isTrue(existsSync(join(dataDir, "postgres-programs-0", "native", "bin", "postgres")))
    })
  )

  asRoot("below a directory that only root may enter, a copy is made where the other user can run it", () =>
    Effect.gen(function* () {
      const native = yield* copyWithoutSymlinks(yield* makeDirectory({ mode: 0o700 }))
      const dataDir = yield* makeDirectory()
      const { pid, url } = yield* start(dataDir, { native })
      assert.lengthOf(yield* query(url, "select 1"), 1)
      assert.include(readFileSync(`/proc/${pid}/cmdline`, "utf8"), join(dataDir, "postgres-programs-0"))
    })
  )

  it.live("programs that do not run are named with what they said", () =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const native = join(dataDir, "native")
      mkdirSync(join(native, "bin"), { recursive: true })
      writeFileSync(join(native, "bin", "initdb"), "#!/bin/sh\necho broken beyond repair\nexit 1\n", { mode: 0o755 })
      const error = yield* Effect.flip(Effect.scoped(start(dataDir, { native })))
      assert.strictEqual(error.reason, "BinariesUnusable")
      assert.include(error.message, "broken beyond repair")
      assert.include(error.message, "DATABASE_URL")
    })
  )
})

describe("a data directory that cannot be used", () => {
  it.live("below a file", () =>
    Effect.gen(function* () {
      const file = join(yield* makeDirectory(), "file")
      writeFileSync(file, "")
      const error = yield* Effect.flip(Effect.scoped(start(join(file, "data"))))
      assert.strictEqual(error.reason, "DataDirUnusable")
      assert.include(error.message, "is a file, not a directory")
    })
  )

  it.live.skipIf(process.platform !== "linux")("where the system makes no directories", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(start("/proc/nowhere/data")))
      assert.strictEqual(error.reason, "DataDirUnusable")
      assert.include(error.message, "/proc/nowhere")
    })
  )

  asOthers("without permission", () =>
    Effect.gen(function* () {
      const answer = yield* run(nobody, { dataDir: join(yield* makeDirectory(), "data") })
      assert.strictEqual(answer["reason"], "DataDirUnusable")
      assert.include(String(answer["message"]), "no permission")
      assert.include(String(answer["message"]), "DATA_DIR")
    })
  )

  asRoot("on a full disk; the start works once there is room", (context) =>
    Effect.gen(function* () {
      const dataDir = yield* makeDirectory()
      const disk = yield* smallDisk(dataDir, "16m")
      if (disk === undefined) return context.skip("this system lets nobody mount a small disk")
      const error = yield* Effect.flip(Effect.scoped(start(dataDir)))
      assert.strictEqual(error.reason, "DataDirUnusable")
      assert.include(error.message, "full")
      assert.deepStrictEqual(readdirSync(dataDir), [], "nothing is left of the attempt")
      disk.resize("256m")
      const { url } = yield* start(dataDir)
      assert.lengthOf(yield* query(url, "select 1"), 1)
    })
  )
})
