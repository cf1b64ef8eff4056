import type { Mailability } from "../../../../src/esp/Verdict.ts"
import type { Received } from "../HttpPeer.ts"
import type { PeerAnswer, PeerBehaviour, PeerContact } from "../ProviderPeer.ts"

export const user = "fairground"
export const token = "tok+en/with=signs-0123456789"
export const basic = Buffer.from(`${user}:${token}`).toString("base64")
/** A single opt-in list and a double opt-in list. */
export const single = 3
export const double = 4

type Status = "unconfirmed" | "confirmed" | "unsubscribed"

/** A subscriber as the instance stores it. */
export interface ListmonkSubscriber {
  readonly id: number
  email: string
  name: string
  status: string
  attribs: Record<string, unknown>
  readonly lists: Map<number, Status>
  creations: number
}

interface Json {
  readonly [name: string]: unknown
}
const parse = (body: string): Json => JSON.parse(body) as Json
const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const ok = (data: unknown): PeerAnswer => ({ status: 200, body: JSON.stringify({ data }) })

/** Messages in German, because an instance may use any language. */
const refuse = (status: number, message: string): PeerAnswer => ({ status, body: JSON.stringify({ message }) })
const invalidEmail = refuse(400, "Ungültige E-Mail.")

export interface ListmonkBehaviour extends PeerBehaviour {
  readonly subscribers: ReadonlyMap<string, ListmonkSubscriber>
  readonly lists: Map<number, { readonly name: string; readonly optin: "single" | "double" }>
  /** The permissions of the API user; `super` is the role that may do everything. */
  permissions: Set<string>
  /** Confirmation mails that were sent, in order. */
  readonly mails: ReadonlyArray<string>
  /** What it refuses in a body that holds more than an address, as another version might. */
  pickiness: "none" | "attribs"
  readonly subscribe: (email: string, list: number, status: Status) => void
}

/** listmonk by its documentation and source: subscribers, subscriptions, lists and the profile of the API user. */
export const listmonkBehaviour = (): ListmonkBehaviour => {
  const contacts = new Map<string, PeerContact>()
  const subscribers = new Map<string, ListmonkSubscriber>()
  const mails: Array<string> = []
  const lists: ListmonkBehaviour["lists"] = new Map([
    [single, { name: "Players", optin: "single" }],
    [double, { name: "Newsletter", optin: "double" }]
  ])
  let refusesNext = false

  const mailabilityOf = ({ lists: own, status }: ListmonkSubscriber): Mailability => {
    if (status !== "enabled") return "suppressed"
    const [first] = own
    if (first === undefined || first[1] === "unsubscribed") return "unsubscribed"
    return first[1] === "confirmed" || lists.get(first[0])?.optin === "single" ? "subscribed" : "pending"
  }

  const show = (subscriber: ListmonkSubscriber) => {
    const { tags } = subscriber.attribs
    contacts.set(subscriber.email, {
      email: subscriber.email,
      mailability: mailabilityOf(subscriber),
      lists: [...subscriber.lists.keys()].map(String),
      tags: Array.isArray(tags) ? tags.map(String) : [],
      attributes: subscriber.attribs,
      creations: subscriber.creations
    })
  }

  const answerOf = (subscriber: ListmonkSubscriber) => ({
    ...subscriber,
    uuid: "00000000-0000-4000-8000-000000000000",
    lists: [...subscriber.lists].map(([id, status]) => ({
      id,
      ...lists.get(id),
      type: "private",
      subscription_status: status
    }))
  })

  /**
   * cmd/subscribers.go, makeOptinNotifyHook: one mail for all unconfirmed double opt-in lists among `ids`, or among all if
   * empty.
   */
  const mailOptin = (subscriber: ListmonkSubscriber, ids: ReadonlyArray<number>) => {
    const waiting = [...subscriber.lists].filter(
      ([id, status]) =>
        status === "unconfirmed" && lists.get(id)?.optin === "double" && (ids.length === 0 || ids.includes(id))
    )
    if (waiting.length > 0) mails.push(subscriber.email)
  }

  const may = (...permissions: ReadonlyArray<string>) =>
    behaviour.permissions.has("super") || permissions.every((permission) => behaviour.permissions.has(permission))
  const denied = (permission: string) => refuse(403, `permission denied: ${permission}`)
  const mayManage = (id: number) => may("lists:manage_all") || may(`list:manage:${id}`)

  const isAddress = (email: string) => /^[^\s@"<>]+@[^\s@"<>]+$/.test(email)

  const create = (body: Json): PeerAnswer => {
    if (!may("subscribers:manage")) return denied("subscribers:manage")
    if (Array.isArray(body)) return refuse(400, "Unmarshal type error: expected=subimporter.SubReq, got=array, field=")
    const email = textOf(body["email"]).trim().toLowerCase()
    const attribs = (body["attribs"] ?? {}) as Json
    const wanted = (body["lists"] ?? []) as ReadonlyArray<number>
    const isBare = Object.keys(attribs).length === 0 && wanted.length === 0
    if (refusesNext && isBare) {
      refusesNext = false
      return invalidEmail
    }
    if (email.length > 1000 || !isAddress(email)) return invalidEmail
    if (email.endsWith("@blocked.example")) return refuse(400, "Die E-Mail-Domain ist gesperrt.")
    if (behaviour.pickiness === "attribs" && Object.keys(attribs).length > 0) return refuse(400, "Ungültige Daten.")
    // PostgreSQL: neither jsonb nor text can hold NUL.
    if (JSON.stringify([body["name"], attribs]).includes("\\u0000")) {
      return refuse(500, "Error creating Subscriber: unsupported Unicode escape sequence")
    }
    const there = subscribers.get(email)
    if (there !== undefined) return refuse(409, "E-Mail existiert bereits.")
    const permitted = wanted.filter((id) => lists.has(id) && mayManage(id))
    const isConfirmed = body["preconfirm_subscriptions"] === true
    const subscriber: ListmonkSubscriber = {
      id: subscribers.size + 1,
      email,
      name: textOf(body["name"]).trim() || email.slice(0, email.indexOf("@")),
      status: textOf(body["status"]),
      attribs: { ...attribs },
      lists: new Map(permitted.map((id) => [id, isConfirmed ? "confirmed" : "unconfirmed"])),
      creations: 1
    }
    subscribers.set(email, subscriber)
    mailOptin(subscriber, permitted)
    show(subscriber)
    return ok(answerOf(subscriber))
  }

  const query = (url: URL): PeerAnswer => {
    if (!may("subscribers:get_all")) return denied("subscribers:get_all")
    const condition = url.searchParams.get("query") ?? ""
    if (condition !== "" && !may("subscribers:sql_query"))
      return refuse(403, "Berechtigung fehlt: subscribers:sql_query")
    const literal = /^subscribers\.email = '((?:[^']|'')*)'$/.exec(condition)?.[1]
    if (condition !== "" && literal === undefined) return refuse(400, "Fehler in der Abfrage: pq: syntax error")
    const found = [...subscribers.values()].filter(
      ({ email }) => literal === undefined || email === literal.replaceAll("''", "'")
    )
    return ok({ results: found.map(answerOf), total: found.length, page: 1, per_page: 20 })
  }

  const manageLists = (body: Json): PeerAnswer => {
    if (!may("subscribers:manage")) return denied("subscribers:manage")
    const ids = body["ids"] as ReadonlyArray<number>
    const targets = (body["target_list_ids"] as ReadonlyArray<number>).filter(mayManage)
    if (targets.length === 0) return denied("lists")
    for (const subscriber of [...subscribers.values()].filter(({ id }) => ids.includes(id))) {
      for (const id of targets) {
        // queries/subscribers.sql, add-subscribers-to-lists.
        const status = body["status"] as Status | undefined
        subscriber.lists.set(id, status ?? subscriber.lists.get(id) ?? "unconfirmed")
      }
      show(subscriber)
    }
    return ok(true)
  }

  const patch = (subscriber: ListmonkSubscriber, body: Json): PeerAnswer => {
    subscriber.attribs = { ...subscriber.attribs, ...(body["attribs"] as Json) }
    // cmd/subscribers.go, PatchSubscriber: the update sends a mail for all unconfirmed lists.
    mailOptin(subscriber, [])
    show(subscriber)
    return ok(answerOf(subscriber))
  }

  const ofSubscriber = (method: string, id: number, part: string | undefined, body: string): PeerAnswer => {
    if (!may("subscribers:manage")) return denied("subscribers:manage")
    const subscriber = [...subscribers.values()].find((one) => one.id === id)
    if (subscriber === undefined) return refuse(400, `Abonnent (${id}) nicht gefunden`)
    if (method === "PATCH") return patch(subscriber, parse(body))
    if (method === "POST" && part === "optin") {
      mailOptin(subscriber, [])
      return ok(true)
    }
    return method === "GET" ? ok(answerOf(subscriber)) : refuse(405, "Method Not Allowed")
  }

  const profile = (): PeerAnswer =>
    ok({
      username: user,
      type: "api",
      user_role: {
        id: behaviour.permissions.has("super") ? 1 : 2,
        name: "games",
        permissions: [...behaviour.permissions].filter((permission) => !permission.startsWith("list:"))
      },
      list_role: {
        id: 5,
        lists: [...lists.keys()].map((id) => ({
          id,
          permissions: mayManage(id) ? ["list:get", "list:manage"] : ["list:get"]
        }))
      }
    })

  const carryOut = ({ body, headers, method, path }: Received): PeerAnswer => {
    if (headers.authorization !== `Basic ${basic}` || headers.cookie !== undefined) return behaviour.answers.keyRefused
    const url = new URL(path, "http://peer")
    const [api, collection, id, part] = url.pathname.split("/").slice(1)
    if (api !== "api") return { status: 404, headers: { "content-type": "text/html" }, body: "<html>admin</html>" }
    if (collection === "profile") return profile()
    if (collection === "lists" && id !== undefined) {
      const list = lists.get(Number(id))
      return list === undefined ? refuse(400, "Liste nicht gefunden") : ok({ id: Number(id), ...list })
    }
    if (collection !== "subscribers") return refuse(404, "Not Found")
    if (id === undefined) return method === "POST" ? create(parse(body)) : query(url)
    return id === "lists" ? manageLists(parse(body)) : ofSubscriber(method, Number(id), part, body)
  }

  const behaviour: ListmonkBehaviour = {
    carryOut,
    isWrite: ({ method }) => method !== "GET",
    contacts,
    add: (email, mailability = "subscribed") => {
      const subscriber: ListmonkSubscriber = {
        id: subscribers.size + 1,
        email: email.toLowerCase(),
        name: "",
        status: mailability === "suppressed" ? "blocklisted" : "enabled",
        attribs: {},
        lists: new Map(),
        creations: 0
      }
      if (mailability === "subscribed") subscriber.lists.set(single, "confirmed")
      if (mailability === "unsubscribed") subscriber.lists.set(single, "unsubscribed")
      if (mailability === "pending") subscriber.lists.set(double, "unconfirmed")
      subscribers.set(subscriber.email, subscriber)
      show(subscriber)
    },
    answers: {
      rateLimited: refuse(429, "Zu viele Anfragen"),
      keyRefused: refuse(403, "invalid API credentials"),
      trouble: refuse(500, "Fehler beim Erstellen: pq: canceling statement due to statement timeout"),
      /** The address is refused, so the next body with the same address and fewer other fields is refused too. */
      get localised() {
        refusesNext = true
        return invalidEmail
      },
      payload: refuse(400, "Ungültige Daten."),
      another: [ok({ id: 81, email: "other@shop.example", status: "enabled", lists: [] })]
    },
    subscribers,
    lists,
    permissions: new Set(["subscribers:manage", "subscribers:get_all", "subscribers:sql_query", "lists:manage_all"]),
    mails,
    pickiness: "none",
    subscribe: (email, list, status) => {
      const subscriber = subscribers.get(email)
      subscriber?.lists.set(list, status)
      if (subscriber !== undefined) show(subscriber)
    }
  }
  return behaviour
}
