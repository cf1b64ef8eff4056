import { Effect, type Scope } from "effect"
import type { Mailability } from "../../../../src/esp/Verdict.ts"
import type { Received } from "../HttpPeer.ts"
import { fixedWindow } from "../PeerWindow.ts"
import {
  type PeerAnswer,
  type PeerBehaviour,
  type PeerContact,
  type ProviderPeer,
  providerPeer
} from "../ProviderPeer.ts"

export const klaviyoKey = "pk_0123456789abcdef0123456789abcdef01"

export interface KlaviyoPeer extends ProviderPeer {
  /** The addresses that were asked to confirm, in order, with repetitions. */
  readonly mails: ReadonlyArray<string>
}

interface Stored extends PeerContact {
  readonly id: string
  consent: "NEVER_SUBSCRIBED" | "SUBSCRIBED" | "UNSUBSCRIBED"
  suppression: ReadonlyArray<string>
  isAsked: boolean
  lists: ReadonlyArray<string>
  tags: ReadonlyArray<string>
  attributes: { readonly [name: string]: unknown }
}

export type Scopes = ReadonlyArray<"profiles:write" | "lists:read" | "lists:write" | "subscriptions:write">

const allScopes: Scopes = ["profiles:write", "lists:read", "lists:write", "subscriptions:write"]

const oldest = "2024-10-15"

const known: ReadonlySet<string> = new Set([
  ...["email", "first_name", "last_name", "organization", "title", "image", "locale", "location", "properties"]
])

interface Failure {
  readonly code: string
  readonly title?: string
  readonly pointer?: string
  readonly meta?: object
}

const failed = (
  status: number,
  { code, meta = {}, pointer = "/data/", title = "Invalid input." }: Failure
): PeerAnswer => ({
  status,
  headers: { "content-type": "application/vnd.api+json" },
  body: JSON.stringify({
    errors: [{ id: crypto.randomUUID(), status, code, title, detail: title, source: { pointer }, links: {}, meta }]
  })
})

const answered = (status: number, data: unknown): PeerAnswer => ({
  status,
  headers: { "content-type": "application/vnd.api+json" },
  body: JSON.stringify({ data })
})

/**
 * Klaviyo refuses addresses whose top-level domain has one letter. Fairground accepts them, as the standard has no such rule.
 */
const isAddress = (email: unknown): email is string =>
  typeof email === "string" && /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(email)

const isLocale = (locale: unknown) => typeof locale === "string" && /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(locale)

const at = (value: unknown, ...path: ReadonlyArray<string | number>): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as { readonly [key: string]: unknown })[key] : undefined,
    value
  )

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const make = (perSecond: number, perMinute: number, scopes: Scopes, now: () => number) => {
  const contacts = new Map<string, Stored>()
  /** Y6nRLr subscribes at once, X1double asks for confirmation. */
  const lists = new Map([
    ["Y6nRLr", { name: "Newsletter", opt_in_process: "single_opt_in" }],
    ["X1double", { name: "Confirmed", opt_in_process: "double_opt_in" }]
  ])
  const mails: Array<string> = []
  const windows = new Map<string, { readonly burst: Window; readonly steady: Window }>()
  type Window = ReturnType<typeof fixedWindow>
  let ids = 0

  const store = (email: string, creations: number): Stored => {
    const contact: Stored = {
      id: `01H${String(++ids).padStart(23, "0")}`,
      email: email.toLowerCase(),
      consent: "NEVER_SUBSCRIBED",
      suppression: [],
      isAsked: false,
      lists: [],
      tags: [],
      attributes: {},
      creations,
      get mailability(): Mailability {
        if (this.suppression.some((reason) => reason !== "UNSUBSCRIBE")) return "suppressed"
        if (this.consent === "SUBSCRIBED") return "subscribed"
        return this.isAsked ? "pending" : "unsubscribed"
      }
    }
    contacts.set(contact.email, contact)
    return contact
  }

  const upsert = (json: unknown): PeerAnswer => {
    if (at(json, "data", "type") !== "profile") return failed(400, { code: "invalid", pointer: "/data/type" })
    const attributes = at(json, "data", "attributes") as { readonly [name: string]: unknown } | undefined
    const { email, properties = {}, ...fields } = attributes ?? {}
    if (!isAddress(email)) return failed(400, { code: "invalid", pointer: "/data/attributes/email" })
    const unknown = Object.keys(fields).find((name) => !known.has(name))
    if (unknown !== undefined) return failed(400, { code: "invalid", pointer: `/data/attributes/${unknown}` })
    if (fields["locale"] !== undefined && !isLocale(fields["locale"])) {
      return failed(400, { code: "invalid", pointer: "/data/attributes/locale" })
    }
    const before = contacts.get(email.toLowerCase())
    const contact = before ?? store(email, 1)
    contact.attributes = { ...contact.attributes, ...fields, ...(properties as object) }
    const tags = at(properties, "fairground_tags")
    if (Array.isArray(tags)) contact.tags = tags as ReadonlyArray<string>
    const { consent, suppression } = contact
    const marketing = {
      can_receive_email_marketing: suppression.length === 0,
      consent,
      suppression: suppression.map((reason) => ({ reason, timestamp: "2026-01-01T00:00:00+00:00" })),
      list_suppressions: []
    }
    return answered(before === undefined ? 201 : 200, {
      type: "profile",
      id: contact.id,
      attributes: { email: contact.email, subscriptions: { email: { marketing } } },
      links: {}
    })
  }

  const subscribe = (json: unknown): PeerAnswer => {
    const list = at(json, "data", "relationships", "list", "data", "id")
    const process = lists.get(String(list))?.opt_in_process
    if (process === undefined) return failed(404, { code: "not_found", pointer: "/data/relationships/list/data/id" })
    const profile = at(json, "data", "attributes", "profiles", "data", 0)
    const email = at(profile, "attributes", "email")
    if (!isAddress(email)) {
      return failed(400, { code: "invalid", pointer: "/data/attributes/profiles/data/0/attributes/email" })
    }
    if (at(profile, "attributes", "subscriptions", "email", "marketing", "consent") !== "SUBSCRIBED") {
      return failed(400, { code: "invalid", pointer: "/data/attributes/profiles/data/0/attributes/subscriptions" })
    }
    const id = at(profile, "id")
    const contact =
      [...contacts.values()].find((one) => one.id === id) ?? contacts.get(email.toLowerCase()) ?? store(email, 1)
    // The trap: a profile that has unsubscribed or complained is subscribed again.
    const lifted = ["UNSUBSCRIBE", "SPAM_COMPLAINT", "USER_SUPPRESSED"]
    contact.suppression = contact.suppression.filter((reason) => !lifted.includes(reason))
    if (process === "double_opt_in") {
      contact.isAsked = true
      mails.push(contact.email)
    } else {
      contact.consent = "SUBSCRIBED"
      contact.lists = [...new Set([...contact.lists, String(list)])]
    }
    return { status: 202 }
  }

  const enlist = (list: string, json: unknown): PeerAnswer => {
    if (!lists.has(list)) return failed(404, { code: "not_found", pointer: "/data/" })
    const id = at(json, "data", 0, "id")
    const contact = [...contacts.values()].find((one) => one.id === id)
    if (contact === undefined) return failed(404, { code: "not_found", pointer: "/data/0/id" })
    contact.lists = [...new Set([...contact.lists, list])]
    return { status: 204 }
  }

  const permitted = (needed: Scopes, answer: () => PeerAnswer): PeerAnswer =>
    needed.every((scope) => scopes.includes(scope))
      ? answer()
      : failed(403, { code: "permission_denied", title: "You do not have permission to perform this action." })

  const routed = ({ body, headers, method, path }: Received): PeerAnswer => {
    const { pathname } = new URL(path, "http://peer")
    if (method === "POST" && headers["content-type"] !== "application/vnd.api+json") {
      return failed(415, { code: "unsupported_media_type", title: "Unsupported media type." })
    }
    const json = parse(body)
    if (method === "POST" && pathname === "/api/profile-import") {
      return permitted(["profiles:write"], () => upsert(json))
    }
    if (method === "POST" && pathname === "/api/profile-subscription-bulk-create-jobs") {
      return permitted(["lists:write", "profiles:write", "subscriptions:write"], () => subscribe(json))
    }
    const [, list, isEnlisting] = /^\/api\/lists\/([^/]+)(\/relationships\/profiles)?$/.exec(pathname) ?? []
    if (list !== undefined && isEnlisting !== undefined && method === "POST") {
      return permitted(["lists:write"], () => enlist(list, json))
    }
    if (list !== undefined && method === "GET") {
      return permitted(["lists:read"], () => {
        const attributes = lists.get(list)
        return attributes === undefined
          ? failed(404, { code: "not_found", title: "Not found." })
          : answered(200, { type: "list", id: list, attributes })
      })
    }
    return failed(404, { code: "not_found", title: "Not found." })
  }

  /** Every endpoint has fixed windows of a second and of a minute. The headers describe the minute's. */
  const limited = (path: string, answer: () => PeerAnswer): PeerAnswer => {
    const endpoint = path.replace(/\?.*/, "")
    const own = windows.get(endpoint) ?? {
      burst: fixedWindow(perSecond, 1000, now),
      steady: fixedWindow(perMinute, 60_000, now)
    }
    windows.set(endpoint, own)
    const burst = own.burst.take()
    const steady = burst.isWithin ? own.steady.take() : burst
    if (!steady.isWithin) {
      const { body = "" } = failed(429, { code: "throttled", title: "Request was throttled." })
      return { status: 429, headers: { "retry-after": String(steady.reset) }, body }
    }
    const { body, headers, status } = answer()
    return {
      status,
      ...(body === undefined ? {} : { body }),
      headers: {
        ...headers,
        "ratelimit-limit": `${perMinute}, ${perSecond};w=1, ${perMinute};w=60`,
        "ratelimit-remaining": String(steady.remaining),
        "ratelimit-reset": String(steady.reset)
      }
    }
  }

  const keyRefused = failed(401, { code: "not_authenticated", title: "Authentication credentials were not provided." })

  const behaviour: PeerBehaviour = {
    carryOut: (request) => {
      if (request.headers["authorization"] !== `Klaviyo-API-Key ${klaviyoKey}`) return keyRefused
      const revision = request.headers["revision"]
      if (typeof revision !== "string") return failed(400, { code: "invalid", pointer: "/revision" })
      if (revision < oldest) return failed(410, { code: "gone", title: "This revision has been retired." })
      return limited(request.path, () => routed(request))
    },
    isWrite: ({ method }) => method === "POST",
    contacts,
    add: (email, mailability = "subscribed") => {
      const contact = store(email, 0)
      contact.isAsked = mailability === "pending"
      if (mailability === "subscribed") contact.consent = "SUBSCRIBED"
      if (mailability === "unsubscribed") {
        contact.consent = "UNSUBSCRIBED"
        contact.suppression = ["UNSUBSCRIBE"]
      }
      if (mailability === "suppressed") contact.suppression = ["USER_SUPPRESSED"]
    },
    answers: {
      rateLimited: { ...failed(429, { code: "throttled" }), headers: { "retry-after": "2" } },
      keyRefused,
      trouble: failed(500, { code: "error", title: "A server error occurred." }),
      localised: failed(400, {
        code: "invalid",
        title: "L'adresse e-mail n'est pas valide",
        pointer: "/data/attributes/email"
      }),
      payload: failed(400, { code: "invalid", pointer: "/data/relationships" }),
      another: [200, 201].map((status) =>
        answered(status, { type: "profile", id: "01HOTHER", attributes: { email: "other@shop.example" } })
      )
    }
  }
  return { behaviour, mails }
}

/** A stand-in of Klaviyo with the lists Y6nRLr (single opt-in) and X1double. */
export const klaviyoPeer = ({
  now = () => performance.now(),
  perMinute = 750,
  perSecond = 75,
  scopes = allScopes
}: {
  readonly perSecond?: number
  readonly perMinute?: number
  readonly scopes?: Scopes
  readonly now?: () => number
} = {}): Effect.Effect<KlaviyoPeer, never, Scope.Scope> =>
  Effect.suspend(() => {
    const { behaviour, mails } = make(perSecond, perMinute, scopes, now)
    return Effect.map(providerPeer(behaviour), (peer) => ({ ...peer, mails }))
  })
