import type { Answer, Client } from "./Service.ts"

/** A play that a client sent until it got a final answer, and that answer. */
export interface Sent {
  readonly email: string
  readonly key: string | undefined
  readonly answer: Answer
}

/**
 * Clients that each send one play after another until they are stopped. With `retries`, a play that may not have been
 * recorded (no answer, or 5xx) is sent again with its key, to whichever process is next.
 */
export const load = (
  client: Client,
  options: {
    readonly clients: number
    readonly slug: string
    /** The base URL of the next request. */
    readonly base: () => string
    readonly retries: boolean
    readonly addresses: number
    readonly keyed: boolean
  }
) => {
  const sent: Array<Sent> = []
  const statuses = new Map<number, number>()
  const strange: Array<Answer> = []
  let slowest = 0
  let isStopped = false
  let plays = 0

  const one = async (email: string, key: string | undefined) => {
    for (;;) {
      const start = performance.now()
      const answer = await client.play(options.base(), options.slug, { email, data: { key: key ?? null } }, key)
      slowest = Math.max(slowest, performance.now() - start)
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
      if (answer.status === 503 && !/^\d+$/.test(String(answer.headers["retry-after"]))) strange.push(answer)
      if (![0, 201, 409, 503].includes(answer.status)) strange.push(answer)
      const isOpen = answer.status === 0 || answer.status >= 500
      // A server that is gone refuses within microseconds: a pause leaves the CPU and the event loop to others.
      if (isOpen) await new Promise((resolve) => setTimeout(resolve, 5))
      if (!isOpen || !options.retries || key === undefined) {
        sent.push({ email, key, answer })
        return
      }
    }
  }

  const work = async () => {
    while (!isStopped) {
      const number = plays++
      const email = `player${(number * 7919) % options.addresses}@shop.example`
      await one(email, options.keyed ? `key-${number}` : undefined)
    }
  }

  const done = Promise.all(Array.from({ length: options.clients }, work))
  return {
    sent,
    statuses,
    /** Answers that no client should ever get. */
    strange,
    recorded: () => sent.filter(({ answer }) => answer.status === 201),
    /** How many plays have been answered with success so far. */
    count: () => statuses.get(201) ?? 0,
    slowest: () => slowest,
    /** Stops sending. Returns what was sent once everything is answered. */
    stop: async () => {
      isStopped = true
      await done
      return sent
    }
  }
}
