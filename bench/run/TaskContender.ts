import { Effect, type Scope } from "effect"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import manifest from "../../package.json" with { type: "json" }
import type { Command, Said } from "../tasks/Wire.ts"
import { attempt, BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"

export const names = { fairground: "Fairground", pgboss: "pg-boss" }
export type Kind = keyof typeof names
export const kinds: ReadonlyArray<Kind> = ["fairground", "pgboss"]

/** How many tasks a replica runs at once. */
export const workers = 32
/** Seconds without a heartbeat after which a replica's tasks are taken over. The least that pg-boss allows, used for both. */
export const leaseSeconds = 10

/** A replica in a process of its own. */
export interface Replica {
  readonly pid: number
  readonly ask: (command: Command) => Effect.Effect<Said, BenchError>
  readonly kill: Effect.Effect<void>
}

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

const programs: Record<Kind, { readonly args: ReadonlyArray<string>; readonly options: Child.Options }> = {
  fairground: {
    args: [fileOf("../tasks/fairground.ts")],
    options: {
      // The flags of the package's own script.
      nodeFlags: manifest.scripts.fairground.split(" ").filter((word) => word.startsWith("--")),
      env: { HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "warn", TASK_LEASE: `${leaseSeconds} seconds` }
    }
  },
  pgboss: { args: [fileOf("../peers/pgboss.ts")], options: { env: { NODE_ENV: "production" } } }
}

const next = (child: ChildProcess) =>
  new Promise<Said>((resolve, reject) => {
    const off = () => {
      child.off("exit", onExit)
      child.off("message", onMessage)
    }
    const onExit = () => {
      off()
      reject(new Error("it has ended"))
    }
    const onMessage = (said: Said) => {
      off()
      if (said.type === "failed") reject(new Error(said.message))
      else resolve(said)
    }
    child.once("exit", onExit)
    child.once("message", onMessage)
  })

/** Starts a replica on an existing database. It runs until the scope closes. */
export const start = Effect.fnUntraced(function* (
  kind: Kind,
  url: string,
  has: "workers" | "api"
): Effect.fn.Return<Replica, BenchError, Scope.Scope> {
  const { args, options } = programs[kind]
  const child = yield* Child.start(args, {
    ...options,
    ipc: true,
    env: { ...options.env, DATABASE_URL: url, WORKERS: String(has === "workers" ? workers : 0) }
  })
  const what = `A replica of ${names[kind]}`
  yield* attempt(what, () => next(child))
  if (child.pid === undefined) return yield* new BenchError({ message: `${what} did not start.` })
  return {
    pid: child.pid,
    ask: (command) =>
      attempt(what, () => {
        const said = next(child)
        child.send(command)
        return said
      }),
    kill: Effect.sync(() => void child.kill("SIGKILL"))
  }
})
