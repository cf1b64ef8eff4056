import * as Closed from "./Closed.ts"
import * as Direct from "./Direct.ts"
import * as Fetches from "./Fetches.ts"
import * as Mixed from "./Mixed.ts"
import * as Open from "./Open.ts"
import * as Reads from "./Reads.ts"
import * as Storm from "./Storm.ts"
import type { Figures, Note, Order } from "./Order.ts"

/** The load generator's process. Carries out one order after another, which it receives over the IPC channel. */

const tell = (note: Note) => void process.send?.(note)

const run = (order: Order): Promise<Figures> => {
  switch (order.type) {
    case "closed":
      return Closed.run(order, tell)
    case "open":
      return Open.run(order, tell)
    case "direct":
      return Direct.run(order, tell)
    case "mixed":
      return Mixed.run(order, tell)
    case "read":
      return Reads.run(order, tell)
    case "fetch":
      return Fetches.run(order, tell)
    case "storm":
      return Storm.run(order, tell)
  }
}

process.on("message", (order: Order) => {
  run(order).then(
    (figures) => tell({ type: "figures", figures }),
    (error: unknown) => tell({ type: "failed", message: error instanceof Error ? error.message : String(error) })
  )
})
// The process that reads the reports is gone.
process.on("disconnect", () => process.exit(0))
// The parent decides when this process ends, so that Ctrl-C in a terminal does not look like a failure of the load.
process.on("SIGINT", () => {})
