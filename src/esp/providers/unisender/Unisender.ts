import { Effect, Option, Schema } from "effect"
import { withoutEndSlash } from "../../../platform/outbound/BaseUrl.ts"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"
import { afterVerdict } from "../../CallEnd.ts"
import { type EspAnswer, leaving, wrongList } from "../EspAnswer.ts"
import {
  created,
  type EspAdapter,
  type EspContact,
  type EspError,
  EspRejected,
  existed,
  type Finding,
  type Registration
} from "../../EspClient.ts"
import { accountOf, bucket } from "../../governor/GovernorPolicy.ts"
import type { Tools } from "../Provider.ts"
import * as Answers from "./UnisenderAnswers.ts"

/**
 * The columns that `importContacts` takes for orders: as an attribute, `email_status` would give a marketing permission and
 * `delete` would take the contact away.
 */
const isOrder = (name: string): boolean => /^(?:delete|tags|email|phone|(?:email|phone)_.*)$/i.test(name)

/** A user field as UniSender names it. https://www.unisender.com/en/support/api/contacts/createfield/ */
const FieldName = Schema.String.check(
  Schema.makeFilter(
    (name: string) =>
      (/^[A-Za-z][\w-]*$/.test(name) && !isOrder(name)) ||
      "an attribute must be the name of a user field: Latin letters, digits, _ and -, and no column of UniSender's own"
  )
)

export const Connection = connection("unisender", {
  key: Secret,
  /** Whom the key belongs to: UniSender, or its twin Selzy at `https://api.selzy.com`. */
  base: Schema.optionalKey(BaseUrl),
  /** Of the API; its words are only for people, so nothing but the account's home decides. */
  language: Schema.optionalKey(Schema.Literals(["ru", "en"])),
  list: ListId,
  attributes: Schema.optionalKey(Schema.Record(FieldName, AttributeSource))
})

const defaultBase = "https://api.unisender.com"

/** The most tags that `importContacts` takes for a contact. */
const mostTags = 10

/** Tags are sent in one text with commas between them, so none may hold one. */
const tagsOf = (tags: ReadonlyArray<string>): string =>
  tags
    .map((tag) => tag.replaceAll(/[\s,]+/g, " ").trim())
    .filter((tag) => tag !== "")
    .slice(0, mostTags)
    .join(",")

const textOf = (value: string | number | boolean): string =>
  typeof value === "boolean" ? (value ? "1" : "0") : String(value)

/**
 * UniSender: `importContacts` creates or updates and tells which in one call; it asks nobody for confirmation. So it puts the
 * contact into no list, and a list is what campaigns go to: only with consent `subscribe` adds the contact to one, with a
 * letter by which the player confirms (`double_optin=4`). Nothing is ever taken away: `overwrite*` stay 0.
 */
export const make = (
  { attributes = {}, base = defaultBase, key, language = "ru", list }: typeof Connection.Type,
  { http }: Tools
): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const client = http({ base: `${withoutEndSlash(base)}/${language}/api`, secrets: [key] })

    /** The key is a parameter, and only ever in the body; parameters in the URL beside a body are refused obscurely. */
    const call = (method: string, form: ReadonlyArray<readonly [string, string]>): Effect.Effect<EspAnswer, EspError> =>
      client.send({
        method: "POST",
        path: `/${method}`,
        operation: method,
        form: [["format", "json"], ["api_key", key], ...form]
      })

    const importRow = Effect.fnUntraced(function* (columns: ReadonlyArray<readonly [string, string]>) {
      const answer = yield* call("importContacts", [
        ...columns.map(([name], index) => [`field_names[${index}]`, name] as const),
        ...columns.map(([, value], index) => [`data[0][${index}]`, value] as const),
        ["overwrite_tags", "0"],
        ["overwrite_lists", "0"]
      ])
      return { answer, result: yield* Answers.read(Answers.Imported, answer, client) }
    })

    /**
     * A row that is refused may be refused for a field, whose value may be a stranger's. A contact is rejected for good only
     * when it is refused with nothing but its address.
     */
    const importOne = Effect.fnUntraced(function* (contact: EspContact): Effect.fn.Return<Registration, EspError> {
      const tags = tagsOf(contact.tags)
      const more: ReadonlyArray<readonly [string, string]> = [
        ...Object.entries(contact.attributes).map(([name, value]) => [name, textOf(value)] as const),
        ...(tags === "" ? [] : [["tags", tags] as const])
      ]
      let { answer, result } = yield* importRow([["email", contact.email], ...more])
      if (more.length > 0 && Answers.isRefused(result)) {
        const first = answer
        ;({ answer, result } = yield* importRow([["email", contact.email]]))
        if (!Answers.isRefused(result)) {
          yield* Effect.logWarning("UniSender refuses a field: the contact is registered without any", {
            fields: more.map(([name]) => name),
            body: client.redact(first.text)
          })
        }
      }
      const { inserted, invalid, log, updated } = result
      if (inserted > 0) return created("unsubscribed")
      if (updated > 0) return existed()
      if (invalid > 0) return yield* new EspRejected({ reason: Answers.refusalOf(log) })
      return yield* Answers.senseless(answer, client)
    })

    /** The player confirms by a letter, unless the contact is in a list already and may be mailed. */
    const invite = (contact: EspContact, { verdict }: Registration) =>
      afterVerdict(
        call("subscribe", [
          ["list_ids", contact.list ?? list],
          ["fields[email]", contact.email],
          ["double_optin", "4"],
          ["overwrite", "0"]
        ])
      ).pipe(
        Effect.flatMap((answer) => Answers.read(Answers.Subscribed, answer, client)),
        // The import has had the same key and no list.
        Effect.mapError((error) => (error._tag === "EspMisconfigured" ? wrongList(contact, error.reason) : error)),
        // What the letter fails for makes no contact that was there one of ours, and no contact of ours one that was there.
        Effect.mapError(leaving(verdict === "created"))
      )

    const look = (contact: EspContact) =>
      call("getContact", [
        ["email", contact.email],
        ["include_lists", "1"]
      ]).pipe(
        Effect.flatMap((answer) => Answers.read(Answers.Found, answer, client)),
        afterVerdict,
        Effect.map(Option.some),
        Effect.orElseSucceed(() => Option.none<typeof Answers.Found.Type>())
      )

    const register = Effect.fnUntraced(function* (contact: EspContact): Effect.fn.Return<Registration, EspError> {
      const imported = yield* importOne(contact)
      if (contact.consent === null) return imported
      if (imported.verdict === "created") {
        yield* invite(contact, imported)
        return created("pending")
      }
      // An import of ours whose answer was lost has left a contact in no list, and its player without the letter.
      const found = yield* look(contact)
      if (Option.isNone(found)) return imported
      if (Answers.isInNoList(found.value)) {
        yield* invite(contact, imported)
        return existed("pending")
      }
      return existed(Answers.mailabilityOf(found.value))
    })

    const check = Effect.gen(function* () {
      const lists = yield* Effect.flatMap(call("getLists", []), (answer) => Answers.read(Answers.Lists, answer, client))
      const fields = yield* Effect.flatMap(call("getFields", []), (answer) =>
        Answers.read(Answers.Fields, answer, client)
      )
      const findings: Array<Finding> = [{ level: "ok", what: "the key is right" }]
      findings.push(
        lists.some(({ id }) => id === list)
          ? { level: "ok", what: `list ${list} exists` }
          : { level: "error", what: `there is no list ${list}; there are ${lists.map(({ id }) => id).join(", ")}` }
      )
      const known = new Set(fields.map(({ name }) => name))
      for (const name of Object.keys(attributes)) {
        findings.push(
          known.has(name)
            ? { level: "ok", what: `user field ${name} exists` }
            : { level: "error", what: `there is no user field ${name}: add it at UniSender (case counts)` }
        )
      }
      return findings
    })

    return {
      register,
      check,
      governor: {
        account: accountOf("unisender", key),
        // 1200 calls a minute for each key, of which a registration makes three at most; and 300 of each method that writes,
        // of which it makes one; that after a refusal is not counted: it is rare, and a limit that is hit does nothing.
        // https://www.unisender.com/ru/support/api/contacts/subscribe/
        buckets: [bucket("calls", 1200, "1 minute", 3), bucket("writes", 300, "1 minute")],
        concurrency: null
      }
    }
  })
