import { connect, type Socket } from "node:net"

/**
 * A keep-alive HTTP/1.1 connection with one request at a time, directly on a socket: an HTTP client would use as much CPU as
 * the measured service, on the same two cores.
 */
export interface Wire {
  readonly send: (request: string, onAnswer: (status: number, body: string) => void) => void
  readonly close: () => void
}

const lengthOf = /\r\ncontent-length: *(\d+)/i

/** @param onFailure Called once if the connection ends before `close` is called. */
export const open = (port: number, onFailure: (message: string) => void) =>
  new Promise<Wire>((resolve) => {
    let waiting: ((status: number, body: string) => void) | undefined
    let received = ""
    let closing = false
    const fail = (message: string) => {
      if (closing) return
      closing = true
      socket.destroy()
      onFailure(message)
    }

    const read = (text: string) => {
      received += text
      const head = received.indexOf("\r\n\r\n")
      if (head === -1) return
      const length = lengthOf.exec(received.slice(0, head))?.[1]
      if (length === undefined) return fail(`an answer without Content-Length: ${received.slice(0, head)}`)
      const end = head + 4 + Number(length)
      if (received.length < end) return
      if (received.length > end) return fail("an answer that is longer than it says")
      const status = Number(received.slice(9, 12))
      const body = received.slice(head + 4)
      const answer = waiting
      received = ""
      waiting = undefined
      if (answer === undefined) return fail(`an answer that nobody asked for: ${status} ${body}`)
      answer(status, body)
    }

    // `onread` with a buffer of its own bypasses streams. In Latin-1, one character is one byte.
    const buffer = Buffer.alloc(16 * 1024)
    const socket: Socket = connect({
      port,
      host: "127.0.0.1",
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          read(buffer.toString("latin1", 0, bytes))
          return true
        }
      }
    })
    socket.on("error", (error) => fail(error.message))
    socket.on("close", () => fail("the service closed the connection"))
    socket.on("connect", () =>
      resolve({
        send: (request, onAnswer) => {
          waiting = onAnswer
          socket.write(request, "latin1")
        },
        close: () => {
          closing = true
          socket.destroy()
        }
      })
    )
  })
