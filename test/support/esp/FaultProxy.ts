import { Data, Effect, Redacted, type Scope } from "effect"
import { randomInt } from "node:crypto"
import { connect, createServer, type Server, type Socket } from "node:net"

/**
 * What happens to bytes on their way. `latency` delays each piece by milliseconds, requests and answers separately. `reset`
 * breaks a connection (RST) as soon as the client has sent something; `reset-answer` after half of the answer's first piece.
 * `black-hole` accepts connections and drops all bytes. `refuse` does not listen.
 */
export type Mode =
  | { readonly _tag: "pass" }
  | { readonly _tag: "latency"; readonly request: number; readonly answer: number }
  | { readonly _tag: "reset" }
  | { readonly _tag: "reset-answer" }
  | { readonly _tag: "black-hole" }
  | { readonly _tag: "refuse" }

export interface FaultProxy {
  readonly url: string
  /** Sets the mode from now on, also for open connections; `refuse` ends those. */
  readonly set: (mode: Mode | Exclude<Mode["_tag"], "latency">) => Effect.Effect<void>
  /** How many client connections are open. */
  readonly open: () => number
  /** How many bytes clients have sent, whatever happened to them. */
  readonly received: () => number
  /** How many bytes of answers were passed on to clients. */
  readonly answered: () => number
}

const host = "127.0.0.1"

class PortTaken extends Data.TaggedError("PortTaken") {}

const listen = (server: Server, port: number) =>
  Effect.callback<number, PortTaken>((resume) => {
    const fail = (error: NodeJS.ErrnoException) =>
      resume(error.code === "EADDRINUSE" ? Effect.fail(new PortTaken()) : Effect.die(error))
    server.once("error", fail)
    server.listen(port, host, () => {
      server.off("error", fail)
      resume(Effect.succeed(port))
    })
  })

/** Below the ephemeral ports, so that no other process gets this port while it is briefly unused. */
const randomPort = Effect.sync(() => randomInt(20_000, 30_000))

const listenSomewhere = (server: Server) =>
  Effect.flatMap(randomPort, (port) => listen(server, port)).pipe(Effect.retry({ times: 50 }), Effect.orDie)

const close = (server: Server, sockets: ReadonlySet<Socket>) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
    for (const socket of sockets) socket.destroy()
  })

/** A TCP relay to a local URL that injects network faults as long as the scope is open. It knows nothing of HTTP. */
export const faultProxy = Effect.fnUntraced(function* (
  target: string
): Effect.fn.Return<FaultProxy, never, Scope.Scope> {
  const upstreamPort = Number(new URL(target).port)
  const sockets = new Set<Socket>()
  const timers = new Set<NodeJS.Timeout>()
  let mode: Mode = { _tag: "pass" }
  let received = 0
  let answered = 0
  let clients = 0

  const kept = (socket: Socket): Socket => {
    sockets.add(socket)
    socket.on("error", () => undefined)
    socket.on("close", () => sockets.delete(socket))
    return socket
  }

  const later = (millis: number, work: () => void) => {
    if (millis === 0) return work()
    const timer = setTimeout(() => {
      timers.delete(timer)
      work()
    }, millis)
    timers.add(timer)
  }

  const server = createServer((client) => {
    clients++
    client.on("close", () => clients--)
    kept(client)
    const upstream = kept(connect(upstreamPort, host))

    client.on("data", (piece) => {
      received += piece.length
      if (mode._tag === "black-hole") return
      if (mode._tag === "reset") client.resetAndDestroy()
      else later(mode._tag === "latency" ? mode.request : 0, () => void upstream.write(piece))
    })
    /** Reads from the provider only as fast as the client does, so that the bytes sent show how much the client wanted. */
    const pass = (piece: Buffer, done?: () => void) => {
      answered += piece.length
      if (!client.write(piece, done)) upstream.pause()
    }
    client.on("drain", () => upstream.resume())
    upstream.on("data", (piece) => {
      if (mode._tag === "black-hole") return
      if (mode._tag === "reset") client.resetAndDestroy()
      else if (mode._tag === "reset-answer") {
        pass(piece.subarray(0, Math.ceil(piece.length / 2)), () => client.resetAndDestroy())
      } else later(mode._tag === "latency" ? mode.answer : 0, () => pass(piece))
    })
    // The end of one side ends the other, except in a black hole, and only after delayed bytes have been delivered.
    client.on("close", () => upstream.destroy())
    upstream.on("close", () => {
      if (mode._tag !== "black-hole") later(mode._tag === "latency" ? mode.answer : 0, () => client.destroy())
    })
  })

  const port = yield* Effect.acquireRelease(listenSomewhere(server), () => {
    for (const timer of timers) clearTimeout(timer)
    return server.listening ? close(server, sockets) : Effect.void
  })

  const set = Effect.fnUntraced(function* (to: Mode | Exclude<Mode["_tag"], "latency">) {
    mode = typeof to === "string" ? { _tag: to } : to
    if (mode._tag === "refuse" && server.listening) yield* close(server, sockets)
    if (mode._tag !== "refuse" && !server.listening) yield* Effect.orDie(listen(server, port))
  })

  return { url: `http://${host}:${port}`, set, open: () => clients, received: () => received, answered: () => answered }
})

/** A relay in front of a database. `through` is the database's URL by way of the relay. */
export const databaseProxy = Effect.fnUntraced(function* (url: Redacted.Redacted<string>) {
  const proxy = yield* faultProxy(Redacted.value(url))
  const through = new URL(Redacted.value(url))
  through.host = new URL(proxy.url).host
  return { proxy, through: Redacted.make(through.toString()) }
})
