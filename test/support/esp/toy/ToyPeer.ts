import { Effect } from "effect"
import type { Mailability } from "../../../../src/esp/Verdict.ts"
import type { Received } from "../HttpPeer.ts"
import { type PeerAnswer, type PeerBehaviour, type PeerContact, providerPeer } from "../ProviderPeer.ts"

export const toyKey = "toy-key/of+the-shop="
export const toyList = "7"

const limit = 20
const windowMillis = 1000

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): PeerAnswer => ({
  status,
  headers,
  body: JSON.stringify(body)
})

const isTaken = (email: string): boolean => /^[^@\s]+@(?!nowhere\.)[^@\s]+$/.test(email)

interface Put {
  readonly email: string
  readonly list: string
  readonly tags: ReadonlyArray<string>
  readonly attributes: { readonly [name: string]: unknown }
  readonly consent: boolean
}

/** The toy provider: addresses in any case are one contact, and consent only counts at creation. */
const behaviour = (): PeerBehaviour => {
  const contacts = new Map<string, PeerContact>()
  const calls: Array<number> = []

  const isLimited = (): boolean => {
    const now = performance.now()
    while (calls[0] !== undefined && calls[0] <= now - windowMillis) calls.shift()
    if (calls.length >= limit) return true
    calls.push(now)
    return false
  }

  const put = (request: Received): PeerAnswer => {
    const { attributes, consent, email, list, tags } = JSON.parse(request.body) as Put
    if (list !== toyList) return answer(404, { message: "no such list" })
    if (!isTaken(email)) return answer(422, { code: "not-an-address", message: `${email} is no address` })
    const key = email.toLowerCase()
    const held = contacts.get(key)
    const contact: PeerContact =
      held === undefined
        ? { email, mailability: consent ? "subscribed" : "unsubscribed", lists: [list], tags, attributes, creations: 1 }
        : { ...held, lists: [...new Set([...held.lists, list])], tags: [...new Set([...held.tags, ...tags])] }
    contacts.set(key, contact)
    return answer(held === undefined ? 201 : 200, { email: contact.email, mailability: contact.mailability })
  }

  const carryOut = (request: Received): PeerAnswer => {
    if (request.headers["api-key"] !== toyKey) return answer(401, { message: "the key is wrong" })
    if (request.path === "/account") return answer(200, {})
    if (request.path.startsWith("/lists/")) return answer(request.path === `/lists/${toyList}` ? 200 : 404, {})
    if (isLimited()) return answer(429, { message: "too many calls" }, { "retry-after": "1" })
    return request.method === "PUT" ? put(request) : answer(404, {})
  }

  return {
    carryOut,
    isWrite: ({ method }) => method === "PUT",
    contacts,
    add: (email: string, mailability: Mailability = "subscribed") =>
      void contacts.set(email.toLowerCase(), {
        email,
        mailability,
        lists: [],
        tags: [],
        attributes: {},
        creations: 0
      }),
    answers: {
      rateLimited: answer(429, { message: "too many calls" }, { "retry-after": "30" }),
      keyRefused: answer(401, { message: "the key is wrong" }),
      trouble: answer(503, { message: "we are moving" }),
      localised: answer(422, { code: "not-an-address", message: "To není adresa" }),
      payload: answer(422, { code: "no-consent", message: "consent is missing" }),
      another: [200, 201].map((status) => answer(status, { email: "other@shop.example", mailability: "subscribed" }))
    }
  }
}

/** A local stand-in of the toy provider with its own state. */
export const toyPeer = Effect.suspend(() => providerPeer(behaviour()))
