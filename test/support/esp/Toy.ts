import { Effect } from "effect"
import { BaseUrl, connection, ListId, Secret } from "../../../src/esp/Connection.ts"
import { unexpected } from "../../../src/esp/EspAnswer.ts"
import { created, type EspAdapter, EspRejected, existed } from "../../../src/esp/EspClient.ts"
import { accountOf, bucket } from "../../../src/esp/GovernorPolicy.ts"
import { provider, type Tools } from "../../../src/esp/Provider.ts"

/** The smallest provider there can be, as an example: `PUT /contacts/…` answers 201 or 200, and 422 for what it never takes. */
const Connection = connection("toy", { base: BaseUrl, key: Secret, list: ListId })

const make = ({ base, key, list }: typeof Connection.Type, { http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const client = http({ base, headers: { "api-key": key } })
    return {
      governor: { account: accountOf("toy", key), buckets: [bucket("minute", 5, "1 minute")], concurrency: null },
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
        switch (answer.status) {
          case 201:
            return created(contact.consent === null ? "unsubscribed" : "subscribed")
          case 200:
            return existed()
          case 422:
            return yield* new EspRejected({ reason: "invalid-address" })
          default:
            return yield* unexpected(answer, client)
        }
      }),
      check: Effect.gen(function* () {
        const { status } = yield* client.send({ method: "GET", path: "/account", operation: "GET /account" })
        return status === 200
          ? [{ level: "ok", what: "the key is right" } as const]
          : [{ level: "error", what: `the key is refused (${status})` } as const]
      })
    }
  })

export const toy = provider(Connection, make)
