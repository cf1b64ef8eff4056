import { Effect, type Scope } from "effect"
import type { ServerResponse } from "node:http"
import type { Mailability } from "../../../src/esp/Verdict.ts"
import { httpPeer, type Received } from "./HttpPeer.ts"

/** A whole answer of a provider. */
export interface PeerAnswer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  /** Left out: an answer without a body. */
  readonly body?: string | Buffer
}

/** A contact as the provider holds it. */
export interface PeerContact {
  /** As the provider keeps it. */
  readonly email: string
  readonly mailability: Mailability
  readonly lists: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  readonly attributes: { readonly [name: string]: unknown }
  /** How often the provider has created it: 0 for one that was there before. */
  readonly creations: number
}

/** One provider's side of the stand-in: its documented behaviour with its own state, and nothing of how networks fail. */
export interface PeerBehaviour {
  /** Carries out one request as the provider would, credentials and limits included. */
  readonly carryOut: (request: Received) => PeerAnswer
  /** Whether a fault is meant for this request: those by which `register` writes are, look-ups are not. */
  readonly isWrite: (request: Received) => boolean
  /** Contacts by lower-case address. */
  readonly contacts: ReadonlyMap<string, PeerContact>
  /** One that was there before, by hand or by another tool. `unsubscribed` is one that has taken its permission back. */
  readonly add: (email: string, mailability?: Mailability) => void
  /** The answers of this provider that no state of it leads to. */
  readonly answers: {
    readonly rateLimited: PeerAnswer
    readonly keyRefused: PeerAnswer
    /** The provider's own trouble, in its own envelope. */
    readonly trouble: PeerAnswer
    /** The refusal of an address, its words in another language than English. */
    readonly localised: PeerAnswer
    /** Its own refusal of a request for something else than the address: a list, a field, the shape of the body. */
    readonly payload: PeerAnswer
    /** Its own good answers about a contact of another address; none where its answers name no address. */
    readonly another: ReadonlyArray<PeerAnswer>
  }
}

/**
 * What happens to one request. `…-after` means that the provider has carried it out by then, though nobody is told.
 *
 * `none` lets a write pass, so that the next fault meets the second write of a `register`. `echo` is a 400 that repeats
 * what it was sent, credentials and address included, in its own words. `bare-429`, `bare-403` and `bare-500` have no body; `html` is a page of a CDN with status 502; `garbage` is a 200 that says
 * nothing; `half-after` sends the head and half of the body, and then hangs up; `stall-after` as much, and then no more;
 * `huge-after` is 30 MB; `latin1-after` is the provider's own good answer with a text in Latin-1 in it.
 */
export type Fault =
  | "none"
  | "echo"
  | "rate-limited"
  | "key-refused"
  | "trouble"
  | "localised"
  | "bare-429"
  | "bare-403"
  | "bare-500"
  | "html"
  | "garbage"
  | "redirect"
  | "cut"
  | "cut-after"
  | "hang"
  | "hang-after"
  | "half-after"
  | "stall-after"
  | "huge-after"
  | "latin1-after"

export interface ProviderPeer extends PeerBehaviour {
  readonly url: string
  readonly received: ReadonlyArray<Received>
  /** Connections that are open now. */
  readonly open: () => number
  /** Bytes sent so far. */
  readonly sent: () => number
  /** The next writes meet these, one each, in this order; those after them meet none. */
  readonly fault: (...faults: ReadonlyArray<Fault>) => void
  /** How many of them no write has met yet. */
  readonly faultsLeft: () => number
  /** Every request is answered thus by something in front of the provider, look-ups too. */
  readonly front: (answer: PeerAnswer) => void
  /** There is no front any more, and nothing meets the faults that are left. */
  readonly mend: () => void
  /** What the stand-in itself does wrong: a look-up that changed a contact would have been passed by by all faults. */
  readonly mistakes: ReadonlyArray<string>
  /** Where `redirect` points to: another host, which answers whatever it is asked with 200. */
  readonly redirectTo: { readonly url: string; readonly received: ReadonlyArray<Received> }
}

const page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad gateway</h1></body></html>"

const send = (response: ServerResponse, { body, headers, status }: PeerAnswer) => {
  response.writeHead(status, { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers })
  response.end(body)
}

const huge = (response: ServerResponse) => {
  response.writeHead(200, { "content-type": "application/json" })
  const chunk = Buffer.alloc(1024 * 1024, " ")
  let left = 30
  const write = () => {
    while (left > 0 && !response.destroyed) {
      left--
      if (!response.write(chunk)) return void response.once("drain", write)
    }
    response.end()
  }
  write()
}

const latin1 = ({ body = "{}", headers, status }: PeerAnswer): PeerAnswer => ({
  status,
  ...(headers === undefined ? {} : { headers }),
  body: Buffer.from(String(body).replace(/\}$/, `${body === "{}" ? "" : ","}"note":"caf\u00e9"}`), "latin1")
})

const half = (response: ServerResponse, { body = "", headers, status }: PeerAnswer, then: () => void) => {
  response.writeHead(status, { "content-type": "application/json", "content-length": "4096", ...headers })
  response.write(body.slice(0, Math.ceil(body.length / 2)), then)
}

/** What the request said of itself, its credentials first: a log keeps only the beginning. */
const echoOf = ({ body, headers, path }: Received): string => {
  const own = Object.entries(headers).filter(([name]) => !/^(host|connection|accept|user-agent|content-.*)$/.test(name))
  return `you sent ${own.map(([, value]) => String(value)).join(" ")} ${body} to ${path}`
}

interface Met {
  readonly behaviour: PeerBehaviour
  readonly request: Received
  readonly elsewhere: string
}

const meet = (fault: Fault, { behaviour, elsewhere, request }: Met, response: ServerResponse): void => {
  const { answers } = behaviour
  const answer = () => behaviour.carryOut(request)
  switch (fault) {
    case "none":
      return send(response, answer())
    case "echo":
      return send(response, { status: 400, body: JSON.stringify({ message: echoOf(request) }) })
    case "rate-limited":
      return send(response, answers.rateLimited)
    case "key-refused":
      return send(response, answers.keyRefused)
    case "trouble":
      return send(response, answers.trouble)
    case "localised":
      return send(response, answers.localised)
    case "bare-429":
      return send(response, { status: 429 })
    case "bare-403":
      return send(response, { status: 403 })
    case "bare-500":
      return send(response, { status: 500 })
    case "html":
      return send(response, { status: 502, headers: { "content-type": "text/html" }, body: page })
    case "garbage":
      return send(response, { status: 200, body: '"???"' })
    case "redirect":
      return send(response, { status: 307, headers: { location: `${elsewhere}${request.path}` } })
    case "cut":
      return void response.destroy()
    case "cut-after":
      answer()
      return void response.destroy()
    case "hang":
      return
    case "hang-after":
      answer()
      return
    case "half-after":
      return half(response, answer(), () => response.destroy())
    case "stall-after":
      return half(response, answer(), () => undefined)
    case "huge-after":
      answer()
      return huge(response)
    case "latin1-after":
      return send(response, latin1(answer()))
  }
}

/** A local stand-in of a provider, for as long as the scope is open. */
export const providerPeer = Effect.fnUntraced(function* (
  behaviour: PeerBehaviour
): Effect.fn.Return<ProviderPeer, never, Scope.Scope> {
  const faults: Array<Fault> = []
  let front: PeerAnswer | undefined
  const mistakes: Array<string> = []
  const redirectTo = yield* httpPeer((_, response) => send(response, { status: 200, body: "{}" }))
  const { open, received, sent, url } = yield* httpPeer((request, response) => {
    if (front !== undefined) return send(response, front)
    if (!behaviour.isWrite(request)) {
      const before = JSON.stringify([...behaviour.contacts])
      send(response, behaviour.carryOut(request))
      const isSame = JSON.stringify([...behaviour.contacts]) === before
      if (!isSame) mistakes.push(`isWrite passes over ${request.method} ${request.path}, which has changed a contact`)
      return
    }
    meet(faults.shift() ?? "none", { behaviour, request, elsewhere: redirectTo.url }, response)
  })
  return {
    ...behaviour,
    url,
    received,
    open,
    sent,
    redirectTo,
    mistakes,
    fault: (...more) => void faults.push(...more),
    faultsLeft: () => faults.length,
    front: (answer) => void (front = answer),
    mend: () => {
      front = undefined
      faults.splice(0)
    }
  }
})
