import { Effect } from "effect"
import type { Mode } from "../../test/support/esp/FaultProxy.ts"
import type { Seeded } from "../random/Seeded.ts"
import type { Fault } from "./Fault.ts"

/** A replica's connection to the database fails in this way for some seconds. */
const network = (name: string, mode: (random: Seeded) => Mode): Fault => ({
  name,
  needs: "any",
  inflict: ({ arena, random, replica, trouble }) => {
    const proxy = arena.replicas[replica]?.proxy
    const inflicted = mode(random)
    const millis = random.pick([300, 1500, 4000, 10_000])
    if (proxy === undefined) return Effect.void
    trouble({ replica, of: "database" })
    return Effect.andThen(proxy.set(inflicted), Effect.andThen(Effect.sleep(millis), proxy.set("pass")))
  }
})

export const networkFaults: ReadonlyArray<Fault> = [
  network("connections cut at a request", () => ({ _tag: "reset" })),
  network("connections cut at an answer", () => ({ _tag: "reset-answer" })),
  network("connections refused", () => ({ _tag: "refuse" })),
  network("connections into a black hole", () => ({ _tag: "black-hole" })),
  network("connections slow", (random) => ({
    _tag: "latency",
    request: random.pick([0, 20, 300]),
    answer: random.pick([20, 300, 1200])
  }))
]
