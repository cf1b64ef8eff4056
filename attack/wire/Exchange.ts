import { connect } from "node:net"
import { type Answer, answerReader } from "./AnswerReader.ts"

/** One action of a client on its connection. */
export type Step =
  | { readonly _tag: "send"; readonly bytes: Buffer }
  /** Waits for milliseconds. */
  | { readonly _tag: "pause"; readonly millis: number }
  /** Ends its side (FIN) and keeps reading. */
  | { readonly _tag: "finish" }
  /** Resets the connection (RST). */
  | { readonly _tag: "reset" }
  /** Stops reading. */
  | { readonly _tag: "stop-reading" }
  | { readonly _tag: "read-on" }

export interface Exchanged {
  readonly answers: ReadonlyArray<Answer>
  /** An answer that began and never ended. */
  readonly unfinished: Answer | undefined
  readonly garbled: string | undefined
  /**
   * How the connection ended: closed by the service, broken, given up here after `patience`, or left by the client, who had
   * everything.
   */
  readonly end: "closed" | "broken" | "impatient" | "left"
  readonly startedAt: number
  readonly endedAt: number
}

/**
 * Carries out these steps on a new connection and reads the answers. Ends when every request of `methods` is answered and no
 * step is left, when the service closes, or after `patience` milliseconds. Never rejects.
 */
export const exchange = (
  port: number,
  steps: ReadonlyArray<Step>,
  methods: ReadonlyArray<string>,
  patience: number
): Promise<Exchanged> =>
  new Promise((resolve) => {
    const startedAt = performance.now()
    const reader = answerReader(methods)
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true })
    let isOver = false
    let timer: NodeJS.Timeout | undefined
    let isDone = false

    const finish = (end: Exchanged["end"]) => {
      if (isOver) return
      isOver = true
      clearTimeout(deadline)
      clearTimeout(timer)
      socket.destroy()
      resolve({
        answers: reader.answers,
        unfinished: reader.unfinished(),
        garbled: reader.garbled(),
        end,
        startedAt,
        endedAt: performance.now()
      })
    }
    const deadline = setTimeout(() => finish("impatient"), patience)
    const leaveWhenDone = () => {
      if (isDone && methods.length > 0 && reader.answers.length >= methods.length) finish("left")
    }

    const take = (index: number): void => {
      if (isOver) return
      const step = steps[index]
      if (step === undefined) {
        isDone = true
        leaveWhenDone()
        return
      }
      const next = () => take(index + 1)
      switch (step._tag) {
        case "send":
          // Does not wait for a peer that does not read: the answer may already be here, and the rest no longer matters.
          socket.write(step.bytes)
          return next()
        case "pause":
          timer = setTimeout(next, step.millis)
          return
        case "finish":
          socket.end()
          return next()
        case "reset":
          socket.resetAndDestroy()
          return finish("left")
        case "stop-reading":
          socket.pause()
          return next()
        case "read-on":
          socket.resume()
          return next()
      }
    }

    socket.on("connect", () => take(0))
    socket.on("data", (bytes) => {
      reader.feed(bytes)
      if (reader.garbled() !== undefined) finish("left")
      leaveWhenDone()
    })
    socket.on("end", () => {
      reader.end()
      finish("closed")
    })
    socket.on("error", () => finish("broken"))
    socket.on("close", () => finish("closed"))
  })
