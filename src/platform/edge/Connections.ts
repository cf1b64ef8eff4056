import { type IncomingMessage, Server, type ServerOptions, ServerResponse } from "node:http"
import type { Socket } from "node:net"
import { answerClientError, answerConnect } from "./ClientErrors.ts"
import { Connection, lingerMillis } from "./Connection.ts"

/** How a server treats its connections, beyond Node's own options. */
export interface ConnectionOptions extends ServerOptions {
  /** How long an answer may stay unread. */
  readonly answerTimeoutMillis: number
  /** Whether the server is about to close. Answers then carry `Connection: close`. */
  readonly isStopping: () => boolean
}

/**
 * Turns `http://shop.example/docs?a`, the form in which proxies ask, into `/docs?a`. RFC 9112 (section 3.2.2) requires it.
 */
const originForm = (target: string): string => {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, "")
  return path.startsWith("/") || path === target ? path : `/${path}`
}

/**
 * An HTTP server that limits what a connection can hold: it stops reading while many requests are in progress, and cuts
 * clients that leave answers unread. A client that ends its side after a request still gets its answer, and so do requests
 * that were read before the server stops.
 */
export const make = ({ answerTimeoutMillis, isStopping, ...options }: ConnectionOptions): Server => {
  const connections = new Map<unknown, Connection>()
  let closing = false
  /** How many connections have been accepted. */
  let accepted = 0

  class Response<Request extends IncomingMessage> extends ServerResponse<Request> {
    override writeHead(...args: ReadonlyArray<never>): this {
      // An answer with `Connection: close` must be the last one of its connection. If it is not the latest, other requests
      // follow it.
      if ((closing || isStopping()) && connections.get(this.req.socket)?.isLatest(this) === true) {
        this.shouldKeepAlive = false
      }
      return super.writeHead(...(args as unknown as [number]))
    }
  }

  class ConnectionsServer extends Server {
    /** Node's switch for clients that end their side. Without it, Node closes their connections unanswered. */
    readonly httpAllowHalfOpen = true

    override emit(event: string, ...args: ReadonlyArray<unknown>): boolean {
      if (event !== "request" && event !== "checkContinue") return super.emit(event, ...args)
      const [request, response] = args as [IncomingMessage, ServerResponse]
      const { url = "" } = request
      if (!url.startsWith("/")) request.url = originForm(url)
      // Node drops what it read together with an upgrade request, so the connection ends with the answer. Not for h2c: such a
      // client sends nothing before the answer, and then continues on this connection.
      const { upgrade = "h2c" } = request.headers
      if (upgrade.toLowerCase() !== "h2c") response.shouldKeepAlive = false
      const handle = () => super.emit(event, request, response)
      // When stopping, the answer ends the connection: it waits until everything read along with its request is known.
      connections.get(request.socket)?.admit(response, closing || isStopping() ? () => setImmediate(handle) : handle)
      return true
    }

    /**
     * Node calls this when the server closes, and would reset connections with requests on their way. They get time to arrive
     * and are answered; connections that are idle after that are ended.
     */
    override closeIdleConnections(): void {
      const endIdle = () => {
        for (const connection of connections.values()) connection.endIfIdle()
      }
      endIdle()
      // After the machine was suspended, this timer is due while requests wait unread: they are read first.
      const rounds = setInterval(() => setImmediate(endIdle), lingerMillis)
      this.once("close", () => clearInterval(rounds))
    }

    /**
     * Accepts the connections that the kernel holds before the socket closes, which would reset them. Node accepts one per
     * turn of the event loop, so this continues until none is left, but for no longer than `lingerMillis`, as new ones may
     * never cease.
     */
    override close(callback?: (error?: Error) => void): this {
      closing = true
      const last = performance.now() + lingerMillis
      const closeWhenQuiet = () => {
        const before = accepted
        const proceed = () =>
          accepted === before || performance.now() >= last ? super.close(callback) : closeWhenQuiet()
        // Two turns, because only the second comes after a poll of the network.
        setImmediate(() => setImmediate(proceed))
      }
      closeWhenQuiet()
      return this
    }
  }

  const server = new ConnectionsServer({ ...options, ServerResponse: Response })
  server.on("connection", (socket: Socket) => {
    accepted++
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
