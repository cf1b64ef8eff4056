import { connect } from "node:net"
import { type Answer, answerReader } from "./AnswerReader.ts"

/** One thing that a client does on its connection. */
export type Step =
  | { readonly _tag: "send"; readonly bytes: Buffer }
  /** Waits, in milliseconds. */
  | { readonly _tag: "pause"; readonly millis: number }
  /** Says that nothing more will come (FIN), and goes on reading. */
  | { readonly _tag: "finish" }
  /** Breaks the connection (RST). */
  | { readonly _tag: "reset" }
  /** From here on, reads nothing. */
  | { readonly _tag: "stop-reading" }
  | { readonly _tag: "read-on" }

export interface Exchanged {
  readonly answers: ReadonlyArray<Answer>
  /** One that began and never ended. */
  readonly unfinished: Answer | undefined
  readonly garbled: string | undefined
  /** How it ended: by the service, broken, given up here after the patience was over, or left by the client, who had all. */
  readonly end: "closed" | "broken" | "impatient" | "left"
  readonly startedAt: number
  readonly endedAt: number
}

/**
 * Does these steps on a connection of its own and reads what is answered, until there is an answer to each of the requests whose
 * `methods` are given and nothing is left to do, the service closes, or `patience` milliseconds have passed. Never rejects.
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
          // Not held up by a peer that does not read: the answer may be there already, and the rest is of no interest to it.
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
