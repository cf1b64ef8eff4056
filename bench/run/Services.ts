import { Effect, Schedule, type Scope } from "effect"
import { readFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { attempt, BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"
import type { Cluster } from "./Cluster.ts"

export const names = {
  fairground: "Fairground",
  // With the games of the demonstration.
  demo: "Fairground",
  ordinary: "Peer, a transaction a play",
  prepared: "The same, prepared",
  statement: "Peer, a statement a play",
  accounts: "Fastify with its plug-ins"
}
export type Kind = keyof typeof names

/** A running service with a database of its own. */
export interface Service {
  readonly kind: Kind
  readonly pid: number
  readonly port: number
  readonly url: string
}

export const freePort = attempt(
  "a free port",
  () =>
    new Promise<number>((resolve, reject) => {
      const server = createServer()
      server.once("error", reject)
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
)

const root = fileURLToPath(new URL("../..", import.meta.url))

interface Manifest {
  readonly scripts: { readonly fairground: string }
}

/** The flags of the package's own script: another checkout may have others. */
const flagsOf = (folder: string): ReadonlyArray<string> => {
  const { scripts } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest
  return scripts.fairground.split(" ").filter((word) => word.startsWith("--"))
}

const peer = fileURLToPath(new URL("../peers/serve.ts", import.meta.url))

const options: Child.Options = {
  nodeFlags: flagsOf(root),
  env: {
    // All load comes from one address, and a quarter of the plays in a busy second may be from one player.
    RATE_LIMIT_ADDRESS: "off",
    RATE_LIMIT_PAGES: "off",
    RATE_LIMIT_EMAIL: "off",
    RATE_LIMIT_SIGN_IN: "off",
    // The peers call the ESP within the request, however many new players there are. With the default of 64, Fairground
    // would leave some of 256 new players to its background.
    ESP_CONCURRENCY: "1024",
    LOG_LEVEL: "warn"
  }
}

const commands: Record<Kind, { readonly args: ReadonlyArray<string>; readonly options: Child.Options }> = {
  fairground: { args: ["src/main.ts", "serve"], options },
  demo: { args: ["src/main.ts", "demo"], options },
  ordinary: { args: [peer, "ordinary"], options: { env: { NODE_ENV: "production" } } },
  prepared: { args: [peer, "prepared"], options: { env: { NODE_ENV: "production" } } },
  statement: { args: [peer, "statement"], options: { env: { NODE_ENV: "production" } } },
  accounts: { args: [peer, "accounts"], options: { env: { NODE_ENV: "production" } } }
}

const ready = (port: number) =>
  attempt("No answer", async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/health/live`)
    await answer.arrayBuffer()
    if (!answer.ok) throw new Error(`status ${answer.status}`)
  }).pipe(Effect.retry(Schedule.spaced("50 millis")), Effect.timeoutOption("30 seconds"))

/** Starts a service on a new database and waits until it answers. It runs until the scope closes. */
export const start = Effect.fnUntraced(function* (
  cluster: Cluster,
  kind: Kind,
  players: number,
  database = `${kind}_${players}`,
  env: Readonly<Record<string, string>> = {}
): Effect.fn.Return<Service, BenchError, Scope.Scope> {
  const url = yield* cluster.database(database, players)
  return yield* startOn(kind, url, env)
})

/** The same on an existing database, with the files of `folder` if one is given. */
export const startOn = Effect.fnUntraced(function* (
  kind: Kind,
  url: string,
  env: Readonly<Record<string, string>> = {},
  folder?: string
): Effect.fn.Return<Service, BenchError, Scope.Scope> {
  const port = yield* freePort
  const { args, options } = commands[kind]
  const child = yield* Child.start(args, {
    ...options,
    ...(folder === undefined ? {} : { folder, nodeFlags: flagsOf(folder) }),
    env: { ...options.env, ...env, DATABASE_URL: url, HOST: "127.0.0.1", PORT: String(port) }
  })
  const answered = yield* ready(port)
  if (answered._tag === "None" || child.pid === undefined) {
    return yield* new BenchError({ message: `${names[kind]} did not start.` })
  }
  return { kind, pid: child.pid, port, url }
})
