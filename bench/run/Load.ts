import { Effect, type Scope } from "effect"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Figures, Note, Order } from "../load/Order.ts"
import { attempt, BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"
import type { Cluster } from "./Cluster.ts"
import * as Cpu from "./Cpu.ts"

const program = fileURLToPath(new URL("../load/Generator.ts", import.meta.url))

/** CPU time in milliseconds per play, by process. */
export interface CpuPerPlay {
  readonly service: number
  readonly database: number
  readonly generator: number
  /** CPU use of all processes together, in cores: 2 means that both cores are fully used. */
  readonly cores: number
}

export interface Measured extends Figures {
  readonly cpu: CpuPerPlay
}

export interface Target {
  /** The pid of the service, if one stands between the load and the database. */
  readonly pid?: number
  /** The URL of the database that stores the plays. */
  readonly url: string
}

export interface Load {
  /** Carries out an order, and checks that the database holds exactly the plays that were answered. */
  readonly measure: (target: Target, order: Order) => Effect.Effect<Measured, BenchError>
}

const ask = (child: ChildProcess, order: Order, onNote: (note: Note) => void) =>
  new Promise<Figures>((resolve, reject) => {
    const done = () => {
      child.off("message", onMessage)
      child.off("exit", onExit)
    }
    const onExit = () => {
      done()
      reject(new Error("the load generator has ended"))
    }
    const onMessage = (note: Note) => {
      if (note.type === "figures") {
        done()
        resolve(note.figures)
      } else if (note.type === "failed") {
        done()
        reject(new Error(note.message))
      } else onNote(note)
    }
    child.on("message", onMessage)
    child.on("exit", onExit)
    child.send(order)
  })

/** Starts the load generator in a process of its own. */
export const start = Effect.fnUntraced(function* (cluster: Cluster): Effect.fn.Return<Load, BenchError, Scope.Scope> {
  const child = yield* Child.start([program], { ipc: true })

  const count = (url: string) =>
    Effect.map(
      cluster.query<{ plays: number }>(url, "select count(*)::float8 as plays from play"),
      (rows) => rows[0]?.plays ?? 0
    )

  const measure = Effect.fnUntraced(function* (target: Target, order: Order) {
    const before = yield* count(target.url)
    // Writes dirty pages of the previous contender, so that they do not slow down this one.
    yield* cluster.query(target.url, "checkpoint")
    const read = () => ({
      at: performance.now(),
      service: target.pid === undefined ? 0 : Cpu.ofProcess(target.pid),
      database: Cpu.ofFamily(cluster.pid)
    })
    let first = read()
    let last = first
    const figures = yield* attempt("The load failed", () =>
      ask(child, order, (note) => {
        if (note.type === "measuring") first = read()
        else last = read()
      })
    )
    const stored = (yield* count(target.url)) - before
    if (stored !== figures.answered) {
      return yield* new BenchError({ message: `${figures.answered} plays were answered and ${stored} are stored.` })
    }
    const service = last.service - first.service
    const database = last.database - first.database
    return {
      ...figures,
      cpu: {
        service: service / figures.plays,
        database: database / figures.plays,
        generator: figures.cpuMs / figures.plays,
        cores: (service + database + figures.cpuMs) / (last.at - first.at)
      }
    }
  })
  return { measure }
})
