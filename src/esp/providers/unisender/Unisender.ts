import { Effect, Option, Schema } from "effect"
import { withoutEndSlash } from "../../../platform/outbound/BaseUrl.ts"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { AttributeSource } from "../../EspContact.ts"
import { afterVerdict } from "../../CallEnd.ts"
import { type EspAnswer, settingMayHaveActed, wrongList } from "../EspAnswer.ts"
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
 * Whether `importContacts` takes the column for a command: as an attribute, `email_status` would give a marketing permission
 * and `delete` would delete the contact.
 */
const isCommand = (name: string): boolean => /^(?:delete|tags|email|phone|(?:email|phone)_.*)$/i.test(name)

/** A user field as UniSender names it. https://www.unisender.com/en/support/api/contacts/createfield/ */
const FieldName = Schema.String.check(
  Schema.makeFilter(
    (name: string) =>
      (/^[A-Za-z][\w-]*$/.test(name) && !isCommand(name)) ||
      "an attribute must be the name of a user field: Latin letters, digits, _ and -, and no column of UniSender's own"
  )
)

export const Connection = connection("unisender", {
  key: Secret,
  /** The service that issued the key: UniSender, or its twin Selzy at `https://api.selzy.com`. */
  base: Schema.optionalKey(BaseUrl),
  /** The language of the API's messages. Only people read them, so any choice works. */
  language: Schema.optionalKey(Schema.Literals(["ru", "en"])),
  list: ListId,
  attributes: Schema.optionalKey(Schema.Record(FieldName, AttributeSource))
})

const defaultBase = "https://api.unisender.com"

/** How many tags `importContacts` accepts for a contact. */
const maxTags = 10

/** The tags as one text, separated by commas; commas within a tag become spaces. */
const tagsOf = (tags: ReadonlyArray<string>): string =>
  tags
    .map((tag) => tag.replaceAll(/[\s,]+/g, " ").trim())
    .filter((tag) => tag !== "")
    .slice(0, maxTags)
    .join(",")

const textOf = (value: string | number | boolean): string =>
  typeof value === "boolean" ? (value ? "1" : "0") : String(value)

/**
 * UniSender: `importContacts` creates or updates a contact and says which, in one call, but never asks for confirmation. So it
 * adds the contact to no list, and campaigns go to lists only. With consent, `subscribe` adds the contact to a list and sends a
 * letter by which the player confirms (`double_optin=4`). The `overwrite*` parameters stay 0, so nothing is ever removed.
 */
export const make = (
  { attributes = {}, base = defaultBase, key, language = "ru", list }: typeof Connection.Type,
  { http }: Tools
): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const client = http({ base: `${withoutEndSlash(base)}/${language}/api`, secrets: [key] })

    /** Sends all parameters in the body: the key must not be in a URL, and UniSender refuses URL parameters next to a body. */
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
     * Imports one contact. UniSender may refuse it for a field, whose value a stranger may have typed, so the contact is
     * rejected only if it is refused with nothing but its address.
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
      return yield* Answers.noVerdict(answer, client)
    })

    /** Adds the contact to the list; UniSender sends a letter to confirm, unless it is in a list already and may be mailed. */
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
        // The import succeeded with the same key, so the list is wrong.
        Effect.mapError((error) => (error._tag === "EspMisconfigured" ? wrongList(contact, error.reason) : error)),
        // The letter's failure must not change the next attempt's verdict: only a created contact has `mayHaveActed`.
        Effect.mapError(settingMayHaveActed(verdict === "created"))
      )

    const lookUp = (contact: EspContact) =>
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
      // A contact in no list may come from our own import whose answer was lost, so its player has no letter yet.
      const found = yield* lookUp(contact)
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
        // Per key, 1200 calls a minute, of which a registration makes at most three, and 300 calls of each writing method, of
        // which it makes one. An import repeated after a refusal is not counted: it is rare, and a call over the limit does
        // nothing.
        // https://www.unisender.com/ru/support/api/contacts/subscribe/
        buckets: [bucket("calls", 1200, "1 minute", 3), bucket("writes", 300, "1 minute")],
        concurrency: null
      }
    }
  })
