import { Duration, Effect, Redacted, Schema } from "effect"
import { withoutEndSlash } from "../../../platform/outbound/BaseUrl.ts"
import { afterVerdict } from "../../CallEnd.ts"
import { monotonicMillis } from "../../../platform/Monotonic.ts"
import { BaseUrl, connection, ListId, Secret } from "../Connection.ts"
import { type EspAnswer, settingMayHaveActed, unexpected, wrongList } from "../EspAnswer.ts"
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
import { updateExisting } from "./ListmonkExisting.ts"
import {
  addressOnly,
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

/** `base` is the URL of the instance's admin pages; `user` and `token` are an API user's; `list` is the number of a list. */
export const Connection = connection("listmonk", {
  base: BaseUrl,
  user: Schema.NonEmptyString.check(Schema.isPattern(/^[^:]+$/)),
  token: Secret,
  list: ListId.check(
    Schema.makeFilter((list: string) => numberOf(list) !== undefined || "it must be the number of a list, such as 3")
  )
})

/**
 * The server sets no limit, but its PostgreSQL pool has 25 connections by default, shared with campaigns, the admin pages and
 * bounces. Eight concurrent calls from all replicas leave room for these.
 */
const concurrency = { limit: 8, hold: Duration.seconds(30) }

/**
 * listmonk, which is self-hosted. A contact is a subscriber of the instance; `POST /api/subscribers` creates it (200) or
 * answers 409 and changes nothing, so one call tells created from existed.
 *
 * Messages are in the language of the instance, so statuses and shapes decide, never the wording:
 *
 * - 400 means a malformed address, a domain that the instance refuses, or in theory anything else in the body. So the call is
 *   repeated with nothing but the address. If that is refused too, the address is at fault (`EspRejected`, `refused-address`),
 *   unless the instance refuses everything with the same message. Otherwise the contact is registered without the rest, and a
 *   warning is logged.
 * - 403 means wrong credentials or missing permissions: `EspMisconfigured`. 500 may come after the insert.
 *
 * Subscriptions are never sent as confirmed (`preconfirm_subscriptions`), and existing ones are not changed.
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
     * Whether the refusal is about the address. A gateway may answer in listmonk's shape, with one message for everything.
     * listmonk itself has another message for a body that is not an object (cmd/subscribers.go, `c.Bind`), so such a body,
     * which cannot create anything, tells the two apart.
     */
    const isOfAddress = (refusal: EspAnswer) =>
      create([]).pipe(
        afterVerdict,
        Effect.mapError(settingMayHaveActed(false)),
        Effect.map((control) => isRefusal(control) && messageOf(control) !== messageOf(refusal))
      )

    const createdAs = Effect.fnUntraced(function* (subscriber: Subscriber, contact: EspContact, list: number) {
      if (contact.consent !== null && !isIn(subscriber, list)) {
        // listmonk silently ignores a list that is unknown or that the user may not manage.
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
      const answer = isRefusal(first) ? yield* create(addressOnly(contact)) : first
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
      return yield* followUp({ start, mailability: "unknown" }, updateExisting(client, contact, list))
    })

    return {
      // The limit belongs to the instance, whichever token is used.
      governor: { account: accountOf("listmonk", Redacted.make(base)), buckets: [], concurrency },
      register,
      check: Effect.suspend(() => checkOf(client, numberOf(connection.list) ?? 0))
    }
  })
