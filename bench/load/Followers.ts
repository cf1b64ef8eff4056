import { connect, type Socket } from "node:net"

/** The process of those who follow live events: it opens streams, reads them, and says what came. */

export type Order =
  | { readonly type: "open"; readonly port: number; readonly path: string; readonly tokens: ReadonlyArray<string> }
  | { readonly type: "report" }
  | { readonly type: "close" }

export type Reply =
  | { readonly type: "opened" }
  | { readonly type: "closed" }
  | { readonly type: "report"; readonly report: Report }
  | { readonly type: "failed"; readonly message: string }

/** Since the last report. */
export interface Report {
  readonly bytes: number
  /** Events of plays, of all streams together. */
  readonly events: number
  /** Events that told a stream to read again. */
  readonly refreshes: number
  /** Of some streams: how many plays each of them was told of, as a mean. */
  readonly plays: number
  /** Of the same: milliseconds from a play to when it was read, for the newest play of each event. */
  readonly delays: ReadonlyArray<number>
  readonly cpuMs: number
}

/** The streams whose events are read in full. Reading them all would take the machine from the service. */
const sampled = 20

let sockets: Array<Socket> = []
let bytes = 0
let events = 0
let refreshes = 0
let plays = 0
let delays: Array<number> = []
let cpu = process.cpuUsage()

const reply = (message: Reply) => void process.send?.(message)

const count = (text: string, word: string) => text.split(word).length - 1

/** Reads the events in a text; gives what follows the last one. */
const read = (text: string): string => {
  const parts = text.split("\n\n")
  for (const part of parts.slice(0, -1)) {
    const data = /event: plays\ndata: (.*)$/.exec(part)?.[1]
    if (data === undefined) continue
    const event = JSON.parse(data) as { count: number; newest: ReadonlyArray<{ playedAt: string }> }
    plays += event.count
    const newest = event.newest.at(-1)
    if (newest !== undefined) delays.push(Date.now() - Date.parse(newest.playedAt))
  }
  return parts.at(-1) ?? ""
}

const follow = (port: number, path: string, token: string, isSampled: boolean) =>
  new Promise<void>((resolve, reject) => {
    const socket = connect(port, "127.0.0.1")
    socket.setEncoding("latin1").setNoDelay(true)
    sockets.push(socket)
    socket.on("connect", () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nCookie: __Host-fairground=${token}\r\n\r\n`
      )
    )
    let left = ""
    let hasBegun = false
    socket.on("data", (chunk: string) => {
      bytes += chunk.length
      events += count(chunk, "event: plays")
      refreshes += count(chunk, "event: refresh")
      if (!hasBegun) {
        hasBegun = true
        if (!chunk.startsWith("HTTP/1.1 200")) return reject(new Error(chunk.slice(0, 300)))
        resolve()
      }
      // A chunk of the transfer holds whole events: its size stands before one, and in none.
      if (isSampled) left = read(left + chunk)
    })
    socket.on("error", reject)
    socket.on("close", () => reject(new Error("a stream has ended")))
  })

const carryOut = async (order: Order): Promise<Reply> => {
  switch (order.type) {
    case "open": {
      // Some at a time, as people come.
      for (let from = 0; from < order.tokens.length; from += 50) {
        const tokens = order.tokens.slice(from, from + 50)
        await Promise.all(tokens.map((token, at) => follow(order.port, order.path, token, from + at < sampled)))
      }
      return { type: "opened" }
    }
    case "report": {
      const used = process.cpuUsage(cpu)
      const report = {
        bytes,
        events,
        refreshes,
        plays: plays / Math.max(1, Math.min(sampled, sockets.length)),
        delays,
        cpuMs: (used.user + used.system) / 1000
      }
      ;[bytes, events, refreshes, plays, delays, cpu] = [0, 0, 0, 0, [], process.cpuUsage()]
      return { type: "report", report }
    }
    case "close": {
      for (const socket of sockets) socket.removeAllListeners("close").destroy()
      sockets = []
      return { type: "closed" }
    }
  }
}

process.on("message", (order: Order) => {
  carryOut(order).then(reply, (error: unknown) =>
    reply({ type: "failed", message: error instanceof Error ? error.message : String(error) })
  )
})
// The process that reads the replies is gone.
process.on("disconnect", () => process.exit(0))
// The parent decides when this process ends.
process.on("SIGINT", () => {})
