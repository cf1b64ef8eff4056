import { type IncomingMessage, Server, type ServerOptions, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { answerClientError, answerConnect } from "./ClientErrors.ts"
import { Connection, lingerMillis } from "./Connection.ts"

/** What a server does with its connections beyond what Node's own options say. */
export interface ConnectionOptions extends ServerOptions {
  /** How long what was sent may lie unread. */
  readonly answerTimeoutMillis: number
  /** Whether it will be closed soon, so that answers say `Connection: close`. */
  readonly isStopping: () => boolean
}

/** `http://shop.example/docs?a` as `/docs?a`: a proxy's way to ask, which RFC 9112 (section 3.2.2) has every server accept. */
const originForm = (target: string): string => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "")
  return path.startsWith("/") || path === target ? path : `/${path}`
}

/**
 * An HTTP server that bounds what a connection may hold: requests in hand by not reading on, answers by how long they lie
 * unread. A client that ends its side after a request gets its answer. What was read is answered also when the server stops.
 */
export const make = ({ answerTimeoutMillis, isStopping, ...options }: ConnectionOptions): Server => {
  const connections = new Map<unknown, Connection>()
  let closing = false
  /** How many there have been. */
  let taken = 0

  class Response<Request extends IncomingMessage> extends ServerResponse<Request> {
    override writeHead(...args: ReadonlyArray<never>): this {
      // An answer that says so is the last one of its connection: there are requests behind it if it is not the latest.
      if ((closing || isStopping()) && connections.get(this.req.socket)?.isLatest(this) === true) {
        this.shouldKeepAlive = false
      }
      return super.writeHead(...(args as unknown as [number]))
    }
  }

  class ConnectionsServer extends Server {
    /** Node's switch for clients that end their side: without it, their connections are closed without an answer. */
    readonly httpAllowHalfOpen = true

    override emit(event: string, ...args: ReadonlyArray<unknown>): boolean {
      if (event !== "request" && event !== "checkContinue") return super.emit(event, ...args)
      const [request, response] = args as [IncomingMessage, ServerResponse]
      const { url = "" } = request
      if (!url.startsWith("/")) request.url = originForm(url)
      // Node drops what it read together with such a request. Whoever asks for h2c waits for the answer before it sends more,
      // and goes on with this connection.
      const { upgrade = "h2c" } = request.headers
      if (upgrade.toLowerCase() !== "h2c") response.shouldKeepAlive = false
      const handle = () => super.emit(event, request, response)
      // An answer that ends the connection is given when all is known that was read with its request.
      connections.get(request.socket)?.admit(response, closing || isStopping() ? () => setImmediate(handle) : handle)
      return true
    }

    /**
     * Node asks for this when it closes, and would reset requests that are on their way. They have time to arrive and are
     * answered; what is still then is ended.
     */
    override closeIdleConnections(): void {
      const endStill = () => {
        for (const connection of connections.values()) connection.endIfStill()
      }
      endStill()
      // A machine that stood still has the time over and requests to read: they are read first.
      const rounds = setInterval(() => setImmediate(endStill), lingerMillis)
      this.once("close", () => clearInterval(rounds))
    }

    /**
     * What the kernel has accepted is taken first: it would be reset with the listening socket. Node takes one a turn, so that
     * it goes on until none is left; for no longer than a client has to read its answer, as there may always be more.
     */
    override close(callback?: (error?: Error) => void): this {
      closing = true
      const last = performance.now() + lingerMillis
      const closeWhenStill = () => {
        const before = taken
        const proceed = () => (taken === before || performance.now() >= last ? super.close(callback) : closeWhenStill())
        // Two turns: only the second has waited for the network.
        setImmediate(() => setImmediate(proceed))
      }
      closeWhenStill()
      return this
    }
  }

  const server = new ConnectionsServer({ ...options, ServerResponse: Response })
  server.on("connection", (socket: Socket) => {
    taken++
    connections.set(socket, new Connection(socket))
    socket.once("close", () => connections.delete(socket))
  })
  server.on("clientError", (error, socket) => answerClientError(error, socket, connections.get(socket)))
  server.on("connect", (_request, socket) => answerConnect(socket, connections.get(socket)))
  const rounds = setInterval(
    () => {
      const now = performance.now()
      for (const connection of connections.values()) connection.cutIfUnread(now, answerTimeoutMillis)
    },
    Math.min(1000, Math.ceil(answerTimeoutMillis / 4))
  ).unref()
  server.once("close", () => clearInterval(rounds))
  return server
}
