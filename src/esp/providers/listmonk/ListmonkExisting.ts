import { Effect } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, unexpected } from "../EspAnswer.ts"
import type { EspContact, EspError } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import {
  attribsAdded,
  awaitsAnyConfirmation,
  isIn,
  mailabilityOf,
  type Subscriber,
  subscriberOf,
  subscribersOf
} from "./ListmonkSubscriber.ts"

/**
 * The SQL condition that finds one address, for `GET /api/subscribers?query=`.
 *
 * A PostgreSQL literal without backslashes needs only its quotes doubled. For an address with a backslash or a control
 * character, which Email.ts never accepts, the result is undefined.
 */
export const conditionFor = (email: string): string | undefined =>
  /[\\\p{C}]/u.test(email) ? undefined : `subscribers.email = '${email.replaceAll("'", "''")}'`

/**
 * Updates an existing subscriber: adds attributes and tags and, with consent, the list.
 *
 * - The subscriber is found by SQL, for which the API user needs `subscribers:sql_query`. `search` needs no such permission,
 *   but is a regular expression over names and addresses: two scans of the whole table for each play of a known player.
 * - `PUT /api/subscribers/lists` without `status` adds the list. The documentation requires a status, but by the source
 *   (queries/subscribers.sql, add-subscribers-to-lists) it would replace an existing subscription's: `unconfirmed` would undo
 *   a confirmation as well as an unsubscription. Without it, a new subscription is `unconfirmed` and others do not change.
 * - `POST /api/subscribers/{id}/optin` asks to confirm, which `PUT` does not do. It mails only for double opt-in lists.
 * - `PATCH /api/subscribers/{id}` merges attributes. By the source it also mails again every subscriber that has not confirmed
 *   some list, so such subscribers get no attributes.
 *
 * `POST /api/subscribers/subscription` would be a single call, but it resubscribes people who have unsubscribed.
 */
export const updateExisting = (client: EspHttpClient, contact: EspContact, list: number) => {
  const expectOk = (answer: EspAnswer): Effect.Effect<void, EspError> =>
    answer.status === 200 ? Effect.void : unexpected(answer, client)

  const find = Effect.gen(function* () {
    const condition = conditionFor(contact.email.toLowerCase())
    if (condition === undefined) return undefined
    const answer = yield* client.send({
      method: "GET",
      path: `/api/subscribers?per_page=2&query=${encodeURIComponent(condition)}`,
      operation: "GET /api/subscribers"
    })
    const found = subscribersOf(answer)
    if (found === undefined) return yield* unexpected(answer, client)
    return found.find(({ email }) => email.toLowerCase() === contact.email.toLowerCase())
  })

  const patch = Effect.fnUntraced(function* (subscriber: Subscriber) {
    const attribs = attribsAdded(contact, subscriber)
    if (Object.keys(attribs).length === 0 || awaitsAnyConfirmation(subscriber)) return
    const answer = yield* client.send({
      method: "PATCH",
      path: `/api/subscribers/${subscriber.id}`,
      operation: "PATCH /api/subscribers",
      json: { attribs }
    })
    yield* expectOk(answer)
  })

  const subscribe = Effect.fnUntraced(function* ({ id }: Subscriber) {
    yield* expectOk(
      yield* client.send({
        method: "PUT",
        path: "/api/subscribers/lists",
        operation: "PUT /api/subscribers/lists",
        json: { ids: [id], action: "add", target_list_ids: [list] }
      })
    )
    yield* expectOk(
      yield* client.send({
        method: "POST",
        path: `/api/subscribers/${id}/optin`,
        operation: "POST /api/subscribers/optin",
        json: {}
      })
    )
    const answer = yield* client.send({
      method: "GET",
      path: `/api/subscribers/${id}`,
      operation: "GET /api/subscribers"
    })
    return subscriberOf(answer) ?? (yield* unexpected(answer, client))
  })

  return (learn: (mailability: Mailability) => void): Effect.Effect<void, EspError> =>
    Effect.gen(function* () {
      const subscriber = yield* find
      if (subscriber === undefined) {
        yield* Effect.logWarning("listmonk shows this API user no subscriber of an address that it knows")
        return
      }
      learn(mailabilityOf(subscriber, list))
      yield* patch(subscriber)
      if (contact.consent === null || subscriber.status !== "enabled" || isIn(subscriber, list)) return
      learn(mailabilityOf(yield* subscribe(subscriber), list))
    })
}
