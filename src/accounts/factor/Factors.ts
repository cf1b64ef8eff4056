import { Context, Effect, Layer, Option } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Audit, type Deed } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { NotSignedIn, ReauthenticationRequired, SecondFactorRequired } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { newUuid } from "../../platform/Ids.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { normalise } from "../../players/Email.ts"
import { type AccountId, type Method, strong } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { Throttle } from "../password/Throttle.ts"
import { Sessions } from "../session/Sessions.ts"
import type { Person } from "../session/SignIn.ts"
import { LastWayIn } from "./FactorErrors.ts"
import { type Notice, tell } from "./FactorMails.ts"
import * as FactorsRepo from "./FactorsRepo.ts"
import * as RecoveryCodesRepo from "./RecoveryCodesRepo.ts"
import { demands } from "./SecondFactorPolicy.ts"

/** What the account had when the change began, and how its person is told. All of it belongs to the transaction of the change. */
export interface Change {
  readonly account: FactorsRepo.State
  readonly tell: (notice: Notice) => Effect.Effect<void, SqlError.SqlError>
  /** The person has set up this factor, and so proven it. With the first one, all their other sessions end: they never proved it. */
  readonly enrolled: (method: Method) => Effect.Effect<void, SqlError.SqlError>
  /** Refuses to lose one of these, where the account must keep it. */
  readonly mayLose: (factor: "totp" | "passkey" | "identity") => Effect.Effect<void, LastWayIn | SecondFactorRequired>
  /** One of these is gone. Recovery codes go with the last. */
  readonly lost: Effect.Effect<void, SqlError.SqlError>
}

export type ChangeProblem = NotSignedIn | ReauthenticationRequired | DatabaseUnavailable

/** What all second factors of an account have in common. */
export class Factors extends Context.Service<
  Factors,
  {
    /**
     * Runs a change of the person's own factors in one transaction with its entry in the audit log. Changes of one account wait for
     * each other. Where the account has a second factor, the session must have proven one: otherwise whoever got hold of a session
     * from before could add their own.
     */
    readonly change: <A, E>(
      person: Person,
      write: (change: Change) => Effect.Effect<A, E | SqlError.SqlError>,
      deed: (written: A) => Deed | undefined
    ) => Effect.Effect<A, Exclude<E, SqlError.SqlError> | ChangeProblem>
    /** Whether `change` would let the person's session in, for what begins long before it ends in a change. */
    readonly mayChange: (person: Person) => Effect.Effect<void, ChangeProblem>
    /** What the account is called, for apps and devices. */
    readonly nameOf: (
      accountId: AccountId
    ) => Effect.Effect<{ readonly email: string; readonly name: string }, NotSignedIn | DatabaseUnavailable>
    /** The account with this address, however it is spelt. Undefined: there is none. */
    readonly accountOf: (email: string) => Effect.Effect<AccountId | undefined, DatabaseUnavailable>
    /**
     * For whoever helps a person that has lost theirs: removes authenticator app, passkeys and recovery codes, ends all sessions,
     * and tells the person. Undefined: there is no such account; otherwise how many there were. Who may do it is the caller's
     * affair.
     */
    readonly resetAll: (accountId: AccountId) => Effect.Effect<number | undefined, DatabaseUnavailable>
  }
>()("fairground/accounts/factor/Factors") {
  static readonly layer = Layer.effect(
    Factors,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const mail = yield* Mail
      const sessions = yield* Sessions
      const throttle = yield* Throttle
      const { secondFactor } = yield* AccountsSettings
      const repo = yield* FactorsRepo.make
      const codes = yield* RecoveryCodesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const teller = (accountId: AccountId, account: FactorsRepo.State, deed: string) => (notice: Notice) =>
        account.email === null
          ? Effect.void
          : tell(mail, { ...account, email: account.email, id: accountId }, notice, deed)

      const changeOf = (person: Person, account: FactorsRepo.State, name: string): Change => {
        const { identities, hasPassword, passkeys, role, totp } = account
        const factors = passkeys + (totp ? 1 : 0)
        return {
          account,
          tell: teller(person.accountId, account, name),
          enrolled: Effect.fnUntraced(function* (method) {
            yield* sessions.addMethod(person.sessionId, method)
            if (factors === 0) yield* sessions.endAll(person.accountId, person.sessionId)
          }),
          mayLose: Effect.fnUntraced(function* (factor) {
            const others = passkeys + identities - (factor === "totp" ? 0 : 1)
            if (factor !== "totp" && !hasPassword && others === 0) return yield* new LastWayIn({})
            if (factor !== "identity" && factors === 1 && demands(secondFactor, role)) {
              return yield* new SecondFactorRequired({})
            }
          }),
          lost: factors > 1 ? Effect.void : codes.removeAll(person.accountId)
        }
      }

      const begin = Effect.fnUntraced(function* ({ accountId, sessionId }: Person) {
        yield* repo.lock(accountId)
        const account = yield* repo.state(accountId, sessionId)
        // The session has ended since the request was let in.
        if (account === undefined || account.methods === null) return yield* new NotSignedIn({})
        const isProven = account.methods.some((method) => strong.has(method))
        if ((account.totp || account.passkeys > 0) && !isProven) return yield* new ReauthenticationRequired({})
        return account
      })

      return Factors.of({
        change: Effect.fn("Factors.change")(function* (person, write, deed) {
          // Names the change, for what must happen once however often it is tried.
          const name = yield* newUuid
          const written = Effect.flatMap(begin(person), (account) => write(changeOf(person, account, name)))
          return yield* retry(audit.within(written, deed))
        }),
        mayChange: Effect.fn("Factors.mayChange")((person) => Effect.asVoid(retry(sql.withTransaction(begin(person))))),
        nameOf: Effect.fn("Factors.nameOf")(function* (accountId) {
          const account = yield* retry(repo.state(accountId, null))
          // It was deleted since the request was let in.
          if (account === undefined) return yield* new NotSignedIn({})
          return { email: account.email ?? account.name, name: account.name }
        }),
        accountOf: Effect.fn("Factors.accountOf")(function* (email) {
          const key = normalise(email)
          return Option.isNone(key) ? undefined : yield* retry(repo.byEmail(key.value))
        }),
        resetAll: Effect.fn("Factors.resetAll")(function* (accountId) {
          const name = yield* newUuid
          const reset = Effect.gen(function* () {
            if (!(yield* repo.lock(accountId))) return undefined
            const account = yield* repo.state(accountId, null)
            if (account === undefined) return undefined
            const removed = yield* repo.removeAll(accountId)
            yield* sessions.endAll(accountId, null)
            yield* throttle.forgive(`totp:${accountId}`)
            yield* teller(accountId, account, name)({ _tag: "Reset" })
            return removed
          })
          return yield* retry(
            audit.within(reset, (removed) =>
              removed === undefined
                ? undefined
                : {
                    action: "account.second-factor-reset",
                    target: { kind: "account", id: accountId },
                    details: { removed }
                  }
            )
          )
        })
      })
    })
  )
}
