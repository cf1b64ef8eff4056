import { Context, Effect, Layer, Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../audit/Audit.ts"
import type { DatabaseUnavailable, Overloaded } from "../../platform/contract/Problems.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { keyOf, mailbox } from "../../players/Email.ts"
import { Account, type Language } from "../Account.ts"
import { type EmailTaken, LinkExpired } from "../AccountErrors.ts"
import { Links } from "../Links.ts"
import type { PasswordRefused } from "../password/PasswordErrors.ts"
import { Passwords } from "../password/Passwords.ts"
import { type Browser, type Entered, Entry } from "../session/Entry.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import { SetupDone } from "./SetupErrors.ts"
import * as SetupRepo from "./SetupRepo.ts"

export interface FirstOwner {
  /** An address that the contract has checked. */
  readonly email: string
  readonly name: string
  readonly password: Redacted.Redacted<string>
  readonly language: Language
}

/**
 * The first owner. There is no default account: whoever has the machine makes a link that works once, within 24 hours, and whoever
 * has the link becomes the owner (ASVS 6.3.2).
 */
export class Setup extends Context.Service<
  Setup,
  {
    /** A new link. Undefined: there is an owner already. */
    readonly link: Effect.Effect<string | undefined, DatabaseUnavailable>
    /** Whether there is no owner yet. */
    readonly isOpen: Effect.Effect<boolean, DatabaseUnavailable>
    /** Whether a link works, without using it up. */
    readonly check: (
      token: Redacted.Redacted<string>
    ) => Effect.Effect<void, SetupDone | LinkExpired | DatabaseUnavailable>
    /** Makes the owner and signs them in. Of any number at once, one succeeds. A refused password does not use the link up. */
    readonly complete: (
      token: Redacted.Redacted<string>,
      owner: FirstOwner,
      browser: Browser
    ) => Effect.Effect<
      Entered,
      SetupDone | LinkExpired | PasswordRefused | EmailTaken | Overloaded | DatabaseUnavailable
    >
  }
>()("fairground/accounts/setup/Setup") {
  static readonly layer = Layer.effect(
    Setup,
    Effect.gen(function* () {
      const audit = yield* Audit
      const entry = yield* Entry
      const links = yield* Links
      const passwords = yield* Passwords
      const repo = yield* SetupRepo.make
      const sql = yield* SqlClient.SqlClient
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const check = Effect.fn("Setup.check")(function* (token: Redacted.Redacted<string>) {
        if (yield* retry(repo.hasOwner)) return yield* new SetupDone({})
        const text = Redacted.value(token)
        const isGood = isWellFormed("setup", text) && (yield* retry(repo.works(hashOf(text))))
        if (!isGood) return yield* new LinkExpired({})
      })

      return Setup.of({
        link: Effect.gen(function* () {
          if (yield* retry(repo.hasOwner)) return undefined
          const token = makeToken("setup")
          yield* retry(audit.within(repo.insertToken(hashOf(token)), () => ({ action: "setup.link" })))
          return yield* links.to("setup", token)
        }).pipe(Effect.withSpan("Setup.link")),
        isOpen: Effect.map(retry(repo.hasOwner), (has) => !has),
        check,
        complete: Effect.fn("Setup.complete")(function* (token, { email, language, name, password }, browser) {
          yield* check(token)
          yield* passwords.check(password, { email, name })
          const hash = yield* passwords.hash(password)
          const emailKey = keyOf(email)
          const account = yield* Effect.orDie(
            Account.insert.makeEffect({
              kind: "person",
              email: mailbox(email.trim(), emailKey),
              emailKey,
              name,
              role: "owner",
              language,
              // The link proves the machine, not the mailbox.
              emailVerifiedAt: null,
              disabledAt: null,
              version: 1
            })
          )
          return yield* Effect.gen(function* () {
            yield* repo.lock
            // A try whose outcome was not known had been done.
            const isMine = yield* repo.has(account.id)
            if (!isMine) {
              if (yield* repo.hasOwner) return yield* new SetupDone({})
              if (!(yield* repo.take(hashOf(Redacted.value(token))))) return yield* new LinkExpired({})
              yield* repo.insert(account)
              yield* passwords.store(account.id, hash)
              yield* audit.record({
                action: "setup.complete",
                accountId: account.id,
                target: { kind: "account", id: account.id }
              })
            }
            return yield* entry.enter(account.id, ["setup", "password"], browser)
          }).pipe(sql.withTransaction, inOrder, retry)
        })
      })
    })
  )
}
