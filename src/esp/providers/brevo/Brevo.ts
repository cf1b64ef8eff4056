import { Effect } from "effect"
import { afterVerdict } from "../../CallEnd.ts"
import { settingMayHaveActed, wrongList } from "../EspAnswer.ts"
import * as EspAsked from "../EspAsked.ts"
import { type EspAdapter, type EspContact, type EspError, type Register, type Registration } from "../../EspClient.ts"
import { accountOf, bucket, type GovernorPolicy } from "../../governor/GovernorPolicy.ts"
import { closingWhenExhausted, type Tools } from "../Provider.ts"
import { exhaustedFor, problem } from "./BrevoAnswer.ts"
import * as BrevoCheck from "./BrevoCheck.ts"
import { Connection, defaultBase, isListId } from "./BrevoConnection.ts"
import * as BrevoContacts from "./BrevoContacts.ts"

export { Connection }

const attributesOf = (contact: EspContact, { nameAttribute = "FIRSTNAME", tagsAttribute }: Connection) => ({
  ...(contact.name === null ? {} : { [nameAttribute]: contact.name }),
  ...(tagsAttribute === undefined || contact.tags.length === 0 ? {} : { [tagsAttribute]: contact.tags.join(", ") }),
  ...contact.attributes
})

/** The game's list or the connection's. Checked here, because a game's list is not known when the settings are read. */
const listOf = (contact: EspContact, connection: Connection): Effect.Effect<number, EspError> => {
  const list = contact.list ?? connection.list
  return isListId(list)
    ? Effect.succeed(Number(list))
    : Effect.fail(wrongList(contact, `the game's list ${JSON.stringify(list)} is no number of a Brevo list`))
}

/** Brevo, API v3: https://developers.brevo.com/reference/create-contact */
export const make = (connection: Connection, { close, http }: Tools): Effect.Effect<EspAdapter> =>
  Effect.sync(() => {
    const { doubleOptIn, key, withoutConsent = "no-list" } = connection
    const raw = http({ base: connection.base ?? defaultBase, headers: { "api-key": key } })

    // "Rate limits", General: 10 per second and 36,000 per hour below /v3/contacts. With double opt-in a registration makes up
    // to three calls. Calls after a refusal are not counted: they are rare, and a call answered 429 does nothing.
    const cost = doubleOptIn === undefined ? 1 : 3
    const governor: GovernorPolicy = {
      account: accountOf("brevo", key),
      buckets: [bucket("second", 10, "1 second", cost), bucket("hour", 36_000, "1 hour", cost)],
      concurrency: null
    }
    const client = closingWhenExhausted(raw, exhaustedFor, (wait) => close(governor, wait))
    const { lookUp, write } = BrevoContacts.make(client)

    const asked = EspAsked.make()

    /**
     * Makes Brevo send the mail that asks to confirm. Retries must not send it again, so this process sends it once per
     * address, unless Brevo answers that it did not send it. A call without an answer counts as sent.
     */
    const sendConfirmation = Effect.fnUntraced(function* (
      contact: EspContact,
      list: number,
      settings: NonNullable<Connection["doubleOptIn"]>
    ): Effect.fn.Return<Registration["mailability"], EspError> {
      asked.add(contact.emailKey)
      const forget = Effect.sync(() => asked.forget(contact.emailKey))
      const answer = yield* client
        .send({
          method: "POST",
          path: "/contacts/doubleOptinConfirmation",
          operation: "POST /contacts/doubleOptinConfirmation",
          json: {
            email: contact.email,
            includeListIds: [list],
            templateId: settings.templateId,
            redirectionUrl: settings.redirectionUrl
          }
        })
        .pipe(
          afterVerdict,
          Effect.catchTag("EspUnavailable", (error) =>
            error.mayHaveActed
              ? Effect.as(
                  Effect.logWarning("Nobody knows whether Brevo has sent a mail to confirm", { reason: error.reason }),
                  undefined
                )
              : Effect.andThen(forget, Effect.fail(error))
          )
        )
      if (answer === undefined) return "unknown"
      if (answer.status === 201 || answer.status === 204) return "pending"
      yield* forget
      if (answer.status !== 400) return yield* problem(answer, client)
      yield* Effect.logWarning("Brevo refuses to send a mail to confirm", { body: client.redact(answer.text) })
      return yield* wrongList(
        contact,
        `Brevo refuses to ask for confirmation: template ${settings.templateId}, list ${list} or redirectionUrl is wrong`
      )
    })

    /**
     * Registers a contact with consent under double opt-in. The contact is first created on no list, which decides the verdict:
     * with the confirmation mail alone, Brevo would not store the address until the person confirms. An existing contact is
     * asked too, because the consent is new, unless it is blocklisted (by its own choice or a bounce) or already on the list.
     *
     * When the confirmation mail fails after the creation, the registration fails too. Its retry finds the contact and sends
     * the mail; an answer `created` would end the retries and lose the consent. `mayHaveActed` makes the retry's verdict
     * `created`.
     */
    const confirm = Effect.fnUntraced(function* (
      contact: EspContact,
      list: number,
      settings: NonNullable<typeof doubleOptIn>
    ): Effect.fn.Return<Registration, EspError> {
      const verdict = yield* write({
        email: contact.email,
        attributes: attributesOf(contact, connection),
        updateEnabled: true
      })
      if (verdict === "existed") {
        const known = yield* lookUp(contact.email)
        // A contact that cannot be read may be blocklisted.
        if (typeof known === "string") return { verdict, mailability: "unknown" }
        if (known.emailBlacklisted) return { verdict, mailability: "suppressed" }
        if (known.listIds.includes(list)) return { verdict, mailability: "subscribed" }
        if (asked.has(contact.emailKey)) return { verdict, mailability: "unknown" }
      }
      const mailability = yield* Effect.mapError(
        sendConfirmation(contact, list, settings),
        settingMayHaveActed(verdict === "created")
      )
      return { verdict, mailability }
    })

    const register: Register = Effect.fnUntraced(function* (contact) {
      const list = yield* listOf(contact, connection)
      const hasConsent = contact.consent !== null
      if (hasConsent && doubleOptIn !== undefined) return yield* confirm(contact, list, doubleOptIn)
      const isBlocked = !hasConsent && withoutConsent === "blocklist"
      const verdict = yield* write({
        email: contact.email,
        attributes: attributesOf(contact, connection),
        ...(hasConsent || withoutConsent === "list" ? { listIds: [list] } : {}),
        // No update together with a block: it would block existing contacts that have subscribed.
        ...(isBlocked ? { emailBlacklisted: true as const } : {}),
        updateEnabled: !isBlocked
      })
      // 204 says nothing about the contact's status: it may be blocklisted, and remains so.
      if (verdict === "existed") return { verdict, mailability: "unknown" }
      if (hasConsent) return { verdict, mailability: "subscribed" }
      return { verdict, mailability: withoutConsent === "list" ? "unknown" : "unsubscribed" }
    })

    // The check's endpoints have their own limits, such as 100 per hour for templates, so it must not close the account.
    return { register, governor, check: BrevoCheck.make(connection, raw) }
  })
