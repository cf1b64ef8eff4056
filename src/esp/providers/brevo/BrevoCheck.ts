import { Effect, Option } from "effect"
import type { EspError, Finding } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import { decodeAttributes, decodeList, decodeTemplate, problem } from "./BrevoAnswer.ts"
import type { Connection } from "./BrevoConnection.ts"

type Findings = Effect.Effect<ReadonlyArray<Finding>, EspError>

const ok = (what: string): Finding => ({ level: "ok", what })
const warning = (what: string): Finding => ({ level: "warning", what })
const wrong = (what: string): Finding => ({ level: "error", what })

const refusedKey =
  "Brevo refuses the key (401): it is wrong, or it is bound to IP addresses and this server's is not among them"

const numbers: ReadonlySet<string> = new Set(["plays", "score"])

/** Why Brevo would silently ignore the source's values for this attribute; undefined: it accepts them, or nobody can tell. */
const mismatchOf = (
  source: string,
  { category, type }: { readonly category: string; readonly type?: string }
): string | undefined => {
  if (["calculated", "global", "transactional"].includes(category)) return `is ${category}, and no contact's to set`
  if (type === undefined || category !== "normal" || source.startsWith("data.")) return undefined
  const fits = numbers.has(source) ? ["float", "number"] : source === "playedAt" ? ["text", "date"] : ["text"]
  return ["text", "date", "float", "number", "boolean"].includes(type) && !fits.includes(type)
    ? `is of the type ${type}, which ${source} is not`
    : undefined
}

/** Checks the key, the list, the attributes and the template at Brevo, and changes nothing there. */
export const make = (connection: Connection, client: EspHttpClient): Findings => {
  const get = (path: string, operation: string) => client.send({ method: "GET", path, operation })

  const list = Effect.gen(function* () {
    const answer = yield* get(`/contacts/lists/${connection.list}`, "GET /contacts/lists/{listId}")
    switch (answer.status) {
      case 200: {
        const name = Option.match(decodeList(answer.json), { onNone: () => "", onSome: (known) => ` "${known.name}"` })
        return [ok("the key is right"), ok(`the list ${connection.list}${name} is there`)]
      }
      case 404:
        return [ok("the key is right"), wrong(`there is no list ${connection.list} in the Brevo account`)]
      case 401:
        return [wrong(refusedKey)]
      case 403:
        return [wrong("the key has no permission to contacts and lists (403)")]
      default:
        return yield* problem(answer, client)
    }
  })

  const sources = new Map<string, string>([
    ...Object.entries(connection.attributes ?? {}),
    ...(connection.tagsAttribute === undefined ? [] : [[connection.tagsAttribute, "name"] as const]),
    [connection.nameAttribute ?? "FIRSTNAME", "name"]
  ])
  const named = new Map<string, boolean>([
    ...Object.keys(connection.attributes ?? {}).map((name) => [name, true] as const),
    ...(connection.tagsAttribute === undefined ? [] : [[connection.tagsAttribute, true] as const]),
    [connection.nameAttribute ?? "FIRSTNAME", connection.nameAttribute !== undefined]
  ])

  const attributes = Effect.gen(function* () {
    const answer = yield* get("/contacts/attributes", "GET /contacts/attributes")
    if (answer.status !== 200) return yield* problem(answer, client)
    const known = decodeAttributes(answer.json)
    if (Option.isNone(known)) return [warning("Brevo's answer about its attributes makes no sense")]
    const there = new Set(known.value.attributes.map(({ name }) => name.toUpperCase()))
    const missing = [...named].filter(([name]) => !there.has(name))
    const useless = known.value.attributes.flatMap((attribute) => {
      const source = sources.get(attribute.name.toUpperCase())
      const why = source === undefined ? undefined : mismatchOf(source, attribute)
      return why === undefined ? [] : [wrong(`the attribute ${attribute.name} ${why}: its values go nowhere`)]
    })
    if (useless.length > 0) {
      return [...useless, ...missing.map(([name]) => wrong(`there is no attribute ${name} in the Brevo account`))]
    }
    if (missing.length === 0) return [ok(`the attributes ${[...named.keys()].join(", ")} are there`)]
    return missing.map(([name, isNamed]) =>
      isNamed
        ? wrong(`there is no attribute ${name} in the Brevo account: its values go nowhere`)
        : warning(`there is no attribute ${name} in the Brevo account: say in nameAttribute where names go`)
    )
  })

  const template = Effect.gen(function* () {
    const id = connection.doubleOptIn?.templateId
    if (id === undefined) return []
    const answer = yield* get(`/smtp/templates/${id}`, "GET /smtp/templates/{templateId}")
    if (answer.status === 404) return [wrong(`there is no template ${id} in the Brevo account`)]
    if (answer.status !== 200) return yield* problem(answer, client)
    const known = decodeTemplate(answer.json)
    if (Option.isNone(known)) return [warning("Brevo's answer about the template makes no sense")]
    if (!known.value.isActive) return [wrong(`the template ${id} is not active`)]
    return known.value.doiTemplate === false
      ? [wrong(`the template ${id} is none for double opt-in: it needs the tag optin and the link {{ params.DOIurl }}`)]
      : [ok(`the template ${id} is there`)]
  })

  return Effect.gen(function* () {
    const first = yield* list
    // Without a valid key, the other checks would fail in the same way.
    if (first.length === 1) return first
    return [...first, ...(yield* attributes), ...(yield* template)]
  })
}
