import { Effect } from "effect"
import type { Mailability } from "../../Verdict.ts"
import { type EspAnswer, unexpected } from "../EspAnswer.ts"
import type { EspContact, EspError } from "../../EspClient.ts"
import type { EspHttpClient } from "../EspHttpClient.ts"
import {
  attribsAdded,
  isAwaitedAnywhere,
  isIn,
  mailabilityOf,
  type Subscriber,
  subscriberOf,
  subscribersOf
} from "./ListmonkSubscriber.ts"

/**
 * The condition that finds one address, for `GET /api/subscribers?query=`.
 *
 * Quotes are doubled, which is all that a PostgreSQL literal asks for where it holds no backslash; an address with one is
 * none of ours (Email.ts), and is not looked for.
 */
export const conditionFor = (email: string): string | undefined =>
  /[\\\p{C}]/u.test(email) ? undefined : `subscribers.email = '${email.replaceAll("'", "''")}'`

/**
 * What a subscriber gets that was there before: the list where there is consent, attributes and tags.
 *
 * - Found by SQL, for which the API user needs `subscribers:sql_query`. `search`, the way without that permission, is a
 *   regular expression over names and addresses: two scans of the whole table for each play of a known player.
 * - Added to the list by `PUT /api/subscribers/lists` without `status`. The documentation wants one, and by the source
 *   (queries/subscribers.sql, add-subscribers-to-lists) it would replace that of a subscription there is: `unconfirmed`
 *   would undo a confirmation and an unsubscription alike. Left out, it is `unconfirmed` for a new one and nothing else.
 * - Asked to confirm by `POST /api/subscribers/{id}/optin`, which `PUT` does not do; it mails only for double opt-in lists.
 * - Attributes by `PATCH /api/subscribers/{id}`, which merges them. By the source it also mails every subscriber again who
 *   has yet to confirm some list: those are left as they are.
 *
 * `POST /api/subscribers/subscription` would be one call, and subscribes again whoever has unsubscribed.
 */
export const bringUpToDate = (client: EspHttpClient, contact: EspContact, list: number) => {
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
    if (Object.keys(attribs).length === 0 || isAwaitedAnywhere(subscriber)) return
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
