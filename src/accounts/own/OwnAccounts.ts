import { Context, Effect, Layer, type Redacted } from "effect"
import { Audit } from "../../audit/Audit.ts"
import { Mail } from "../../mail/Mail.ts"
import { type Actor, NotSignedIn } from "../../platform/contract/Access.ts"
import {
  ChangedMeanwhile,
  type DatabaseUnavailable,
  type Overloaded,
  type TooManyRequests
} from "../../platform/contract/Problems.ts"
import { newUuid } from "../../platform/Ids.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { Method } from "../Account.ts"
import * as PasswordMails from "../mails/PasswordMails.ts"
import { type PasswordRefused, WrongPassword } from "../password/PasswordErrors.ts"
import { Passwords } from "../password/Passwords.ts"
import * as ResetsRepo from "../password/ResetsRepo.ts"
import { byRole, Permissions } from "../Permissions.ts"
import type { Identity } from "../session/Session.ts"
import { Sessions } from "../session/Sessions.ts"
import { type Person, SignIn } from "../session/SignIn.ts"
import type { OwnAccount, OwnAccountChange } from "./OwnAccount.ts"
import * as OwnAccountRepo from "./OwnAccountRepo.ts"

type Gone = NotSignedIn | DatabaseUnavailable

/** What people do with their own account. */
export class OwnAccounts extends Context.Service<
  OwnAccounts,
  {
    /** Who somebody is, and what the credential may do. `NotSignedIn`: the account is gone. */
    readonly identity: (
      actor: Pick<Actor, "accountId" | "permissions"> & { readonly sessionId: string | null }
    ) => Effect.Effect<Identity, Gone>
    /** The same for a session that was just made. */
    readonly identityOf: (person: Person) => Effect.Effect<Identity, Gone>
    readonly find: (accountId: string) => Effect.Effect<OwnAccount, Gone>
    /** Fails if the version differs; null accepts any. */
    readonly change: (
      person: Person,
      change: OwnAccountChange,
      version: number | null
    ) => Effect.Effect<OwnAccount, ChangedMeanwhile | Gone>
    /** Changes the password, and ends all other sessions. `current` is undefined where the person left it out. */
    readonly changePassword: (
      person: Person,
      current: Redacted.Redacted<string> | undefined,
      password: Redacted.Redacted<string>
    ) => Effect.Effect<void, WrongPassword | PasswordRefused | TooManyRequests | Overloaded | Gone>
  }
>()("fairground/accounts/own/OwnAccounts") {
  static readonly layer = Layer.effect(
    OwnAccounts,
    Effect.gen(function* () {
      const audit = yield* Audit
      const mail = yield* Mail
      const passwords = yield* Passwords
      const repo = yield* OwnAccountRepo.make
      const sessions = yield* Sessions
      const signIn = yield* SignIn
      const resets = yield* ResetsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const permissions = byRole(yield* Permissions)

      const known = <A>(found: A | undefined) =>
        found === undefined ? Effect.fail(new NotSignedIn({})) : Effect.succeed(found)

      const facts = Effect.fnUntraced(function* (
        accountId: string,
        sessionId: string | null,
        allowed: ReadonlySet<string> | undefined
      ) {
        const row = yield* Effect.flatMap(retry(repo.identity(accountId, sessionId)), known)
        const { authenticatedAt, expiresAt, lastSeenAt, methods, passkey, recoveryCodes, totp, ...rest } = row
        const { sessionId: id, ...account } = rest
        const isWhole =
          id !== null && methods !== null && authenticatedAt !== null && lastSeenAt !== null && expiresAt !== null
        // The session has ended since the request was let in.
        if (sessionId !== null && !isWhole) return yield* new NotSignedIn({})
        const proven: ReadonlyArray<Method> = methods ?? []
        const isOwed = isWhole && sessions.owes(account.role, proven)
        return {
          account,
          // Whoever owes a second factor may do nothing until it is proven, as every operation judges.
          permissions: isOwed ? [] : [...(allowed ?? permissions[account.role])].toSorted(),
          session: isWhole ? { id, methods: proven, authenticatedAt, lastSeenAt, expiresAt } : null,
          secondFactor: {
            totp,
            passkey,
            recoveryCodes,
            isOwed
          }
        } satisfies Identity
      })

      const target = ({ accountId }: Person) => ({ kind: "account", id: accountId })

      return OwnAccounts.of({
        identity: Effect.fn("OwnAccounts.identity")(({ accountId, permissions: allowed, sessionId }) =>
          facts(accountId, sessionId, allowed)
        ),
        identityOf: ({ accountId, sessionId }) => facts(accountId, sessionId, undefined),
        find: Effect.fn("OwnAccounts.find")((accountId) => Effect.flatMap(retry(repo.find(accountId)), known)),
        change: Effect.fn("OwnAccounts.change")(function* (person, change, version) {
          const { accountId } = person
          const changed = yield* retry(
            audit.within(repo.update(accountId, change, version), (written) =>
              written === undefined
                ? undefined
                : { action: "account.update", target: target(person), details: { ...change } }
            )
          )
          if (changed !== undefined) return changed
          yield* Effect.flatMap(retry(repo.find(accountId)), known)
          return yield* new ChangedMeanwhile({})
        }),
        changePassword: Effect.fn("OwnAccounts.changePassword")(function* (person, current, password) {
          const { accountId, sessionId } = person
          const deed = { action: "account.password-change", target: target(person) }
          const owner =
            current === undefined
              ? yield* Effect.flatMap(passwords.byAccount(accountId), known)
              : yield* signIn.requirePassword(person, current, deed)
          // Leaving the field out is no way around it.
          if (current === undefined && owner.hash !== null) return yield* new WrongPassword({})
          yield* passwords.check(password, owner)
          const hash = yield* passwords.hash(password)
          const name = yield* newUuid
          const write = Effect.gen(function* () {
            const now = yield* passwords.lock(accountId)
            // A try whose outcome was not known had been done.
            if (now === hash) return { isDone: true, ended: undefined }
            // It was reset or changed meanwhile: what this person knows does not count any more.
            if (now !== owner.hash) return { isDone: false, ended: undefined }
            yield* passwords.store(accountId, hash)
            const ended = yield* sessions.endAll(accountId, sessionId)
            yield* resets.dropAll(accountId)
            yield* PasswordMails.tellChanged(mail, owner, name, yield* resets.waysIn(accountId))
            return { isDone: true, ended }
          })
          const { isDone } = yield* retry(
            audit.within(write, ({ ended }) =>
              ended === undefined ? undefined : { ...deed, details: { endedSessions: ended } }
            )
          )
          if (!isDone) return yield* new WrongPassword({})
        })
      })
    })
  )
}
