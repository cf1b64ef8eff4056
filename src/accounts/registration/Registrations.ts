import { Context, Duration, Effect, Layer, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { type DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import type { SecretsKeyMissing } from "../../platform/contract/SecretsKeyMissing.ts"
import { RateLimits } from "../../platform/edge/RateLimits.ts"
import { newUuid } from "../../platform/Ids.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { SettingsError } from "../../platform/settings/SettingsGroup.ts"
import { keyOf } from "../../players/Email.ts"
import type { Language } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { InvitationId } from "../invitation/Invitation.ts"
import * as InvitationMails from "../invitation/InvitationMails.ts"
import * as InvitationsRepo from "../invitation/InvitationsRepo.ts"
import { Links } from "../Links.ts"
import { hashOf, makeToken } from "../Tokens.ts"
import { domainOf } from "./Domains.ts"
import { RegistrationClosed } from "./RegistrationErrors.ts"

/** Mails that strangers can have sent to one address. Whoever needs more is invited. */
const perAddress = { limit: 3, window: Duration.hours(1) }

/** What is undone again was done so that an answer takes as long as another. */
class Undone extends Schema.TaggedError<Undone>()("Undone", {}) {}

/**
 * Open registration (`ACCOUNT_REGISTRATION=open`): an invitation that people send to themselves. Only the mailbox tells whether an
 * address may have an account or has one: the answers are alike, and so is the work behind them.
 */
export class Registrations extends Context.Service<
  Registrations,
  {
    /** Sends a link to the address, if its domain is allowed; a note instead, if it has an account. No password is asked for yet. */
    readonly ask: (
      email: string,
      language: Language
    ) => Effect.Effect<void, RegistrationClosed | TooManyRequests | SecretsKeyMissing | DatabaseUnavailable>
  }
>()("fairground/accounts/Registrations") {
  static readonly layer = Layer.effect(
    Registrations,
    Effect.gen(function* () {
      const { accountRegistration, accountRegistrationDomains, accountRegistrationRole } = yield* AccountsSettings
      if (accountRegistration === "open" && accountRegistrationDomains.size === 0) {
        return yield* new SettingsError({
          message:
            "ACCOUNT_REGISTRATION is open: ACCOUNT_REGISTRATION_DOMAINS must name the domains whose people may make an account."
        })
      }
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const limits = yield* RateLimits
      const links = yield* Links
      const mail = yield* Mail
      const repo = yield* InvitationsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** Does the work, and undoes it unless it is meant. */
      const onlyIf = <A, E, R>(isMeant: boolean, work: Effect.Effect<A, E, R>) =>
        Effect.andThen(work, isMeant ? Effect.void : Effect.fail(new Undone())).pipe(
          sql.withTransaction,
          Effect.catchTag("Undone", () => Effect.void)
        )

      const ask = Effect.fn("Registrations.ask")(function* (email: string, language: Language) {
        if (accountRegistration !== "open") return yield* new RegistrationClosed({})
        const emailKey = keyOf(email)
        const seconds = yield* limits.take(`registration:${hashOf(emailKey).toString("base64url")}`, perAddress)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })

        const id = InvitationId.make(yield* newUuid)
        const token = makeToken("invitation")
        const [link, signIn] = [yield* links.to("invitation", token), yield* links.page("/signin")]
        const to = email.trim()

        const invite = Effect.gen(function* () {
          const stored = yield* repo.upsertOwn({
            id,
            email: to,
            emailKey,
            role: accountRegistrationRole,
            language,
            tokenHash: hashOf(token),
            invitedBy: null
          })
          if (stored === undefined) return
          yield* mail.store({
            key: `registration ${id}`,
            to: stored.email,
            letter: InvitationMails.registration(stored),
            link,
            about: { kind: "invitation", id: stored.id },
            expiresAt: stored.expiresAt
          })
        })
        const note = mail.store({
          key: `registration note ${id}`,
          to,
          letter: InvitationMails.known({ email: to, language, signIn }),
          about: { kind: "registration", id }
        })

        yield* Effect.gen(function* () {
          const isTaken = yield* repo.isTaken(emailKey)
          const isAllowed = accountRegistrationDomains.has(domainOf(emailKey))
          const refusal = isTaken ? "taken" : isAllowed ? undefined : "domain"
          yield* onlyIf(refusal === undefined, invite)
          yield* onlyIf(isTaken, note)
          yield* audit.record({
            action: "registration.ask",
            target: { kind: "registration", id },
            outcome: refusal === undefined ? "done" : "refused",
            ...(refusal === undefined ? {} : { details: { reason: refusal } })
          })
        }).pipe(sql.withTransaction, inOrder, retry)
      })

      return Registrations.of({ ask })
    })
  )
}
