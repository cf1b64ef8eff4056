import type { ServerResponse } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"

/** Pipelined requests that are worked on at once; what follows them waits, and the socket is not read meanwhile. */
const mostInHand = 16

/**
 * Requests without an answer at which a client is cut. The socket is not read while some wait, but what one read brings is
 * parsed to its end, and may be thousands.
 */
const mostUnanswered = 1000

/** How long a client has to read the answer before its connection is cut; a cut at once would discard the answer. */
export const lingerMillis = 500

/**
 * How long a client that has ended its side is worked for. It may only have said that nothing follows, or be gone: the two
 * look alike. Longer than a request takes that waits for no task, with the 8 seconds that DATABASE_DEADLINE is unless set.
 */
const halfOpenMillis = 10_000

/** Ends the server's side, with a last `text` where there is one, and cuts the connection once the client could read it. */
const endGently = (socket: Duplex, text?: string): void => {
  if (text === undefined) socket.end()
  else socket.end(text)
  const cut = setTimeout(() => socket.destroy(), lingerMillis)
  socket.once("close", () => clearTimeout(cut))
}

/**
 * How far the kernel has taken what was written, which changes with each piece; undefined: all of it. Node's own numbers
 * change when a write is over, and a page is one: somebody who reads it slowly would look like one who does not.
 */
const takenOf = (socket: Socket): string | undefined => {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null }
  const { bytesWritten, writableLength } = socket
  return writableLength === 0 ? undefined : `${bytesWritten - writableLength} ${handle?.writeQueueSize}`
}

/** A client's connection: how much it may have in hand, and when it is let go of. */
export class Connection {
  readonly #socket: Socket
  readonly #inHand = new Set<ServerResponse>()
  readonly #waiting: Array<{ readonly response: ServerResponse; readonly handle: () => void }> = []
  #latest: ServerResponse | undefined
  /** Nothing more is answered: the server's side has ended. */
  #ended = false
  /** What happens when no more than so many requests are without an answer. */
  #afterwards: { readonly left: number; readonly run: () => void } | undefined
  #bytesRead = -1
  /** How far what was sent had been taken when it was seen to move last; undefined: all of it. */
  #taken: string | undefined
  #takenAt = 0

  constructor(socket: Socket) {
    this.#socket = socket
    // Node calls this after the last answer. To destroy at once resets the connection where the client has sent more, and
    // the answer may be lost on its way.
    socket.destroySoon = () => this.end()
    socket.on("resume", () => {
      // A request that begins to read its body resumes the socket.
      if (this.#waiting.length > 0 && !this.#ended) socket.pause()
    })
    socket.on("end", () => this.#onEnd())
    socket.on("close", () => this.#onClose())
  }

  /** Takes a request: `handle` hands it on, at once or when there is room. */
  admit(response: ServerResponse, handle: () => void): void {
    if (this.#socket.destroyed) return
    if (!this.#ended) this.#latest = response
    if (!this.#ended && this.#waiting.length === 0 && this.#hasRoom()) return this.#take(response, handle)
    this.#waiting.push({ response, handle })
    if (this.#inHand.size + this.#waiting.length >= mostUnanswered) this.#socket.destroy()
    // Whatever came before has been read to its end: nothing in hand waits for what is not read now.
    else if (!this.#ended) this.#socket.pause()
  }

  /** Whether it answers the last request that was read. */
  isLatest(response: ServerResponse): boolean {
    return response === this.#latest
  }

  /** Ends it. A request that arrives from now on is ignored (RFC 9112, section 9.6). */
  end(text?: string): void {
    if (this.#ended || this.#socket.destroyed) return
    this.#ended = true
    // What the client has sent is read and dropped: bytes that lie unread at the end would reset the connection.
    this.#waiting.length = 0
    this.#socket.resume()
    endGently(this.#socket, text)
  }

  /** What the client sent cannot be read any further: ends it with `text` once all that was read before is answered. */
  fail(text: string): void {
    const latest = this.#latest
    const unanswered = this.#inHand.size + this.#waiting.length
    if (latest === undefined || unanswered === 0) return this.end(text)
    if (latest.req.complete) {
      this.#after(0, () => this.end(text))
    } else {
      // It is the latest request that is broken: `text` is its answer where it has none yet.
      this.#after(1, () => (latest.headersSent ? this.#socket.destroy() : this.end(text)))
    }
  }

  /** Ends it if nothing is in hand and nothing has arrived since this was asked before. */
  endIfStill(): void {
    const { bytesRead } = this.#socket
    if (this.#inHand.size === 0 && bytesRead === this.#bytesRead) this.end()
    this.#bytesRead = bytesRead
  }

  /** Cuts it if nothing of what was sent has been taken for so long, as seen each time that this is asked. */
  cutIfUnread(now: number, longestMillis: number): void {
    const taken = takenOf(this.#socket)
    if (taken === undefined || taken !== this.#taken) {
      this.#taken = taken
      this.#takenAt = now
    } else if (now - this.#takenAt >= longestMillis) {
      this.#socket.destroy()
    }
  }

  /** While answers lie unread, no further request is begun. */
  #hasRoom(): boolean {
    return this.#inHand.size === 0 || (this.#inHand.size < mostInHand && !this.#socket.writableNeedDrain)
  }

  #take(response: ServerResponse, handle: () => void): void {
    this.#inHand.add(response)
    response.once("close", () => this.#release(response))
    handle()
  }

  #release(response: ServerResponse): void {
    this.#inHand.delete(response)
    if (this.#socket.destroyed) return
    if (this.#waiting.length > 0 && !this.#ended) {
      while (this.#hasRoom()) {
        const next = this.#waiting.shift()
        if (next === undefined) break
        this.#take(next.response, next.handle)
      }
      if (this.#waiting.length === 0) this.#socket.resume()
    }
    const { left, run } = this.#afterwards ?? {}
    if (left !== undefined && this.#inHand.size + this.#waiting.length <= left) run?.()
  }

  #after(left: number, run: () => void): void {
    if (this.#inHand.size + this.#waiting.length <= left) run()
    else this.#afterwards = { left, run }
  }

  #onEnd(): void {
    // Nobody ends a side in the midst of a stream: the client has gone.
    for (const response of this.#inHand) {
      if (response.headersSent && !response.writableEnded) return void this.#socket.destroy()
    }
    if (this.#inHand.size === 0) return
    const cut = setTimeout(() => this.#socket.destroy(), halfOpenMillis)
    this.#socket.once("close", () => clearTimeout(cut))
  }

  #onClose(): void {
    this.#waiting.length = 0
    // Node tells only the answer whose turn it was that there is nobody to send it to.
    for (const response of this.#inHand) {
      if (response.socket !== null) continue
      response.destroy()
      response.emit("close")
    }
  }
}
