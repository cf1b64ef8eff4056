import { Clock, Context, Effect, Layer, Option, Redacted, Semaphore } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { type DatabaseUnavailable, Overloaded } from "../../platform/contract/Problems.ts"
import { newUuid } from "../../platform/Ids.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Secrets, SecretsKeyMissing } from "../../platform/Secrets.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { keyOf, normalise } from "../../players/Email.ts"
import type { AccountId } from "../Account.ts"
import { LinkExpired } from "../AccountErrors.ts"
import { Links } from "../Links.ts"
import * as PasswordMails from "../mails/PasswordMails.ts"
import { Screen } from "../Screen.ts"
import { Sessions } from "../session/Sessions.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import { Devices } from "./Devices.ts"
import type { PasswordRefused } from "./PasswordErrors.ts"
import { type Owner, Passwords } from "./Passwords.ts"
import * as ResetsRepo from "./ResetsRepo.ts"
import { Throttle } from "./Throttle.ts"

export type { WaysIn } from "./ResetsRepo.ts"

/** Requests that are worked on after their answers. Beyond it they are refused, all alike. */
const mostPending = 200
const atOnce = 2

/** New passwords by links that work once, for half an hour. */
export class PasswordResets extends Context.Service<
  PasswordResets,
  {
    /**
     * Sends a link to the person with this address, after it has answered: whether there is one is seen neither in the answer nor in
     * its time. Changes nothing else. A person gets three links in half an hour at the most.
     */
    readonly ask: (email: string) => Effect.Effect<void, SecretsKeyMissing | Overloaded>
    /** Sends a link to this person on somebody else's word, in the transaction around it. False: there is no such person to send to. */
    readonly send: (accountId: AccountId) => Effect.Effect<boolean, SqlError.SqlError | SecretsKeyMissing>
    /** Makes a link for whoever has the machine. Undefined: no enabled person has this address. */
    readonly print: (email: string) => Effect.Effect<string | undefined, DatabaseUnavailable>
    /** Whether a link works, without using it up. */
    readonly works: (token: Redacted.Redacted<string>) => Effect.Effect<boolean, DatabaseUnavailable>
    /**
     * Uses a link: stores the password and ends all sessions of the account. It signs nobody in, and no second factor is touched.
     * Returns what else gets into the account, for its person to look at: whoever had it before may have left something there.
     */
    readonly confirm: (
      token: Redacted.Redacted<string>,
      password: Redacted.Redacted<string>
    ) => Effect.Effect<ResetsRepo.WaysIn, LinkExpired | PasswordRefused | Overloaded | DatabaseUnavailable>
  }
>()("fairground/accounts/password/PasswordResets") {
  static readonly layer = Layer.effect(
    PasswordResets,
    Effect.gen(function* () {
      const audit = yield* Audit
      const devices = yield* Devices
      const links = yield* Links
      const mail = yield* Mail
      const passwords = yield* Passwords
      const repo = yield* ResetsRepo.make
      const screen = yield* Screen
      const secrets = yield* Secrets
      const sessions = yield* Sessions
      const sql = yield* SqlClient.SqlClient
      const throttle = yield* Throttle
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const scope = yield* Effect.scope
      const turns = yield* Semaphore.make(atOnce)
      let pending = 0

      const asked = (owner: Owner) => ({
        action: "account.password-reset-ask",
        accountId: owner.accountId,
        target: { kind: "account", id: owner.accountId }
      })

      /** A mail with a link, unless there were enough of them. */
      const mailLink = Effect.fnUntraced(function* (owner: Owner) {
        // Of many requests at once, each counts the links of those before.
        yield* passwords.lock(owner.accountId)
        const token = makeToken("reset")
        const expiresAt = yield* repo.insert(hashOf(token), owner.accountId, owner.email)
        if (expiresAt === undefined) return false
        const link = yield* links.to("reset", token)
        const name = yield* newUuid
        yield* PasswordMails.sendReset(mail, owner, name, { link, expiresAt })
        if (!mail.isSetUp) yield* sql.afterCommit(screen(`New password for ${owner.email}  ${link}`))
        return true
      })

      const answerTo = Effect.fn("PasswordResets.answerTo")(function* (emailKey: string) {
        const owner = yield* passwords.byEmail(emailKey)
        if (owner === undefined || owner.isDisabled) return
        const { identities } = yield* retry(repo.waysIn(owner.accountId))
        const write = Effect.gen(function* () {
          if (owner.hash !== null || identities.length === 0) return yield* mailLink(owner)
          // A password would be a way around the identity provider and the second factor that it asks for. One mail an hour.
          const hour = Math.floor((yield* Clock.currentTimeMillis) / 3_600_000)
          const connections = [...new Set(identities.map(({ connection }) => connection))]
          yield* PasswordMails.sendNoPassword(mail, owner, `${owner.accountId} ${hour}`, connections)
          return true
        })
        yield* retry(audit.within(write, (isSent) => (isSent ? asked(owner) : undefined)))
      })

      return PasswordResets.of({
        ask: Effect.fn("PasswordResets.ask")(function* (email) {
          if (!secrets.isReady) return yield* new SecretsKeyMissing({})
          if (pending >= mostPending) return yield* new Overloaded({})
          const emailKey = Option.getOrUndefined(normalise(email))
          if (emailKey === undefined) return
          pending++
          yield* turns.withPermit(answerTo(emailKey)).pipe(
            Effect.catchCause((cause) => Effect.logError("A link for a new password was not sent", forLog(cause))),
            Effect.ensuring(Effect.sync(() => pending--)),
            // A stop of the service waits for it.
            Effect.uninterruptible,
            Effect.forkIn(scope)
          )
        }),
        send: Effect.fn("PasswordResets.send")(function* (accountId) {
          const owner = yield* passwords.find(accountId)
          if (owner === undefined || owner.isDisabled) return false
          return yield* mailLink(owner)
        }),
        print: Effect.fn("PasswordResets.print")(function* (email) {
          const emailKey = Option.getOrUndefined(normalise(email))
          const owner = emailKey === undefined ? undefined : yield* passwords.byEmail(emailKey)
          if (owner === undefined || owner.isDisabled) return undefined
          const token = makeToken("reset")
          const made = yield* retry(
            audit.within(repo.insert(hashOf(token), owner.accountId, null), (inserted) =>
              inserted === undefined ? undefined : { ...asked(owner), accountId: undefined }
            )
          )
          return made === undefined ? undefined : yield* links.to("reset", token)
        }),
        works: (token) => {
          const text = Redacted.value(token)
          return isWellFormed("reset", text)
            ? Effect.map(retry(repo.find(hashOf(text))), (found) => found !== undefined)
            : Effect.succeed(false)
        },
        confirm: Effect.fn("PasswordResets.confirm")(function* (token, password) {
          const text = Redacted.value(token)
          if (!isWellFormed("reset", text)) return yield* new LinkExpired({})
          const found = yield* retry(repo.find(hashOf(text)))
          const owner = found === undefined ? undefined : yield* passwords.byAccount(found.accountId)
          if (owner === undefined) return yield* new LinkExpired({})
          const { accountId } = owner
          // A refused password does not use the link up.
          yield* passwords.check(password, owner)
          const hash = yield* passwords.hash(password)
          const name = yield* newUuid
          return yield* Effect.gen(function* () {
            const now = yield* passwords.lock(accountId)
            const others = yield* repo.waysIn(accountId)
            // A try whose outcome was not known had been done.
            if (now === hash) return others
            const taken = now === undefined ? undefined : yield* repo.take(hashOf(text))
            if (taken === undefined) return yield* new LinkExpired({})
            yield* passwords.store(accountId, hash)
            if (taken.isMailed) yield* repo.verifyEmail(accountId)
            const ended = yield* sessions.endAll(accountId, null)
            yield* devices.forgetAll(accountId)
            yield* throttle.forgive(`password:${keyOf(owner.email)}`)
            yield* PasswordMails.tellChanged(mail, owner, name, others)
            yield* audit.record({
              action: "account.password-reset",
              accountId,
              target: { kind: "account", id: accountId },
              details: { endedSessions: ended }
            })
            return others
          }).pipe(sql.withTransaction, inOrder, retry)
        })
      })
    })
  )
}
