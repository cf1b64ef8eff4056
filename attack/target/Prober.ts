import { Effect } from "effect"
import { Agent, get } from "node:http"
import type { Lateness } from "./Lateness.ts"
import type { Replica } from "./Replica.ts"
import { memoryOf, workedFor } from "./Stat.ts"

/** How long a replica did not answer, in milliseconds. */
export interface Probe {
  readonly replica: number
  /** Wall-clock time. */
  readonly wallMillis: number
  /** CPU time of its event loop in this period; NaN if the system does not tell. */
  readonly workedMillis: number
  /** How late the attacker itself was woken in this period. */
  readonly lateMillis: number
}

/** A sample of a replica's memory, in MB (10^6 bytes). */
export interface Sample {
  readonly replica: number
  readonly pid: number
  readonly at: number
  readonly megabytes: number
}

const everyMillis = 100
const patienceMillis = 20_000

const ask = (port: number, agent: Agent) =>
  new Promise<boolean>((resolve) => {
    const request = get(
      { port, host: "127.0.0.1", path: "/health/live", agent, timeout: patienceMillis },
      (response) => {
        response.resume()
        response.on("end", () => resolve(response.statusCode === 200))
        response.on("error", () => resolve(false))
      }
    )
    request.on("timeout", () => {
      request.destroy()
      resolve(true)
    })
    request.on("error", () => resolve(false))
  })

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

/**
 * Requests `/health/live` from each healthy replica, over and over until the scope closes, and reports how long each answer
 * took. A missing answer counts as 20 s. Samples memory once per second.
 */
export const probe = (
  replicas: ReadonlyArray<Replica>,
  late: Lateness,
  onProbe: (probe: Probe) => void,
  onSample: (sample: Sample) => void
) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      let isOver = false
      const agent = new Agent({ keepAlive: true, maxSockets: 8 })
      const follow = async (replica: Replica) => {
        let sampled = 0
        while (!isOver) {
          const before = replica.serving()
          const since = performance.now()
          if (before !== undefined) {
            const worked = workedFor(before.pid)
            const isAnswered = await ask(replica.port, agent)
            const wallMillis = performance.now() - since
            const after = replica.serving()
            if (isAnswered && after?.epoch === before.epoch) {
              onProbe({
                replica: replica.index,
                wallMillis,
                workedMillis: workedFor(before.pid) - worked,
                lateMillis: late.since(since)
              })
              if (since - sampled > 1000) {
                sampled = since
                onSample({ replica: replica.index, pid: before.pid, at: since, megabytes: memoryOf(before.pid) })
              }
            }
          }
          await pause(everyMillis)
        }
      }
      const done = Promise.all(replicas.map(follow))
      return async () => {
        isOver = true
        agent.destroy()
        await done
      }
    }),
    (stop) => Effect.promise(stop)
  )
