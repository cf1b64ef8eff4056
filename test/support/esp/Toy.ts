import { Effect, Option, Schema } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../../../src/esp/providers/Connection.ts"
import { Mailability } from "../../../src/esp/Verdict.ts"
import { isOf, unexpected } from "../../../src/esp/providers/EspAnswer.ts"
import { created, type EspAdapter, EspRejected, existed } from "../../../src/esp/EspClient.ts"
import { accountOf, bucket } from "../../../src/esp/governor/GovernorPolicy.ts"
import { provider, type Tools } from "../../../src/esp/providers/Provider.ts"

/**
 * The smallest possible provider, as an example: `PUT /contacts/…` answers 201 or 200 with the contact's mailability, and 422
 * with the code `not-an-address` for an address that it permanently refuses.
 */
const Connection = connection("toy", { base: BaseUrl, key: Secret, list: ListId })

const decodeContact = Schema.decodeUnknownOption(Schema.Struct({ email: Schema.String, mailability: Mailability }))
const isRefusal = Schema.is(Schema.Struct({ code: Schema.Literal("not-an-address") }))

const make = ({ base, key, list }: typeof Connection.Type, { http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const client = http({ base, headers: { "api-key": key } })
    return {
      governor: { account: accountOf("toy", key), buckets: [bucket("second", 20, "1 second")], concurrency: null },
      register: Effect.fnUntraced(function* (contact) {
        const answer = yield* client.send({
          method: "PUT",
          path: `/contacts/${encodeURIComponent(contact.emailKey)}`,
          operation: "PUT /contacts",
          json: {
            email: contact.email,
            list: contact.list ?? list,
            tags: contact.tags,
            attributes: contact.attributes,
            consent: contact.consent !== null
          }
        })
        if (answer.status === 422 && isRefusal(answer.json))
          return yield* new EspRejected({ reason: "invalid-address" })
        const held = decodeContact(answer.json)
        // A 200 without the contact cannot come from this provider.
        if (Option.isNone(held) || !isOf(contact, held.value.email)) return yield* unexpected(answer, client)
        const { mailability } = held.value
        switch (answer.status) {
          case 201:
            return created(mailability)
          case 200:
            return existed(mailability)
          default:
            return yield* unexpected(answer, client)
        }
      }),
      check: Effect.gen(function* () {
        const account = yield* client.send({ method: "GET", path: "/account", operation: "GET /account" })
        if (account.status !== 200) return [{ level: "error", what: `the key is refused (${account.status})` } as const]
        const path = `/lists/${encodeURIComponent(list)}`
        const { status } = yield* client.send({ method: "GET", path, operation: "GET /lists" })
        return status === 200
          ? [{ level: "ok", what: "the key and the list are right" } as const]
          : [{ level: "error", what: `there is no such list (${status})` } as const]
      })
    }
  })

export const toy = provider(Connection, make)
