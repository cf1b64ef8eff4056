import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"

/** How many pipelined requests are handled at once. Further ones wait, and the socket is not read meanwhile. */
const mostInProgress = 16

/**
 * At how many unanswered requests a client is disconnected. The socket is not read while requests wait, but a single read may
 * already have brought thousands.
 */
const mostUnanswered = 1000

/**
 * How long a client has to read the last answer before its connection is cut. Cutting it at once would discard the answer.
 */
export const lingerMillis = 500

/**
 * How long requests run on after the client has ended its side. The client may be gone, or may only have said that it sends
 * nothing more: the two look alike. Longer than any request that waits for no task, given the default DATABASE_DEADLINE of 8
 * seconds.
 */
const halfOpenMillis = 10_000

/** Ends the server's side, after writing `text` if given, and cuts the connection once the client had time to read it. */
const endGently = (socket: Duplex, text?: string): void => {
  if (text === undefined) socket.end()
  else socket.end(text)
  const cut = setTimeout(() => socket.destroy(), lingerMillis)
  socket.once("close", () => clearTimeout(cut))
}

/**
 * A mark of how much of the output the kernel has accepted; it changes with each piece. Undefined: all of it. Node's own
 * counters change only when a whole write is done, so a client that reads a long page slowly would look like one that does
 * not read.
 */
const sendMarkOf = (socket: Socket): string | undefined => {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }
  const { bytesWritten, writableLength } = socket
  return writableLength === 0 ? undefined : `${bytesWritten - writableLength} ${handle?.writeQueueSize}`
}

/** A client's connection. Limits the requests in progress and decides when to end or cut it. */
export class Connection {
  readonly #socket: Socket
  readonly #inProgress = new Set<ServerResponse>()
  readonly #waiting: Array<{ readonly response: ServerResponse; readonly handle: () => void }> = []
  #latest: ServerResponse | undefined
  /** The server's side has ended: nothing more is answered. */
  #ended = false
  /** Runs once at most `left` requests are unanswered. */
  #pendingEnd: { readonly left: number; readonly run: () => void } | undefined
  #bytesRead = -1
  /** The mark of `sendMarkOf` when output last moved; undefined: all of it was sent. */
  #sendMark: string | undefined
  #sendMarkAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
    // Node calls this after the last answer. Destroying the socket at once would reset the connection if the client has sent
    // more, and the answer could be lost.
    socket.destroySoon = () => this.end()
    socket.on("resume", () => {
      // Node resumes the socket when a request begins to read its body.
      if (this.#waiting.length > 0 && !this.#ended) socket.pause()
    })
    socket.on("end", () => this.#onEnd())
    socket.on("close", () => this.#onClose())
  }

  /** Accepts a request. `handle` is called at once, or as soon as there is room. */
  admit(response: ServerResponse, handle: () => void): void {
    if (this.#socket.destroyed) return
    if (!this.#ended) this.#latest = response
    if (!this.#ended && this.#waiting.length === 0 && this.#hasRoom()) return this.#begin(response, handle)
    this.#waiting.push({ response, handle })
    if (this.#inProgress.size + this.#waiting.length >= mostUnanswered) this.#socket.destroy()
    // All earlier requests have been read completely, so none of them waits for input while the socket is paused.
    else if (!this.#ended) this.#socket.pause()
  }

  /** Whether `response` answers the last request that was read. */
  isLatest(response: ServerResponse): boolean {
    return response === this.#latest
  }

  /** Ends the connection. Requests that arrive from now on are ignored (RFC 9112, section 9.6). */
  end(text?: string): void {
    if (this.#ended || this.#socket.destroyed) return
    this.#ended = true
    // The client's further input is read and dropped: unread bytes would reset the connection.
    this.#waiting.length = 0
    this.#socket.resume()
    endGently(this.#socket, text)
  }

  /** The input is broken from here on: ends the connection with `text` once all requests read before are answered. */
  fail(text: string): void {
    const latest = this.#latest
    const unanswered = this.#inProgress.size + this.#waiting.length
    if (latest === undefined || unanswered === 0) return this.end(text)
    if (latest.req.complete) {
      this.#after(0, () => this.end(text))
    } else {
      // The latest request itself is broken: `text` is its answer unless one has begun.
      this.#after(1, () => (latest.headersSent ? this.#socket.destroy() : this.end(text)))
    }
  }

  /** Ends the connection if no request is in progress and nothing has arrived since the last call. */
  endIfIdle(): void {
    const { bytesRead } = this.#socket
    if (this.#inProgress.size === 0 && bytesRead === this.#bytesRead) this.end()
    this.#bytesRead = bytesRead
  }

  /**
   * Cuts the connection if the client has read nothing of the output for `longestMillis`, as observed by calls of this
   * method.
   */
  cutIfUnread(now: number, longestMillis: number): void {
    const mark = sendMarkOf(this.#socket)
    if (mark === undefined || mark !== this.#sendMark) {
      this.#sendMark = mark
      this.#sendMarkAt = now
    } else if (now - this.#sendMarkAt >= longestMillis) {
      this.#socket.destroy()
    }
  }

  /** No further request begins while the client leaves answers unread. */
  #hasRoom(): boolean {
    return this.#inProgress.size === 0 || (this.#inProgress.size < mostInProgress && !this.#socket.writableNeedDrain)
  }

  #begin(response: ServerResponse, handle: () => void): void {
    this.#inProgress.add(response)
    response.once("close", () => this.#finish(response))
    handle()
  }

  #finish(response: ServerResponse): void {
    this.#inProgress.delete(response)
    if (this.#socket.destroyed) return
    if (this.#waiting.length > 0 && !this.#ended) {
      while (this.#hasRoom()) {
        const next = this.#waiting.shift()
        if (next === undefined) break
        this.#begin(next.response, next.handle)
      }
      if (this.#waiting.length === 0) this.#socket.resume()
    }
    const { left, run } = this.#pendingEnd ?? {}
    if (left !== undefined && this.#inProgress.size + this.#waiting.length <= left) run?.()
  }

  #after(left: number, run: () => void): void {
    if (this.#inProgress.size + this.#waiting.length <= left) run()
    else this.#pendingEnd = { left, run }
  }

  #onEnd(): void {
    // A client that ends its side in the middle of a streamed answer has gone.
    for (const response of this.#inProgress) {
      if (response.headersSent && !response.writableEnded) return void this.#socket.destroy()
    }
    if (this.#inProgress.size === 0) return
    const cut = setTimeout(() => this.#socket.destroy(), halfOpenMillis)
    this.#socket.once("close", () => clearTimeout(cut))
  }

  #onClose(): void {
    this.#waiting.length = 0
    // Node reports the lost connection only to the answer whose turn it is.
    for (const response of this.#inProgress) {
      if (response.socket !== null) continue
      response.destroy()
      response.emit("close")
    }
  }
}
