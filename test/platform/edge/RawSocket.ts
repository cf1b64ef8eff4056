import { Effect } from "effect"
import { connect, type Socket } from "node:net"

/** A raw connection, to write and read step by step. */
export const open = ({ port }: { readonly port: number }) =>
  Effect.acquireRelease(
    Effect.callback<Socket>((resume) => {
      const socket = connect(port, "127.0.0.1", () => resume(Effect.succeed(socket)))
      socket.on("error", () => undefined)
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** The received text, up to a match of `until` or to the end. */
export const received = (socket: Socket, until: RegExp): Effect.Effect<string> =>
  Effect.callback((resume) => {
    let text = ""
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1")
      if (until.test(text)) resume(Effect.succeed(text))
    })
    socket.on("close", () => resume(Effect.succeed(text)))
  })

export const closed = (socket: Socket): Effect.Effect<void> =>
  Effect.callback((resume) => {
    if (socket.destroyed) return resume(Effect.void)
    socket.on("close", () => resume(Effect.void))
    // Without a reader, the end of the stream never arrives.
    socket.resume()
  })

/** The text of a request for a thing; `headers` are complete lines with their line ends. */
export const get = (slug: string, headers = "") => `GET /api/v1/things/${slug} HTTP/1.1\r\nHost: a\r\n${headers}\r\n`
