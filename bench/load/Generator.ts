import * as Closed from "./Closed.ts"
import * as Direct from "./Direct.ts"
import * as Mixed from "./Mixed.ts"
import * as Open from "./Open.ts"
import type { Figures, Note, Order } from "./Order.ts"

/** The load generator's process: one order after the other, over the channel to the process that started it. */

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
  }
}

process.on("message", (order: Order) => {
  run(order).then(
    (figures) => tell({ type: "figures", figures }),
    (error: unknown) => tell({ type: "failed", message: error instanceof Error ? error.message : String(error) })
  )
})
// Nobody is left to report to.
process.on("disconnect", () => process.exit(0))
// The starter decides when this process ends, so that Ctrl-C at a terminal does not look like a failure of the load.
process.on("SIGINT", () => {})
