import { performance } from "node:perf_hooks"
import { pace } from "./Closed.ts"
import * as Meter from "./Meter.ts"
import type { Figures, Note, ReadOrder } from "./Order.ts"
import * as Wire from "./Wire.ts"

/** Closed loop of one request that stores nothing: each connection sends it again when it is answered. */
export const run = async (order: ReadOrder, tell: (note: Note) => void): Promise<Figures> => {
  const meter = Meter.make(order.measureMs)
  const failed = Promise.withResolvers<never>()
  const fail = (message: string) => failed.reject(new Error(message))
  const wires = await Promise.race([
    Promise.all(Array.from({ length: order.connections }, () => Wire.open(order.port, fail))),
    failed.promise
  ])
  const headers = Object.entries({ Host: "localhost", ...order.headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`
  )
  const request = `GET ${order.path} HTTP/1.1\r\n${headers.join("")}\r\n`
  let stopping = false
  const loop = (wire: Wire.Wire) =>
    new Promise<void>((resolve) => {
      const ask = () => {
        if (stopping) return resolve()
        const since = performance.now()
        wire.send(request, (status, body) => {
          if (status !== 200) return fail(`status ${status}: ${body}`)
          if (!body.includes(order.holds)) return fail(`an answer without ${order.holds}: ${body}`)
          meter.answer(since, false)
          ask()
        })
      }
      ask()
    })
  try {
    const loops = Promise.all(wires.map(loop))
    await Promise.race([pace(order, meter, tell), failed.promise])
    stopping = true
    await Promise.race([loops, failed.promise])
  } finally {
    for (const wire of wires) wire.close()
  }
  // No play was recorded.
  return { ...meter.figures(), answered: 0 }
}
