import { Effect } from "effect"
import type { Mailability } from "../../../../src/esp/Verdict.ts"
import type { Received } from "../HttpPeer.ts"
import { type PeerAnswer, type PeerBehaviour, type PeerContact, providerPeer } from "../ProviderPeer.ts"

export const key = "unisender-key-of-the-shop"

/** What the account holds apart from contacts. */
export interface Account {
  readonly lists: ReadonlyArray<string>
  readonly fields: ReadonlyArray<string>
  /** Lists with a confirmation letter. */
  readonly withLetter: ReadonlyArray<string>
}

interface Stored {
  email: string
  status: string
  readonly lists: Set<string>
  readonly tags: Set<string>
  readonly attributes: Record<string, string>
  creations: number
}

const statusOf: { readonly [M in Mailability]: string } = {
  subscribed: "active",
  pending: "invited",
  unsubscribed: "unsubscribed",
  suppressed: "blocked",
  unknown: "new"
}

const roles = /^(?:info|sales|no-?reply|all|admin|support|postmaster|abuse)@/i

const ok = (result: unknown): PeerAnswer => ({ status: 200, body: JSON.stringify({ result }) })

/** Errors have status 200, and messages in the language of the URL. */
const failure = (code: string, error: string): PeerAnswer => ({ status: 200, body: JSON.stringify({ error, code }) })

const keyRefused = failure("invalid_api_key", "Неверный API-ключ")
const limited = failure("api_call_limit_exceeded_for_api_key", "Превышен лимит вызовов для данного API-ключа")

const refusal = (code: string, message: string) =>
  ok({ total: 1, inserted: 0, updated: 0, deleted: 0, new_emails: 0, invalid: 1, log: [{ index: 0, code, message }] })

const imported = (was: "inserted" | "updated") =>
  ok({ total: 1, inserted: 0, updated: 0, deleted: 0, new_emails: 1, invalid: 0, log: [], [was]: 1 })

const columns = ["email", "tags", "email_list_ids", "email_status"]

const mailabilityOf = ({ lists, status }: Stored): Mailability => {
  if (status === "new" && lists.size === 0) return "unsubscribed"
  const found = (Object.keys(statusOf) as ReadonlyArray<Mailability>).find((one) => statusOf[one] === status)
  return found === undefined || found === "unknown" ? "subscribed" : found
}

const seen = (contact: Stored): PeerContact => ({
  email: contact.email,
  mailability: mailabilityOf(contact),
  lists: [...contact.lists],
  tags: [...contact.tags],
  attributes: { ...contact.attributes },
  creations: contact.creations
})

/**
 * UniSender with its own state. It judges rows by a numeric field SCORE (UNVERIFIED). Its limits are counted by `now`, in
 * milliseconds.
 */
export const behaviour = (
  account: Account = { lists: ["77", "78"], fields: ["Name", "LAST_GAME", "SCORE"], withLetter: ["77", "78"] },
  now: () => number = () => Date.now()
): PeerBehaviour & {
  /** The addresses that were sent a confirmation letter, in order. */
  readonly letters: ReadonlyArray<string>
} => {
  const contacts = new Map<string, Stored>()
  const shown = new Map<string, PeerContact>()
  const letters: Array<string> = []
  const calls = new Map<string, Array<number>>()

  /** True if another call of this kind exceeds the limit per minute. */
  const isTooMany = (kind: string, limit: number): boolean => {
    const minute = (calls.get(kind) ?? []).filter((at) => at > now() - 60_000)
    calls.set(kind, [...minute, now()])
    return minute.length >= limit
  }

  const store = (contact: Stored): void => {
    contacts.set(contact.email.toLowerCase(), contact)
    shown.set(contact.email.toLowerCase(), seen(contact))
  }

  const importContacts = (form: URLSearchParams): PeerAnswer => {
    const row = new Map<string, string>()
    for (let index = 0; form.has(`field_names[${index}]`); index++) {
      row.set(form.get(`field_names[${index}]`) ?? "", form.get(`data[0][${index}]`) ?? "")
    }
    const unknown = [...row.keys()].find((name) => !columns.includes(name) && !account.fields.includes(name))
    if (unknown !== undefined) return failure("invalid_arg", `Неизвестное поле ${unknown}`)
    const lists = (row.get("email_list_ids") ?? "").split(",").filter((id) => id !== "")
    if (lists.some((id) => !account.lists.includes(id))) return failure("invalid_arg", "Список не найден")
    const email = row.get("email") ?? ""
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) return refusal("invalid_email", `Некорректный адрес ${email}`)
    if (roles.test(email)) return refusal("role_email", `Ролевой адрес ${email} не импортируется`)
    if (/[^\d.]/.test(row.get("SCORE") ?? "")) return refusal("invalid_field", "Неверное значение поля SCORE")
    const known = contacts.get(email.toLowerCase())
    const contact: Stored = known ?? {
      email,
      status: row.get("email_status") ?? "new",
      lists: new Set(),
      tags: new Set(),
      attributes: {},
      creations: 1
    }
    if (form.get("overwrite_lists") === "1") contact.lists.clear()
    if (form.get("overwrite_tags") === "1") contact.tags.clear()
    if (known !== undefined && ["active", "inactive"].includes(known.status)) {
      known.status = row.get("email_status") ?? known.status
    }
    for (const id of lists) contact.lists.add(id)
    for (const tag of (row.get("tags") ?? "").split(",")) if (tag !== "") contact.tags.add(tag)
    for (const [name, value] of row) if (account.fields.includes(name)) contact.attributes[name] = value
    store(contact)
    return imported(known === undefined ? "inserted" : "updated")
  }

  const subscribe = (form: URLSearchParams): PeerAnswer => {
    const lists = (form.get("list_ids") ?? "").split(",")
    if (lists.some((id) => !account.lists.includes(id))) return failure("invalid_arg", "Список не найден")
    const email = form.get("fields[email]") ?? ""
    const contact: Stored = contacts.get(email.toLowerCase()) ?? {
      email,
      status: "new",
      lists: new Set(),
      tags: new Set(),
      attributes: {},
      creations: 1
    }
    const isMailable = contact.lists.size > 0 && ["new", "active"].includes(contact.status)
    if (form.get("double_optin") !== "3" && !isMailable) {
      if (lists.some((id) => !account.withLetter.includes(id))) {
        return failure("invalid_arg", `У списков list_ids=${lists.join(",")} нет письма подтверждения`)
      }
      letters.push(email.toLowerCase())
      contact.status = "invited"
    }
    if (form.get("overwrite") === "1") contact.lists.clear()
    for (const id of lists) contact.lists.add(id)
    store(contact)
    return ok({ person_id: 9000 + contacts.size })
  }

  const getContact = (form: URLSearchParams): PeerAnswer => {
    const contact = contacts.get((form.get("email") ?? "").toLowerCase())
    if (contact === undefined) return failure("invalid_arg", "Контакт не найден")
    const { email, lists, status } = contact
    return ok({
      email: { email, added_at: "2026-01-01 10:00:00", status, availability: "available" },
      ...(form.get("include_lists") === "1"
        ? { lists: [...lists].map((id) => ({ id: Number(id), status, added_at: "2026-01-01 10:00:00" })) }
        : {})
    })
  }

  const carryOut = ({ body, headers, method, path }: Received): PeerAnswer => {
    const called = /^\/(?:ru|en)\/api\/(\w+)$/.exec(path)?.[1]
    if (called === undefined) return failure("unknown_method", "Неизвестный метод")
    if (method !== "POST" || !(headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded")) {
      return failure("unspecified", "Смешаны параметры GET и POST")
    }
    const form = new URLSearchParams(body)
    if (form.get("api_key") !== key) return keyRefused
    if (isTooMany("all", 1200)) return limited
    switch (called) {
      case "importContacts":
        return isTooMany(called, 300) ? limited : importContacts(form)
      case "subscribe":
        return isTooMany(called, 300) ? limited : subscribe(form)
      case "getContact":
        return getContact(form)
      case "getLists":
        return ok(account.lists.map((id) => ({ id: Number(id), title: `Список ${id}` })))
      case "getFields":
        return ok(account.fields.map((name, id) => ({ id, name, type: "string", is_visible: 1, view_pos: id })))
      default:
        return failure("unknown_method", "Неизвестный метод")
    }
  }

  return {
    carryOut,
    isWrite: ({ path }) => /\/(?:importContacts|subscribe)$/.test(path),
    contacts: shown,
    add: (email, mailability = "subscribed") => {
      store({
        email,
        status: statusOf[mailability],
        lists: new Set(["78"]),
        tags: new Set(),
        attributes: {},
        creations: 0
      })
    },
    letters,
    answers: {
      rateLimited: limited,
      keyRefused,
      trouble: failure("unspecified", "Внутренняя ошибка сервера"),
      localised: refusal("invalid_email", "Некорректный адрес электронной почты"),
      payload: failure("invalid_arg", "Неверный параметр field_names"),
      another: []
    }
  }
}

export const peer = Effect.suspend(() => providerPeer(behaviour()))
