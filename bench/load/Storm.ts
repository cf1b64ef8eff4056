import * as Open from "./Open.ts"
import type { Figures, Note, StormOrder } from "./Order.ts"
import * as Wire from "./Wire.ts"

/**
 * Measures plays in an open loop while people sign in: every connection for sign-ins sends the next one when the last is answered,
 * right and wrong passwords in turn. What the service refuses because it is busy counts as refused.
 */
export const run = async (order: StormOrder, tell: (note: Note) => void): Promise<Figures> => {
  const { email, measureMs, password, port, rate, seed, signInConnections, known, warmUpMs } = order
  const failed = Promise.withResolvers<never>()
  const fail = (message: string) => failed.reject(new Error(message))
  const wires = await Promise.all(Array.from({ length: signInConnections }, () => Wire.open(port, fail)))
  const requestOf = (body: string) =>
    `POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  const right = requestOf(JSON.stringify({ email, password }))
  const wrong = (turn: number) => requestOf(JSON.stringify({ email: `nobody-${turn}@staff.example`, password }))
  let stopping = false
  let turn = 0
  const begun = performance.now()
  const answers = { signedIn: 0, failed: 0, refused: 0 }
  const loop = (wire: Wire.Wire) =>
    new Promise<void>((resolve) => {
      const sign = () => {
        if (stopping) return resolve()
        const isRight = turn++ % 2 === 0
        wire.send(isRight ? right : wrong(turn), (status, body) => {
          if (status === 201) answers.signedIn++
          else if (status === 401) answers.failed++
          else if (status === 503 || status === 429) answers.refused++
          else return fail(`status ${status}: ${body}`)
          sign()
        })
      }
      sign()
    })
  try {
    const loops = Promise.all(wires.map(loop))
    const figures = await Promise.race([
      Open.run(
        {
          type: "open",
          port,
          players: { kind: "returning", known },
          connections: 256,
          rate,
          seed,
          warmUpMs,
          measureMs
        },
        tell
      ),
      failed.promise
    ])
    stopping = true
    const seconds = (performance.now() - begun) / 1000
    await Promise.race([loops, failed.promise])
    return {
      ...figures,
      signIns: {
        perSecond: (answers.signedIn + answers.failed) / seconds,
        refusedPerSecond: answers.refused / seconds
      }
    }
  } finally {
    for (const wire of wires) wire.close()
  }
}
