import { Duration, Effect, Redacted, Schema } from "effect"
import { withoutEndSlash } from "../../../platform/outbound/BaseUrl.ts"
import { afterVerdict } from "../../CallEnd.ts"
import { monotonicMillis } from "../../../platform/Monotonic.ts"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { type EspAnswer, leaving, unexpected, wrongList } from "../EspAnswer.ts"
import {
  created,
  type EspAdapter,
  type EspContact,
  type EspError,
  EspRejected,
  type Registration
} from "../../EspClient.ts"
import { followUp } from "../FollowUp.ts"
import { accountOf } from "../../governor/GovernorPolicy.ts"
import type { Tools } from "../Provider.ts"
import { checkOf } from "./ListmonkCheck.ts"
import { bringUpToDate } from "./ListmonkExisting.ts"
import {
  barest,
  isConflict,
  isIn,
  isRefusal,
  mailabilityOf,
  messageOf,
  newSubscriber,
  type Subscriber,
  subscriberFor
} from "./ListmonkSubscriber.ts"

const numberOf = (list: string): number | undefined => {
  const number = /^\d{1,9}$/.test(list) ? Number(list) : 0
  return number > 0 ? number : undefined
}

/** `base` is where the instance's admin pages are; `user` and `token` are an API user's; `list` is the number of a list. */
export const Connection = connection("listmonk", {
  base: BaseUrl,
  user: Schema.NonEmptyString.check(Schema.isPattern(/^[^:]+$/)),
  token: Secret,
  list: ListId.check(
    Schema.makeFilter((list: string) => numberOf(list) !== undefined || "it must be the number of a list, such as 3")
  )
})

/**
 * There is no limit in the server. Its PostgreSQL pool has 25 connections unless set, which campaigns, the admin pages and
 * bounces need too: eight at once from all replicas leave it room.
 */
const concurrency = { limit: 8, hold: Duration.seconds(30) }

/**
 * listmonk, on a host of one's own. A contact is a subscriber of the instance; `POST /api/subscribers` creates it with 200,
 * or answers 409 and changes nothing, so that one call tells created from existed.
 *
 * Messages are in the language of the instance, so statuses and shapes decide, never words:
 *
 * - 400 is said of a malformed address, of a domain that the instance does not take, and in theory of anything else in the
 *   body. So the call is made again with nothing but the address in it: refused once more, it is the address (`EspRejected`,
 *   `refused-address`), unless everything is refused with the same words; else it was the rest, which is then missing and
 *   logged.
 * - 403 is wrong credentials and missing permissions alike: `EspMisconfigured`. 500 may come after the insert.
 *
 * Subscriptions are never made confirmed (`preconfirm_subscriptions`), and those there are stay as they are.
 */
export const make = (connection: typeof Connection.Type, { http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const { token, user } = connection
    const base = withoutEndSlash(connection.base).replace(/\/api$/, "")
    const credentials = Redacted.make(Buffer.from(`${user}:${Redacted.value(token)}`).toString("base64"))
    const client = http({
      base,
      headers: { authorization: Redacted.make(`Basic ${Redacted.value(credentials)}`) },
      secrets: [token, credentials]
    })

    const create = (json: unknown) =>
      client.send({ method: "POST", path: "/api/subscribers", operation: "POST /api/subscribers", json })

    /**
     * Whether the refusal is of the address. Gateways answer in listmonk's shape too, and the same to everything; listmonk has
     * other words for a body that is no object, which can create nothing (cmd/subscribers.go, `c.Bind`).
     */
    const isOfAddress = (refusal: EspAnswer) =>
      create([]).pipe(
        afterVerdict,
        Effect.mapError(leaving(false)),
        Effect.map((control) => isRefusal(control) && messageOf(control) !== messageOf(refusal))
      )

    const createdAs = Effect.fnUntraced(function* (subscriber: Subscriber, contact: EspContact, list: number) {
      if (contact.consent !== null && !isIn(subscriber, list)) {
        // An unknown list and one that the user may not manage are passed over in silence.
        yield* Effect.logWarning("listmonk created a contact with consent, but not in its list", { list })
      }
      return created(mailabilityOf(subscriber, list))
    })

    const register = Effect.fnUntraced(function* (contact: EspContact): Effect.fn.Return<Registration, EspError> {
      const list = numberOf(contact.list ?? connection.list)
      if (list === undefined) {
        return yield* wrongList(contact, `the list ${JSON.stringify(contact.list)} is not a list's number`)
      }
      const start = yield* monotonicMillis
      const first = yield* create(newSubscriber(contact, list))
      const answer = isRefusal(first) ? yield* create(barest(contact)) : first
      if (isRefusal(answer)) {
        if (!(yield* isOfAddress(answer))) return yield* unexpected(answer, client)
        return yield* new EspRejected({ reason: "refused-address" })
      }
      if (answer !== first) {
        yield* Effect.logWarning("listmonk takes the address, but not what goes with it", {
          body: client.redact(first.text)
        })
      }
      const subscriber = subscriberFor(answer, contact)
      if (subscriber !== undefined) return yield* createdAs(subscriber, contact, list)
      if (!isConflict(answer)) return yield* unexpected(answer, client)
      return yield* followUp({ start, mailability: "unknown" }, bringUpToDate(client, contact, list))
    })

    return {
      // Whose token it is does not matter: it is the instance that has so much room.
      governor: { account: accountOf("listmonk", Redacted.make(base)), buckets: [], concurrency },
      register,
      check: Effect.suspend(() => checkOf(client, numberOf(connection.list) ?? 0))
    }
  })
