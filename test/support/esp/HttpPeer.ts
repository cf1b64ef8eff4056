import { Effect } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo, Socket } from "node:net"

/** A request that the peer has read completely. */
export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage["headers"]
  readonly body: string
}

/** A local HTTP server that answers with `answer` as long as the scope is open. */
export const httpPeer = (answer: (request: Received, response: ServerResponse) => void) =>
  Effect.acquireRelease(
    Effect.callback<{
      readonly url: string
      readonly received: ReadonlyArray<Received>
      /** How many connections are open. */
      readonly open: () => number
      /** How many bytes have been written to all connections, heads included. */
      readonly sent: () => number
      readonly stop: () => void
    }>((resume) => {
      const received: Array<Received> = []
      const sockets = new Set<Socket>()
      let sentBefore = 0
      const server = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const { headers, method = "", url: path = "" } = request
          const read = { method, path, headers, body: Buffer.concat(chunks).toString() }
          received.push(read)
          answer(read, response)
        })
      })
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.on("error", () => undefined)
        socket.on("close", () => {
          sockets.delete(socket)
          sentBefore += socket.bytesWritten
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        resume(
          Effect.succeed({
            url: `http://127.0.0.1:${port}`,
            received,
            open: () => sockets.size,
            sent: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, sentBefore),
            stop: () => {
              server.close()
              server.closeAllConnections()
            }
          })
        )
      })
    }),
    (peer) => Effect.sync(peer.stop)
  )

/** Answers with JSON. */
export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) => {
  response.writeHead(status, { "content-type": "application/json", ...headers })
  response.end(JSON.stringify(body))
}
