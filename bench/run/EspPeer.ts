import { Effect, type Scope } from "effect"
import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Behaviour, Command, Said } from "../peers/esp.ts"
import { attempt, BenchError } from "./BenchError.ts"
import * as Child from "./Child.ts"

const program = fileURLToPath(new URL("../peers/esp.ts", import.meta.url))

/** An ESP for measurements in a process of its own. */
export interface EspPeer {
  readonly url: string
  readonly behave: (as: Behaviour) => Effect.Effect<void, BenchError>
  /** How many contacts it has created, and how many calls it has received. */
  readonly count: Effect.Effect<{ readonly created: number; readonly asked: number }, BenchError>
}

const next = (child: ChildProcess) =>
  new Promise<Said>((resolve, reject) => {
    const onExit = () => reject(new Error("it has ended"))
    child.once("exit", onExit)
    child.once("message", (said: Said) => {
      child.off("exit", onExit)
      resolve(said)
    })
  })

const unfit = new BenchError({ message: "The ESP said something else than it was asked." })

/** Starts an ESP that answers after `latencyMs`. It runs until the scope closes. */
export const start = Effect.fnUntraced(function* (
  latencyMs: number
): Effect.fn.Return<EspPeer, BenchError, Scope.Scope> {
  const child = yield* Child.start([program], { ipc: true, env: { LATENCY_MS: String(latencyMs) } })
  const hear = attempt("The ESP failed", () => next(child))
  const ask = (command: Command) =>
    attempt("The ESP failed", () => {
      const said = next(child)
      child.send(command)
      return said
    })
  const listening = yield* hear
  if (listening.type !== "listening") return yield* unfit
  return {
    url: `http://127.0.0.1:${listening.port}`,
    behave: (as) => Effect.asVoid(ask({ type: "behave", as })),
    count: Effect.flatMap(ask({ type: "count" }), (said) =>
      said.type === "counted" ? Effect.succeed(said) : Effect.fail(unfit)
    )
  }
})
