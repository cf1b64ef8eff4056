import { Context, Duration, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { NotSignedIn } from "../../platform/contract/Access.ts"
import { type DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { RateLimits } from "../../platform/edge/RateLimits.ts"
import { newUuid } from "../../platform/Ids.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import type { SecretsKeyMissing } from "../../platform/Secrets.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { keyOf, mailbox } from "../../players/Email.ts"
import { type EmailTaken, LinkExpired } from "../AccountErrors.ts"
import { Links } from "../Links.ts"
import * as EmailMails from "../mails/EmailMails.ts"
import { Passwords } from "../password/Passwords.ts"
import * as ResetsRepo from "../password/ResetsRepo.ts"
import { Screen } from "../Screen.ts"
import type { Person } from "../session/SignIn.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import * as EmailChangesRepo from "./EmailChangesRepo.ts"

/** A signed-in person could fill the mailboxes of others. */
const mostAsked = { limit: 5, window: Duration.hours(1) }

/** A new address, which the account has once somebody has proven its mailbox. */
export class EmailChanges extends Context.Service<
  EmailChanges,
  {
    /**
     * Sends a link to the new address, and tells the old one. The answer is the same where another account has the address: only who
     * proves its mailbox learns that.
     */
    readonly ask: (
      person: Person,
      email: string
    ) => Effect.Effect<void, TooManyRequests | SecretsKeyMissing | NotSignedIn | DatabaseUnavailable>
    /** Whether a link works, without using it up. */
    readonly works: (token: Redacted.Redacted<string>) => Effect.Effect<boolean, DatabaseUnavailable>
    /** Uses a link: it proves the mailbox, whoever is signed in. Tells the old address. */
    readonly confirm: (
      token: Redacted.Redacted<string>
    ) => Effect.Effect<void, LinkExpired | EmailTaken | DatabaseUnavailable>
  }
>()("fairground/accounts/own/EmailChanges") {
  static readonly layer = Layer.effect(
    EmailChanges,
    Effect.gen(function* () {
      const audit = yield* Audit
      const limits = yield* RateLimits
      const links = yield* Links
      const mail = yield* Mail
      const passwords = yield* Passwords
      const repo = yield* EmailChangesRepo.make
      const resets = yield* ResetsRepo.make
      const screen = yield* Screen
      const sql = yield* SqlClient.SqlClient
      const retry = retryTransient((yield* Settings).databaseDeadline)

      return EmailChanges.of({
        ask: Effect.fn("EmailChanges.ask")(function* ({ accountId }, email) {
          const seconds = yield* limits.take(`email-change:${accountId}`, mostAsked)
          if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
          const emailKey = keyOf(email)
          const next = mailbox(email.trim(), emailKey)
          const name = yield* newUuid
          const write = Effect.gen(function* () {
            const owner = yield* passwords.find(accountId)
            if (owner === undefined) return yield* new NotSignedIn({})
            const token = makeToken("emailChange")
            const expiresAt = yield* repo.insert(hashOf(token), accountId, next, emailKey)
            const link = yield* links.to("emailChange", token)
            yield* EmailMails.sendChange(mail, owner, name, { next, link, expiresAt })
            yield* EmailMails.tellAsked(mail, owner, name, next)
            if (!mail.isSetUp) yield* sql.afterCommit(screen(`New address ${next}  ${link}`))
          })
          yield* retry(
            audit.within(write, () => ({
              action: "account.email-change-ask",
              target: { kind: "account", id: accountId }
            }))
          )
        }),
        works: (token) => {
          const text = Redacted.value(token)
          return isWellFormed("emailChange", text) ? retry(repo.works(hashOf(text))) : Effect.succeed(false)
        },
        confirm: Effect.fn("EmailChanges.confirm")(function* (token) {
          const text = Redacted.value(token)
          if (!isWellFormed("emailChange", text)) return yield* new LinkExpired({})
          const name = yield* newUuid
          yield* Effect.gen(function* () {
            const taken = yield* repo.take(hashOf(text))
            if (taken === undefined) return yield* new LinkExpired({})
            const { accountId, newEmail, newKey, oldEmail } = taken
            yield* repo.change(accountId, newEmail, newKey)
            // Links for a new password that went to the old address end with it.
            yield* resets.dropAll(accountId)
            yield* EmailMails.tellChanged(mail, { ...taken, email: oldEmail }, name, newEmail)
            yield* audit.record({
              action: "account.email-change",
              accountId,
              target: { kind: "account", id: accountId }
            })
          }).pipe(sql.withTransaction, inOrder, retry)
        })
      })
    })
  )
}
