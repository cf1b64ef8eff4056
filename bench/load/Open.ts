import { performance } from "node:perf_hooks"
import { pace } from "./Closed.ts"
import * as Meter from "./Meter.ts"
import type { Figures, Note, OpenOrder } from "./Order.ts"
import { addresses, fault, requestFor } from "./Players.ts"
import * as Wire from "./Wire.ts"

/**
 * Open loop: plays are sent at planned times, even if earlier ones are unanswered, and their times count from the planned
 * ones. So a stalled service cannot reduce its own load. Node's timers fire up to a millisecond late, which affects all
 * services alike.
 */
export const run = async (order: OpenOrder, tell: (note: Note) => void): Promise<Figures> => {
  const meter = Meter.make(order.measureMs)
  const next = addresses(order.players, order.seed)
  const failed = Promise.withResolvers<never>()
  const fail = (message: string) => failed.reject(new Error(message))
  const wires = await Promise.race([
    Promise.all(Array.from({ length: order.connections }, () => Wire.open(order.port, fail))),
    failed.promise
  ])
  const idle = [...wires]
  const underWay = new Set<number>()
  const begun = performance.now()
  let sent = 0
  let stopping = false
  const drained = Promise.withResolvers<void>()

  const plannedFor = (index: number) => begun + (index * 1000) / order.rate

  const pump = () => {
    if (stopping) return
    const now = performance.now()
    while (plannedFor(sent) <= now) {
      // In turns: a service may close a connection on which nothing has come for a while.
      const wire = idle.shift()
      // All connections are busy: the next answer triggers another attempt, and the planned time stays.
      if (wire === undefined) return
      const since = plannedFor(sent++)
      underWay.add(since)
      wire.send(requestFor(next()), (status, body) => {
        if (status !== 201) return fail(`status ${status}: ${body}`)
        const { unknown, wrong } = fault(order.players, body)
        if (wrong !== undefined) return fail(`an answer that cannot be: ${wrong}`)
        underWay.delete(since)
        meter.answer(since, unknown)
        idle.push(wire)
        if (stopping && underWay.size === 0) drained.resolve()
        pump()
      })
    }
  }
  const timer = setInterval(pump, 1)
  try {
    await Promise.race([pace(order, meter, tell), failed.promise])
    stopping = true
    const ended = performance.now()
    for (const since of underWay) meter.leave(since)
    for (let index = sent; plannedFor(index) <= ended; index++) meter.leave(plannedFor(index))
    if (underWay.size === 0) drained.resolve()
    await Promise.race([drained.promise, failed.promise])
  } finally {
    clearInterval(timer)
    for (const wire of wires) wire.close()
  }
  return meter.figures()
}
