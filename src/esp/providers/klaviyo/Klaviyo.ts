import { Effect, Redacted } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { leaving, wrongList } from "../EspAnswer.ts"
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
import { resting, type Tools } from "../Provider.ts"
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

/** Klaviyo keeps a revision for about two years, and answers 410 after that. "API versioning and deprecation policy". */
const revision = "2026-07-15"

const mediaType = "application/vnd.api+json"

/** Only these are read, and a profile may have 100 KB of others. */
const importPath =
  "/api/profile-import?additional-fields%5Bprofile%5D=subscriptions&fields%5Bprofile%5D=email,subscriptions"

/** A profile as the import has left it. */
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

    // Every endpoint has windows of its own, and a registration calls each once. The guide says 700 a minute for this tier,
    // the specification 750; adding to a list is of a smaller tier. "Rate limits, status codes, and errors".
    const governor: GovernorPolicy = {
      account: accountOf("klaviyo", key),
      buckets:
        withoutConsent === "list"
          ? [bucket("second", 10, "1 second"), bucket("minute", 150, "1 minute")]
          : [bucket("second", 75, "1 second"), bucket("minute", 700, "1 minute")],
      concurrency: null
    }
    const client = resting(raw, exhaustedFor, (wait) => close(governor, wait))
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
     * Creates the profile or updates it, in one call: 201 or 200. An attribute that Klaviyo refuses, such as a locale, must
     * not cost the contact: once more with nothing but the address.
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
        // What is not this profile is no word of Klaviyo's.
        if (id === undefined) return yield* problem(answer, client)
        return { verdict: answer.status === 201 ? "created" : "existed", id, permission: permissionOf(answer) }
      }
      // Somebody else has created it this very moment. Its permission is not known, so it is left alone.
      if (isDuplicate(answer)) return { verdict: "existed", id: undefined, permission: "unknown" }
      if (isAddressRefused(answer)) return yield* new EspRejected({ reason: "invalid-address" })
      return yield* problem(answer, client)
    })

    /** 202: Klaviyo will subscribe it, or ask it to confirm where the list wants that; which of them, it does not say. */
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

    /** Membership alone, which leaves the permission as it is; again is no error. */
    const enlist = Effect.fnUntraced(function* (contact: EspContact, id: string): Effect.fn.Return<void, EspError> {
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
     * The profile first: that is the verdict. What follows it can fail while the profile is there, and then the registration
     * fails: its retry finds the profile never subscribed, and goes on. Answered as `created`, nobody would come back, and
     * the consent would be lost. `mayHaveActed` makes the retry's verdict `created`, and not that of a profile that was there.
     */
    const register: Register = Effect.fnUntraced(function* (contact) {
      const { id, permission, verdict } = yield* write(contact)
      const isNew = verdict === "created"
      const registered = isNew ? created : existed
      if (contact.consent === null) {
        if (withoutConsent === "list" && id !== undefined) {
          yield* Effect.mapError(enlist(contact, id), leaving(isNew))
          return registered(permission === "never" ? "unknown" : permission)
        }
        return registered(permission === "never" || (isNew && permission === "unknown") ? "unsubscribed" : permission)
      }
      // Subscribing lifts UNSUBSCRIBE, SPAM_REPORT and USER_SUPPRESSED ("Bulk Subscribe Profiles"): who has ever been
      // subscribed, or may have been, is left alone.
      const isFresh = permission === "never" || (isNew && permission === "unknown")
      if (!isFresh) return registered(permission)
      if (isNew || !asked.has(contact.emailKey)) {
        yield* Effect.mapError(subscribe(contact, id), leaving(isNew))
      }
      return registered("unknown")
    })

    // Every endpoint has limits of its own: those of the check say nothing of profiles.
    return { register, governor, check: KlaviyoCheck.make(connection, raw) }
  })
