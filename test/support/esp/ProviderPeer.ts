import { Effect, type Scope } from "effect"
import type { ServerResponse } from "node:http"
import type { Mailability } from "../../../src/esp/Verdict.ts"
import { httpPeer, type Received } from "./HttpPeer.ts"

/** A complete answer of a provider. */
export interface PeerAnswer {
  readonly status: number
  readonly headers?: { readonly [name: string]: string }
  /** Left out if the answer has no body. */
  readonly body?: string | Buffer
}

/** A contact as the provider stores it. */
export interface PeerContact {
  /** The address as the provider stores it. */
  readonly email: string
  readonly mailability: Mailability
  readonly lists: ReadonlyArray<string>
  readonly tags: ReadonlyArray<string>
  readonly attributes: { readonly [name: string]: unknown }
  /** How often the provider has created it: 0 if it existed before the test. */
  readonly creations: number
}

/** The provider-specific part of the stand-in: its documented behaviour and its state, without network faults. */
export interface PeerBehaviour {
  /** Handles a request as the provider would, including credentials and limits. */
  readonly carryOut: (request: Received) => PeerAnswer
  /** Whether faults apply to this request: to the writes of `register`, not to look-ups. */
  readonly isWrite: (request: Received) => boolean
  /** Contacts by lower-case address. */
  readonly contacts: ReadonlyMap<string, PeerContact>
  /** Adds a contact that existed before, created by hand or by another tool. `unsubscribed` has withdrawn its permission. */
  readonly add: (email: string, mailability?: Mailability) => void
  /** Answers of this provider that no state leads to. */
  readonly answers: {
    readonly rateLimited: PeerAnswer
    readonly keyRefused: PeerAnswer
    /** A failure of the provider itself, in its own envelope. */
    readonly trouble: PeerAnswer
    /** The refusal of an address, worded in another language than English. */
    readonly localised: PeerAnswer
    /** The refusal of a request for a reason other than the address: a list, a field, the shape of the body. */
    readonly payload: PeerAnswer
    /** Successful answers about a contact with another address; empty if the provider's answers name no address. */
    readonly another: ReadonlyArray<PeerAnswer>
  }
}

/**
 * What happens to one request. `…-after` means that the provider has carried it out before, although the client does not
 * learn so.
 *
 * `none` lets a write pass, so that the next fault meets the second write of a `register`. `echo` is a 400 that repeats
 * the request in its own words, credentials and address included. `bare-429`, `bare-403` and `bare-500` have no body.
 * `html` is a CDN's page with status 502. `garbage` is a 200 without meaning. `half-after` sends the head and half of the
 * body and closes; `stall-after` sends as much and then nothing. `huge-after` is 30 MB. `latin1-after` is the provider's
 * own successful answer with text in Latin-1.
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
  /** How many connections are open. */
  readonly open: () => number
  /** How many bytes have been sent. */
  readonly sent: () => number
  /** The next writes get these faults, one each, in this order. Later writes get none. */
  readonly fault: (...faults: ReadonlyArray<Fault>) => void
  /** How many faults are left. */
  readonly faultsLeft: () => number
  /** From now on, something in front of the provider gives this answer to every request, look-ups too. */
  readonly front: (answer: PeerAnswer) => void
  /** Removes the front and the remaining faults. */
  readonly mend: () => void
  /** Mistakes of the stand-in itself: a look-up that changed a contact would escape all faults. */
  readonly mistakes: ReadonlyArray<string>
  /** The target of `redirect`: another host, which answers every request with 200. */
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

/** The content of a request, credentials first, because a log keeps only the beginning. */
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

/** A local stand-in of a provider, as long as the scope is open. */
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
