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

export const brevoKey = "xkeysib-0123456789abcdef-shop"

export interface BrevoPeer extends ProviderPeer {
  /** The addresses that were sent a confirmation mail, in order, with repetitions. */
  readonly mails: ReadonlyArray<string>
  /** The person follows the link in that mail. */
  readonly confirm: (email: string) => void
}

interface Stored extends PeerContact {
  readonly id: number
  emailBlacklisted: boolean
  lists: ReadonlyArray<string>
  attributes: { readonly [name: string]: unknown }
}

const types: { readonly [name: string]: string } = {
  FIRSTNAME: "text",
  LASTNAME: "text",
  LAST_GAME: "text",
  PLAYS: "float",
  WON: "boolean",
  GAME_TAGS: "text"
}

const isOfType = (type: string, value: unknown): boolean =>
  type === "float"
    ? typeof value === "number"
    : type === "boolean"
      ? typeof value === "boolean"
      : typeof value === "string"

const error = (status: number, code: string, message: string, more: object = {}): PeerAnswer => ({
  status,
  body: JSON.stringify({ code, message, ...more })
})

const notAnAddress = error(400, "invalid_parameter", "Invalid email address")

/**
 * Brevo refuses addresses whose top-level domain has one letter. Fairground accepts them, as the standard has no such rule.
 */
const isAddress = (email: unknown): email is string =>
  typeof email === "string" && /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(email)

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parse = (body: string): { readonly [key: string]: unknown } | undefined => {
  try {
    const json: unknown = JSON.parse(body)
    return isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** Brevo as documented, with the lists 7 and 8, the attributes above, and the templates 3 (double opt-in) and 4 (none). */
const make = (perSecond: number, now: () => number) => {
  const contacts = new Map<string, Stored>()
  const lists = new Map([
    ["7", "Newsletter"],
    ["8", "Winners"]
  ])
  const mails: Array<string> = []
  const pending = new Map<string, ReadonlyArray<string>>()
  const second = fixedWindow(perSecond, 1000, now)
  /** How many addresses were refused by rules that Fairground lacks; looking them up fails too. */
  let refusals = 0
  let ids = 5119

  const store = (email: string, creations: number): Stored => {
    const key = email.toLowerCase()
    const contact: Stored = {
      id: ++ids,
      email: key,
      emailBlacklisted: false,
      lists: [],
      tags: [],
      attributes: {},
      creations,
      get mailability(): Mailability {
        if (this.emailBlacklisted) return "suppressed"
        if (this.lists.length > 0) return "subscribed"
        return pending.has(key) ? "pending" : "unsubscribed"
      }
    }
    contacts.set(key, contact)
    return contact
  }

  const wrongList = (ids: unknown): boolean =>
    ids !== undefined && (!Array.isArray(ids) || ids.some((id) => typeof id !== "number" || !lists.has(String(id))))

  const create = (body: { readonly [key: string]: unknown }): PeerAnswer => {
    const { attributes = {}, email, emailBlacklisted, listIds, updateEnabled } = body
    if (email === undefined) return error(400, "missing_parameter", "email is missing")
    if (!isAddress(email)) return notAnAddress
    if (wrongList(listIds)) return error(400, "invalid_parameter", "List ids are invalid")
    if (!isObject(attributes)) return error(400, "invalid_parameter", "attributes are invalid")
    if (Object.keys(attributes).some((name) => !Object.hasOwn(types, name))) {
      return error(400, "invalid_parameter", "Transactional attribute as primary Key is missing")
    }
    const known = contacts.get(email.toLowerCase())
    if (known !== undefined && updateEnabled !== true) {
      return error(
        400,
        "duplicate_parameter",
        "Unable to create contact, email is already associated with another Contact",
        {
          metadata: { duplicate_identifiers: ["email"] }
        }
      )
    }
    const contact = known ?? store(email, 1)
    if (typeof emailBlacklisted === "boolean") contact.emailBlacklisted = emailBlacklisted
    contact.lists = [...new Set([...contact.lists, ...((listIds ?? []) as ReadonlyArray<number>).map(String)])]
    // A value of the wrong type is silently ignored.
    const fitting = Object.entries(attributes).filter(([name, value]) => isOfType(types[name] ?? "", value))
    contact.attributes = { ...contact.attributes, ...Object.fromEntries(fitting) }
    return known === undefined ? { status: 201, body: JSON.stringify({ id: contact.id }) } : { status: 204 }
  }

  const ask = ({
    email,
    includeListIds,
    redirectionUrl,
    templateId
  }: {
    readonly [key: string]: unknown
  }): PeerAnswer => {
    if (!isAddress(email)) return notAnAddress
    if (includeListIds === undefined || wrongList(includeListIds)) {
      return error(400, "invalid_parameter", "List ids are invalid")
    }
    if (templateId !== 3) return error(400, "invalid_parameter", "Template id is invalid")
    if (typeof redirectionUrl !== "string") return error(400, "missing_parameter", "redirectionUrl is missing")
    const key = email.toLowerCase()
    mails.push(key)
    pending.set(key, (includeListIds as ReadonlyArray<number>).map(String))
    // A new contact does not exist until the link is followed.
    return contacts.has(key) ? { status: 204 } : { status: 201, body: "{}" }
  }

  const look = (identifier: string): PeerAnswer => {
    if (!isAddress(identifier) || refusals > 0) {
      refusals = Math.max(0, refusals - 1)
      return notAnAddress
    }
    const contact = contacts.get(identifier.toLowerCase())
    if (contact === undefined) return error(404, "document_not_found", "Contact does not exist")
    const { attributes, email, emailBlacklisted, id, lists } = contact
    const body = { id, email, emailBlacklisted, smsBlacklisted: false, listIds: lists.map(Number), attributes }
    return { status: 200, body: JSON.stringify({ ...body, statistics: {} }) }
  }

  const routed = ({ body, method, path }: Received): PeerAnswer => {
    const { pathname, searchParams } = new URL(path, "http://peer")
    const json = parse(body)
    if (method === "POST") {
      if (json === undefined) return error(400, "bad_request", "Input must be a valid JSON object")
      if (pathname === "/v3/contacts") return create(json)
      if (pathname === "/v3/contacts/doubleOptinConfirmation") return ask(json)
    }
    if (method === "GET") {
      const [, list] = /^\/v3\/contacts\/lists\/(\d+)$/.exec(pathname) ?? []
      if (list !== undefined) {
        const name = lists.get(list)
        return name === undefined
          ? error(404, "document_not_found", "List ID does not exist")
          : { status: 200, body: JSON.stringify({ id: Number(list), name, totalSubscribers: 0 }) }
      }
      if (pathname === "/v3/contacts/attributes") {
        const attributes = Object.entries(types).map(([name, type]) => ({ name, category: "normal", type }))
        return { status: 200, body: JSON.stringify({ attributes }) }
      }
      const [, template] = /^\/v3\/smtp\/templates\/(\d+)$/.exec(pathname) ?? []
      if (template === "3" || template === "4") {
        const found = { id: Number(template), isActive: true, doiTemplate: template === "3" }
        return { status: 200, body: JSON.stringify(found) }
      }
      const [, identifier] = /^\/v3\/contacts\/([^/]+)$/.exec(pathname) ?? []
      if (identifier !== undefined && searchParams.get("identifierType") === "email_id") {
        return look(decodeURIComponent(identifier))
      }
    }
    return error(404, "document_not_found", "There is no such thing")
  }

  const behaviour: PeerBehaviour = {
    carryOut: (request) => {
      const { isWithin, remaining, reset } = second.take()
      const headers = {
        "x-sib-ratelimit-limit": String(perSecond),
        "x-sib-ratelimit-remaining": String(remaining),
        "x-sib-ratelimit-reset": String(reset)
      }
      if (!isWithin) return { ...error(429, "too_many_requests", "Too many requests"), headers }
      const key = request.headers["api-key"]
      if (key === undefined) return { ...error(401, "unauthorized", "authentication not found in headers"), headers }
      if (key !== brevoKey) return { ...error(401, "unauthorized", "Key not found"), headers }
      return { ...routed(request), headers }
    },
    isWrite: ({ method }) => method === "POST",
    contacts,
    add: (email, mailability = "subscribed") => {
      const contact = store(email, 0)
      contact.emailBlacklisted = mailability === "suppressed" || mailability === "unsubscribed"
      if (mailability !== "pending" && mailability !== "unknown") contact.lists = ["7"]
    },
    answers: {
      rateLimited: {
        ...error(429, "too_many_requests", "Too many requests"),
        headers: { "x-sib-ratelimit-limit": "10", "x-sib-ratelimit-remaining": "0", "x-sib-ratelimit-reset": "2" }
      },
      keyRefused: error(401, "unauthorized", "Key not found"),
      trouble: error(500, "internal_error", "Something went wrong"),
      get localised() {
        refusals++
        return error(400, "invalid_parameter", "L'adresse e-mail n'est pas valide")
      },
      payload: error(400, "invalid_parameter", "identifierType is invalid"),
      another: []
    }
  }
  const confirm = (email: string) => {
    const key = email.toLowerCase()
    const contact = contacts.get(key) ?? store(email, 0)
    contact.lists = [...new Set([...contact.lists, ...(pending.get(key) ?? [])])]
    pending.delete(key)
  }
  return { behaviour, mails, confirm }
}

/** A stand-in of Brevo. The General limit is 10 calls per second. */
export const brevoPeer = ({
  now = () => performance.now(),
  perSecond = 10
}: { readonly perSecond?: number; readonly now?: () => number } = {}): Effect.Effect<BrevoPeer, never, Scope.Scope> =>
  Effect.suspend(() => {
    const { behaviour, confirm, mails } = make(perSecond, now)
    return Effect.map(providerPeer(behaviour), (peer) => ({ ...peer, mails, confirm }))
  })
