import { hash, randomUUID } from "node:crypto"
import type { Mailability } from "../../../../src/esp/Verdict.ts"
import type { Received } from "../HttpPeer.ts"
import type { PeerAnswer, PeerBehaviour, PeerContact } from "../ProviderPeer.ts"

export const key = "0123456789abcdef0123456789abcdef-us21"
export const audience = "a1b2c3d4e5"
/** An audience that a game may name instead of the connection's. */
export const otherAudience = "f6f7f8f9f0"

/** A member as the audience stores it. */
export interface MailchimpMember {
  email: string
  status: string
  language: string
  mergeFields: Record<string, unknown>
  tags: Array<string>
  timestampSignup: string
  creations: number
  /** Tags that were set by a call that starts automations. */
  automations: Array<string>
}

const problem = (status: number, title: string, detail: string, more: object = {}): PeerAnswer => ({
  status,
  headers: { "content-type": "application/problem+json; charset=utf-8" },
  body: JSON.stringify({
    type: "https://mailchimp.com/developer/marketing/docs/errors/",
    title,
    status,
    detail,
    instance: randomUUID(),
    ...more
  })
})

const ok = (body: unknown): PeerAnswer => ({ status: 200, body: JSON.stringify(body) })

const notFound = problem(404, "Resource Not Found", "The requested resource could not be found.")
const tooMany = problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.")
const invalid = (errors: ReadonlyArray<{ field: string; message: string }>, detail: string) =>
  problem(400, "Invalid Resource", detail, { errors })

const mailabilityOf = (status: string): Mailability => {
  if (status === "subscribed" || status === "pending") return status
  return status === "cleaned" ? "suppressed" : "unsubscribed"
}

const statusOf: { readonly [M in Mailability]: string } = {
  subscribed: "subscribed",
  pending: "pending",
  unsubscribed: "unsubscribed",
  suppressed: "cleaned",
  unknown: "subscribed"
}

interface Json {
  readonly [name: string]: unknown
}
const parse = (body: string): Json => JSON.parse(body) as Json
const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

export interface MailchimpBehaviour extends PeerBehaviour {
  readonly members: (list?: string) => ReadonlyMap<string, MailchimpMember>
  readonly audiences: Map<
    string,
    { doubleOptin: boolean; mergeFields: Map<string, { type: string; required: boolean }> }
  >
  /** Permanently deletes a member, which Mailchimp remembers. */
  readonly forget: (email: string) => void
  /** How many of the ten connections others hold now. */
  busy: number
  role: string
}

/** Mailchimp Marketing API 3.0: the API root, audiences, their merge fields, members and tags. */
export const mailchimpBehaviour = (): MailchimpBehaviour => {
  const contacts = new Map<string, PeerContact>()
  const byList = new Map([audience, otherAudience].map((list) => [list, new Map<string, MailchimpMember>()]))
  const forgotten = new Set(["forgotten@shop.example"])
  const mergeFields = () =>
    new Map([
      ["FNAME", { type: "text", required: false }],
      ["LNAME", { type: "text", required: false }],
      ["PLAYS", { type: "number", required: false }]
    ])
  const audiences: MailchimpBehaviour["audiences"] = new Map(
    [audience, otherAudience].map((list) => [list, { doubleOptin: list === otherAudience, mergeFields: mergeFields() }])
  )

  const show = (address: string) => {
    const lists = [...byList].filter(([, members]) => members.has(address))
    const member = lists[0]?.[1].get(address)
    if (member === undefined) return
    contacts.set(address, {
      email: member.email,
      mailability: mailabilityOf(member.status),
      lists: lists.map(([list]) => list),
      tags: member.tags,
      attributes: member.mergeFields,
      creations: Math.max(...lists.map(([, members]) => members.get(address)?.creations ?? 0))
    })
  }

  const answerOf = (member: MailchimpMember) =>
    ok({
      id: hash("md5", member.email.toLowerCase(), "hex"),
      email_address: member.email,
      status: member.status,
      merge_fields: member.mergeFields,
      tags: member.tags.map((name, index) => ({ id: index + 1, name })),
      language: member.language,
      timestamp_signup: member.timestampSignup
    })

  const setMergeFields = (list: string, member: MailchimpMember, given: Json): PeerAnswer | undefined => {
    const known = audiences.get(list)?.mergeFields
    const errors: Array<{ field: string; message: string }> = []
    for (const [tag, value] of Object.entries(given)) {
      const type = known?.get(tag)?.type
      if (type === undefined) errors.push({ field: tag, message: "There is no such merge field." })
      else if (typeof value !== "string" && typeof value !== "number") {
        return invalid(
          [{ field: `merge_fields.${tag}`, message: "Data did not match any of the schemas described in anyOf." }],
          "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
        )
      } else if (type === "number" && !Number.isFinite(Number(value))) {
        errors.push({ field: tag, message: "Please enter a number" })
      }
    }
    if (errors.length > 0) return invalid(errors, "Your merge fields were invalid.")
    Object.assign(member.mergeFields, given)
    return undefined
  }

  const create = (
    list: string,
    members: Map<string, MailchimpMember>,
    body: Json,
    skipsMissing: boolean
  ): PeerAnswer => {
    const email = body["email_address"]
    if (typeof email !== "string" || !email.includes("@")) {
      return invalid(
        [{ field: "email_address", message: "This value should be a valid email." }],
        "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
      )
    }
    const address = email.toLowerCase()
    if (address.endsWith("@example.com"))
      return problem(400, "Invalid Resource", `${email} looks fake or invalid, please enter a real email address.`)
    if (address.startsWith("everywhere")) {
      return problem(
        400,
        "Invalid Resource",
        `${email} has signed up to a lot of lists very recently; we're not allowing more signups for now`
      )
    }
    if (forgotten.has(address))
      return problem(
        400,
        "Forgotten Email Not Subscribed",
        `${email} was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list.`
      )
    const there = members.get(address)
    if (there !== undefined) {
      return there.status === "cleaned" && body["status"] === "subscribed"
        ? problem(
            400,
            "Member In Compliance State",
            `${email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed.`
          )
        : problem(400, "Member Exists", `${email} is already a list member. Use PUT to insert or update list members.`)
    }
    const given = (body["merge_fields"] ?? {}) as Json
    const required = [...(audiences.get(list)?.mergeFields ?? [])].filter(
      ([tag, field]) => field.required && !(tag in given)
    )
    if (required.length > 0 && !skipsMissing) {
      return invalid(
        required.map(([tag]) => ({ field: tag, message: "Please enter a value" })),
        "Your merge fields were invalid."
      )
    }
    const member: MailchimpMember = {
      email,
      status: textOf(body["status"]),
      language: textOf(body["language"]),
      mergeFields: {},
      tags: [...((body["tags"] ?? []) as ReadonlyArray<string>)],
      timestampSignup: textOf(body["timestamp_signup"]),
      creations: 1,
      automations: []
    }
    const refused = setMergeFields(list, member, given)
    if (refused !== undefined) return refused
    members.set(address, member)
    show(address)
    return answerOf(member)
  }

  const ofMember = (method: string, list: string, member: MailchimpMember, part: string | undefined, body: string) => {
    if (method === "GET" && part === undefined) return answerOf(member)
    if (method === "PATCH" && part === undefined) {
      const { merge_fields: given, status } = parse(body)
      const refused = setMergeFields(list, member, (given ?? {}) as Json)
      if (refused !== undefined) return refused
      if (status !== undefined) member.status = textOf(status)
      show(member.email.toLowerCase())
      return answerOf(member)
    }
    if (method === "POST" && part === "tags") {
      const { is_syncing: isSyncing, tags } = parse(body)
      for (const { name } of tags as ReadonlyArray<{ name: string }>) {
        if (!member.tags.includes(name)) member.tags.push(name)
        if (isSyncing !== true) member.automations.push(name)
      }
      show(member.email.toLowerCase())
      return { status: 204 }
    }
    return problem(405, "Method Not Allowed", "The requested method and resource are not compatible.")
  }

  const carryOut = ({ body, headers, method, path }: Received): PeerAnswer => {
    if (headers.authorization !== `Bearer ${key}`) return behaviour.answers.keyRefused
    if (behaviour.busy >= 10) return tooMany
    const url = new URL(path, "http://peer")
    const [version, collection, list, part, id, below] = url.pathname.split("/").slice(1).map(decodeURIComponent)
    if (version !== "3.0") return notFound
    if (collection === "") return ok({ account_name: "Shop", role: behaviour.role, email: "owner@shop.example" })
    const known = audiences.get(list ?? "")
    const members = byList.get(list ?? "")
    if (collection !== "lists" || list === undefined || known === undefined || members === undefined) return notFound
    if (part === undefined)
      return ok({ id: list, name: "Players", double_optin: known.doubleOptin, marketing_permissions: false })
    if (part === "merge-fields") {
      return ok({ merge_fields: [...known.mergeFields].map(([tag, field]) => ({ tag, ...field })) })
    }
    if (part !== "members") return notFound
    if (id === undefined)
      return create(list, members, parse(body), url.searchParams.get("skip_merge_validation") === "true")
    const member = [...members].find(([address]) => hash("md5", address, "hex") === id)?.[1]
    return member === undefined ? notFound : ofMember(method, list, member, below, body)
  }

  const behaviour: MailchimpBehaviour = {
    carryOut,
    isWrite: ({ method }) => method !== "GET",
    contacts,
    add: (email, mailability = "subscribed") => {
      byList.get(audience)?.set(email.toLowerCase(), {
        email,
        status: statusOf[mailability],
        language: "",
        mergeFields: {},
        tags: [],
        timestampSignup: "",
        creations: 0,
        automations: []
      })
      show(email.toLowerCase())
    },
    answers: {
      rateLimited: tooMany,
      keyRefused: problem(
        401,
        "API Key Invalid",
        "Your API key may be invalid, or you've attempted to access the wrong datacenter."
      ),
      trouble: problem(
        500,
        "InternalServerError",
        "A deep, internal error has occurred during the processing of your request. Please contact support."
      ),
      // Mailchimp only speaks English. This simulates that it did not.
      localised: invalid(
        [{ field: "email_address", message: "Dieser Wert ist keine gültige E-Mail-Adresse." }],
        "Die Angaben konnten nicht geprüft werden."
      ),
      payload: invalid([{ field: "status", message: "Value must be one of: subscribed" }], "See the 'errors' array."),
      another: [
        ok({ id: hash("md5", "other@shop.example", "hex"), email_address: "other@shop.example", status: "subscribed" })
      ]
    },
    members: (list = audience) => byList.get(list) ?? new Map<string, MailchimpMember>(),
    audiences,
    forget: (email) => void forgotten.add(email.toLowerCase()),
    busy: 0,
    role: "manager"
  }
  return behaviour
}
