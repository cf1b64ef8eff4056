import { performance } from "node:perf_hooks"
import * as Meter from "./Meter.ts"
import type { ClosedOrder, Figures, Note } from "./Order.ts"
import { addresses, fault, requestFor } from "./Players.ts"
import * as Wire from "./Wire.ts"

/** Waits for the warm-up and the measured time, and reports when the latter begins and ends. */
export const pace = async (
  order: { warmUpMs: number; measureMs: number },
  meter: Meter.Meter,
  tell: (note: Note) => void
) => {
  await sleep(order.warmUpMs)
  tell({ type: "measuring" })
  meter.begin()
  await sleep(order.measureMs)
  meter.end()
  tell({ type: "measured" })
}

export const sleep = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms))

/** Closed loop: every connection sends its next play when the previous one is answered. */
export const run = async (order: ClosedOrder, tell: (note: Note) => void): Promise<Figures> => {
  const meter = Meter.make(order.measureMs)
  const next = addresses(order.players, order.seed)
  let stopping = false
  const failed = Promise.withResolvers<never>()
  const fail = (message: string) => failed.reject(new Error(message))
  const wires = await Promise.race([
    Promise.all(Array.from({ length: order.connections }, () => Wire.open(order.port, fail))),
    failed.promise
  ])
  const loop = (wire: Wire.Wire) =>
    new Promise<void>((resolve) => {
      const play = () => {
        if (stopping) return resolve()
        const since = performance.now()
        wire.send(requestFor(next()), (status, body) => {
          if (status !== 201) return fail(`status ${status}: ${body}`)
          const { unknown, wrong } = fault(order.players, body)
          if (wrong !== undefined) return fail(`an answer that cannot be: ${wrong}`)
          meter.answer(since, unknown)
          play()
        })
      }
      play()
    })
  try {
    const loops = Promise.all(wires.map(loop))
    await Promise.race([pace(order, meter, tell), failed.promise])
    stopping = true
    // Waits for requests in flight, so that every answered play is counted and every recorded play is answered.
    await Promise.race([loops, failed.promise])
  } finally {
    for (const wire of wires) wire.close()
  }
  return meter.figures()
}
