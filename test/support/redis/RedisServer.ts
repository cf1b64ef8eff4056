import { Effect, type Scope } from "effect"
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"

/** Whether `redis-server` is installed. */
export const installed = spawnSync("redis-server", ["--version"]).status === 0

/** A Redis server for a test, which can kill, freeze and restart it. */
export interface RedisServer {
  readonly url: string
  /** Kills it with SIGKILL. */
  readonly kill: Effect.Effect<void>
  /** Starts it again, empty, on the same port. */
  readonly restart: Effect.Effect<void>
  /** Connections stay open, but nothing answers. */
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

/** A TCP port that is currently free. */
export const freePort = Effect.callback<number>((resume) => {
  const server = createServer()
  server.listen(0, "127.0.0.1", () => {
    const address = server.address() as { readonly port: number }
    server.close(() => resume(Effect.succeed(address.port)))
  })
})

const launch = (port: number) =>
  Effect.callback<ChildProcess>((resume) => {
    const child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      {
        stdio: ["ignore", "pipe", "ignore"]
      }
    )
    let output = ""
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes("Ready to accept connections")) resume(Effect.succeed(child))
    })
    child.on("exit", (code) => resume(Effect.die(new Error(`redis-server ended with ${code}: ${output}`))))
  })

const stop = (child: ChildProcess) =>
  Effect.promise(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, "exit")
    child.kill("SIGKILL")
    await ended
  })

/** Starts a Redis server on a free port. It stops with the scope. */
export const start: Effect.Effect<RedisServer, never, Scope.Scope> = Effect.gen(function* () {
  const port = yield* freePort
  let child = yield* launch(port)
  yield* Effect.addFinalizer(() => stop(child))
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: Effect.suspend(() => stop(child)),
    restart: Effect.gen(function* () {
      yield* stop(child)
      child = yield* launch(port)
    }),
    freeze: Effect.sync(() => void child.kill("SIGSTOP")),
    thaw: Effect.sync(() => void child.kill("SIGCONT"))
  }
})
