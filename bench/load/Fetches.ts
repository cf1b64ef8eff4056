import { connect, type Socket } from "node:net"
import { performance } from "node:perf_hooks"
import { pace } from "./Closed.ts"
import * as Meter from "./Meter.ts"
import type { FetchOrder, Figures, Note } from "./Order.ts"

const lengthOf = /\r\ncontent-length: *(\d+)/i

/** How many bytes an answer has, by what came of it so far; undefined: its head is not whole. */
export const sizeOf = (received: string): number | undefined => {
  const end = received.indexOf("\r\n\r\n")
  if (end === -1) return undefined
  // An answer without a body may say how long that would be (RFC 9110, section 15.4.5).
  if (received.startsWith("HTTP/1.1 304")) return end + 4
  const length = lengthOf.exec(received.slice(0, end))?.[1]
  if (length === undefined) throw new Error(`an answer without Content-Length: ${received.slice(0, end)}`)
  return end + 4 + Number(length)
}

interface Fetching {
  readonly ask: () => void
  readonly close: () => void
}

/**
 * A connection that sends the same request again and again. The first answer is read; of the others only the status and the length
 * are. `Wire` would spend more on reading them than servers of files spend on sending.
 */
const open = (order: FetchOrder, request: string, onAnswer: () => void, onFailure: (message: string) => void) =>
  new Promise<Fetching>((resolve) => {
    const start = `HTTP/1.1 ${order.status}`
    let first = ""
    let size: number | undefined
    let received = 0
    let isClosing = false
    const fail = (message: string) => {
      if (isClosing) return
      isClosing = true
      socket.destroy()
      onFailure(message)
    }
    const buffer = Buffer.alloc(64 * 1024)
    const read = (bytes: number) => {
      if (received === 0 && buffer.toString("latin1", 0, start.length) !== start) {
        return fail(`not ${start}: ${buffer.toString("latin1", 0, Math.min(bytes, 500))}`)
      }
      received += bytes
      if (size === undefined) {
        first += buffer.toString("latin1", 0, bytes)
        size = sizeOf(first)
      }
      if (size === undefined || received < size) return
      if (received > size) return fail(`an answer of ${received} bytes after one of ${size}`)
      received = 0
      onAnswer()
    }
    const socket: Socket = connect({
      port: order.port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          try {
            read(bytes)
          } catch (error) {
            fail((error as Error).message)
          }
          return true
        }
      }
    })
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("the server closed the connection"))
    socket.on("connect", () =>
      resolve({
        ask: () => void socket.write(request, "latin1"),
        close: () => {
          isClosing = true
          socket.destroy()
        }
      })
    )
  })

/** Closed loop: each connection asks again when it is answered. */
export const run = async (order: FetchOrder, tell: (note: Note) => void): Promise<Figures> => {
  const meter = Meter.make(order.measureMs)
  const failed = Promise.withResolvers<never>()
  const headers = Object.entries({ Host: "localhost", ...order.headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`
  )
  const request = `GET ${order.path} HTTP/1.1\r\n${headers.join("")}\r\n`
  const loop = async () => {
    let since = 0
    const fetching: Fetching = await open(
      order,
      request,
      () => {
        meter.answer(since, false)
        since = performance.now()
        fetching.ask()
      },
      (message) => failed.reject(new Error(message))
    )
    since = performance.now()
    fetching.ask()
    return fetching
  }
  const all = await Promise.race([Promise.all(Array.from({ length: order.connections }, loop)), failed.promise])
  try {
    await Promise.race([pace(order, meter, tell), failed.promise])
  } finally {
    for (const fetching of all) fetching.close()
  }
  // No play was recorded.
  return { ...meter.figures(), answered: 0 }
}
