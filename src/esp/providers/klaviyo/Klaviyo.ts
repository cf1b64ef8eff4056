import { Effect, Redacted } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { settingMayHaveActed, wrongList } from "../EspAnswer.ts"
import * as EspAsked from "../EspAsked.ts"
import {
  created,
  type EspAdapter,
  type EspContact,
  type EspError,
  EspRejected,
  existed,
  type Register,
  type Registration
} from "../../EspClient.ts"
import { accountOf, bucket, type GovernorPolicy } from "../../governor/GovernorPolicy.ts"
import { closingWhenExhausted, type Tools } from "../Provider.ts"
import {
  areAttributesRefused,
  exhaustedFor,
  idOf,
  isAddressRefused,
  isDuplicate,
  type Permission,
  permissionOf,
  problem
} from "./KlaviyoAnswer.ts"
import * as KlaviyoCheck from "./KlaviyoCheck.ts"
import { Connection, defaultBase } from "./KlaviyoConnection.ts"
import { attributesOf, subscription } from "./KlaviyoProfile.ts"

export { Connection }

/** Klaviyo supports a revision for about two years, then answers 410. "API versioning and deprecation policy". */
const revision = "2026-07-15"

const mediaType = "application/vnd.api+json"

/** Asks for the fields that are read and no others: a profile may have 100 KB of them. */
const importPath =
  "/api/profile-import?additional-fields%5Bprofile%5D=subscriptions&fields%5Bprofile%5D=email,subscriptions"

/** A profile after its import. `id` is undefined where the answer does not show it. */
interface Imported {
  readonly verdict: Registration["verdict"]
  readonly id: string | undefined
  readonly permission: Permission
}

/** Klaviyo: https://developers.klaviyo.com/en/reference/create_or_update_profile */
export const make = (connection: Connection, { close, http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const { key, withoutConsent = "no-list" } = connection
    const raw = http({
      base: connection.base ?? defaultBase,
      headers: { authorization: Redacted.make(`Klaviyo-API-Key ${Redacted.value(key)}`), revision, accept: mediaType },
      secrets: [key]
    })

    // Every endpoint has its own windows, and a registration calls each endpoint once. For this tier the guide says 700 per
    // minute and the specification 750; adding to a list has a lower tier. "Rate limits, status codes, and errors".
    const governor: GovernorPolicy = {
      account: accountOf("klaviyo", key),
      buckets:
        withoutConsent === "list"
          ? [bucket("second", 10, "1 second"), bucket("minute", 150, "1 minute")]
          : [bucket("second", 75, "1 second"), bucket("minute", 700, "1 minute")],
      concurrency: null
    }
    const client = closingWhenExhausted(raw, exhaustedFor, (wait) => close(governor, wait))
    const post = (path: string, json: unknown) =>
      client.send({
        method: "POST",
        path,
        operation: `POST ${path.replace(/\?.*/, "").replace(/\/lists\/[^/]+/, "/lists/{id}")}`,
        json,
        contentType: mediaType
      })

    const asked = EspAsked.make()

    /**
     * Creates (201) or updates (200) the profile in one call. A refused attribute, such as a locale, must not cost the contact,
     * so the call is then repeated with nothing but the address.
     */
    const write = Effect.fnUntraced(function* (contact: EspContact): Effect.fn.Return<Imported, EspError> {
      const send = (attributes: object) => post(importPath, { data: { type: "profile", attributes } })
      const attributes = attributesOf(contact, connection)
      let answer = yield* send(attributes)
      if (areAttributesRefused(answer)) {
        yield* Effect.logWarning("Klaviyo refuses an attribute: the profile is registered without any", {
          attributes: Object.keys(attributes),
          body: client.redact(answer.text)
        })
        answer = yield* send({ email: contact.email })
      }
      if (answer.status === 200 || answer.status === 201) {
        const id = idOf(answer, contact)
        // An answer that shows no profile, or another contact's, is not a verdict of Klaviyo's.
        if (id === undefined) return yield* problem(answer, client)
        return { verdict: answer.status === 201 ? "created" : "existed", id, permission: permissionOf(answer) }
      }
      // Another client created the profile at the same time. Its permission is unknown, so it is not subscribed.
      if (isDuplicate(answer)) return { verdict: "existed", id: undefined, permission: "unknown" }
      if (isAddressRefused(answer)) return yield* new EspRejected({ reason: "invalid-address" })
      return yield* problem(answer, client)
    })

    /** Subscribes the profile. The answer 202 does not say whether the list subscribes at once or asks to confirm first. */
    const subscribe = Effect.fnUntraced(function* (
      contact: EspContact,
      id: string | undefined
    ): Effect.fn.Return<void, EspError> {
      asked.add(contact.emailKey)
      const forget = Effect.sync(() => asked.forget(contact.emailKey))
      const list = contact.list ?? connection.list
      const answer = yield* post("/api/profile-subscription-bulk-create-jobs", subscription(contact, id, list)).pipe(
        afterVerdict,
        Effect.catchTag("EspUnavailable", (error) =>
          error.mayHaveActed
            ? Effect.as(
                Effect.logWarning("Nobody knows whether Klaviyo subscribes a profile", { reason: error.reason }),
                undefined
              )
            : Effect.andThen(forget, Effect.fail(error))
        )
      )
      if (answer === undefined || answer.status === 202) return
      if (isAddressRefused(answer)) {
        return yield* Effect.logWarning("Klaviyo does not subscribe a profile", { body: client.redact(answer.text) })
      }
      yield* forget
      if (answer.status === 404) return yield* wrongList(contact, noList(list))
      return yield* problem(answer, client)
    })

    /** Adds the profile to the list without changing its permission. Repeating it is no error. */
    const addToList = Effect.fnUntraced(function* (contact: EspContact, id: string): Effect.fn.Return<void, EspError> {
      const list = contact.list ?? connection.list
      const answer = yield* afterVerdict(
        post(`/api/lists/${encodeURIComponent(list)}/relationships/profiles`, { data: [{ type: "profile", id }] })
      )
      if (answer.status === 204) return
      if (answer.status === 404) return yield* wrongList(contact, noList(list))
      return yield* problem(answer, client)
    })

    const noList = (list: string) => `there is no list ${JSON.stringify(list)} in the Klaviyo account`

    /**
     * Writes the profile first, which decides the verdict. When a later call fails, the registration fails too: its retry finds
     * the profile never subscribed and continues. An answer `created` would end the retries and lose the consent.
     * `mayHaveActed` makes the retry's verdict `created` instead of `existed`.
     */
    const register: Register = Effect.fnUntraced(function* (contact) {
      const { id, permission, verdict } = yield* write(contact)
      const isNew = verdict === "created"
      const registered = isNew ? created : existed
      if (contact.consent === null) {
        if (withoutConsent === "list" && id !== undefined) {
          yield* Effect.mapError(addToList(contact, id), settingMayHaveActed(isNew))
          return registered(permission === "never" ? "unknown" : permission)
        }
        return registered(permission === "never" || (isNew && permission === "unknown") ? "unsubscribed" : permission)
      }
      // Subscribing lifts UNSUBSCRIBE, SPAM_REPORT and USER_SUPPRESSED ("Bulk Subscribe Profiles"). So a profile that has, or
      // may have, been subscribed before is never subscribed again.
      const isFresh = permission === "never" || (isNew && permission === "unknown")
      if (!isFresh) return registered(permission)
      if (isNew || !asked.has(contact.emailKey)) {
        yield* Effect.mapError(subscribe(contact, id), settingMayHaveActed(isNew))
      }
      return registered("unknown")
    })

    // The check's endpoints have their own limits, so it must not close the account.
    return { register, governor, check: KlaviyoCheck.make(connection, raw) }
  })
