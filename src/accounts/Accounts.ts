import { Context, Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../audit/Audit.ts"
import { type Role, roles } from "../platform/contract/Access.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { ChangedMeanwhile, type DatabaseUnavailable } from "../platform/contract/Problems.ts"
import type { SecretsKeyMissing } from "../platform/contract/SecretsKeyMissing.ts"
import { newUuid } from "../platform/Ids.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { AccountId } from "./Account.ts"
import type { AccountChange, ManagedAccount, NewMachine } from "./AccountFacts.ts"
import * as AccountsRepo from "./AccountsRepo.ts"
import * as Authority from "./Authority.ts"
import { Factors } from "./factor/Factors.ts"
import { AccountNotFound, LastOwner, NoPasswordReset, RoleTooHigh } from "./ManagementErrors.ts"
import * as EmailChangesRepo from "./own/EmailChangesRepo.ts"
import { PasswordResets } from "./password/PasswordResets.ts"
import * as RightsNews from "./session/RightsNews.ts"
import { Sessions } from "./session/Sessions.ts"

export interface AccountsQuery extends Paging.PageQuery<AccountId> {
  readonly kind?: "person" | "machine"
  readonly role?: Role
  readonly isDisabled?: boolean | undefined
}

const target = (id: string) => ({ kind: "account", id })

/**
 * The accounts of people and machines, for those who manage them. `by` is on whose word something is done: nobody gives or takes
 * more than they have. Every change is in the audit log and acts with the account's next request.
 */
export class Accounts extends Context.Service<
  Accounts,
  {
    /** A page, newest first. */
    readonly list: (query: AccountsQuery) => Effect.Effect<Paging.Page<ManagedAccount, AccountId>, DatabaseUnavailable>
    readonly find: (id: AccountId) => Effect.Effect<ManagedAccount, AccountNotFound | DatabaseUnavailable>
    /** Up to two accounts that a text may mean: the person of a normalised address (null: none), machines of a name. */
    readonly named: (
      emailKey: string | null,
      name: string
    ) => Effect.Effect<ReadonlyArray<ManagedAccount>, DatabaseUnavailable>
    readonly makeMachine: (
      machine: NewMachine,
      by: Authority.By
    ) => Effect.Effect<ManagedAccount, RoleTooHigh | DatabaseUnavailable>
    /**
     * Changes the given fields; nothing happens where all have these values already. Fails if the version differs; null accepts
     * any. Disabling ends all sessions and revokes the account's invitations, and so does a lower role for invitations that it
     * could not send any more.
     */
    readonly change: (
      id: AccountId,
      change: AccountChange,
      version: number | null,
      by: Authority.By
    ) => Effect.Effect<
      ManagedAccount,
      AccountNotFound | LastOwner | RoleTooHigh | ChangedMeanwhile | DatabaseUnavailable
    >
    /** Deletes the account with its sessions, keys and factors, and revokes its invitations. The audit log keeps what it did. */
    readonly remove: (
      id: AccountId,
      version: number | null,
      by: Authority.By
    ) => Effect.Effect<void, AccountNotFound | LastOwner | RoleTooHigh | ChangedMeanwhile | DatabaseUnavailable>
    /** Ends all sessions of the account, and a change of its address that waits. Returns how many sessions. Its keys stay. */
    readonly endSessions: (
      id: AccountId,
      by: Authority.By
    ) => Effect.Effect<number, AccountNotFound | RoleTooHigh | DatabaseUnavailable>
    /**
     * Sends the person a link for a new password: nobody else sets one. Changes nothing else. Three links in half an hour are sent at
     * the most; beyond them it does nothing.
     */
    readonly requestReset: (
      id: AccountId,
      by: Authority.By
    ) => Effect.Effect<void, AccountNotFound | NoPasswordReset | RoleTooHigh | SecretsKeyMissing | DatabaseUnavailable>
    /** For who has lost the second factor: removes authenticator app, passkeys and recovery codes, ends all sessions, and tells them. */
    readonly removeSecondFactor: (
      id: AccountId,
      by: Authority.By
    ) => Effect.Effect<void, AccountNotFound | RoleTooHigh | DatabaseUnavailable>
  }
>()("fairground/accounts/Accounts") {
  static readonly layer = Layer.effect(
    Accounts,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* AccountsRepo.make
      const authority = yield* Authority.make
      const tellOfRights = yield* RightsNews.make
      const audit = yield* Audit
      const emails = yield* EmailChangesRepo.make
      const factors = yield* Factors
      const resets = yield* PasswordResets
      const sessions = yield* Sessions
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const found = (id: AccountId) =>
        Effect.filterOrFail(
          repo.find(id),
          (account): account is ManagedAccount => account !== undefined,
          () => new AccountNotFound({})
        )

      /** The account, which nobody else changes until the end of the transaction, and over which `by` may decide. */
      const locked = Effect.fnUntraced(function* (id: AccountId, by: Authority.By) {
        yield* repo.lock(by === "operator" ? [id] : [id, by])
        const account = yield* found(id)
        yield* authority.requireOver(by, "accounts:write", account.role)
        return account
      })

      /** The same, if it still has the version. */
      const lockedAt = (id: AccountId, by: Authority.By, version: number | null) =>
        Effect.filterOrFail(
          locked(id, by),
          (account) => version === null || account.version === version,
          () => new ChangedMeanwhile({})
        )

      const requireAnotherOwner = Effect.fnUntraced(function* (account: ManagedAccount) {
        if (account.role !== "owner" || account.disabledAt !== null) return
        if ((yield* repo.otherOwners(account.id)) === 0) return yield* new LastOwner({})
      })

      /** The roles to which an account of this role may invite. */
      const givenBy = (role: Role): ReadonlyArray<Role> =>
        authority.permissions[role].has("accounts:write") ? roles.filter((given) => Authority.covers(role, given)) : []

      const write = Effect.fnUntraced(function* (
        account: ManagedAccount,
        { disabled = account.disabledAt !== null, name = account.name, role = account.role }: AccountChange,
        by: Authority.By
      ) {
        const isDisabling = disabled && account.disabledAt === null
        const told = {
          ...(name === account.name ? {} : { name }),
          ...(role === account.role ? {} : { role, roleBefore: account.role }),
          ...(disabled === (account.disabledAt !== null) ? {} : { disabled })
        }
        if (Object.keys(told).length === 0) return { account, told: undefined }
        yield* authority.requireOver(by, "accounts:write", role)
        if (account.kind === "machine" && role === "owner") return yield* new RoleTooHigh({})
        if (disabled || role !== "owner") yield* requireAnotherOwner(account)
        yield* repo.update(account.id, { name, role, isDisabled: disabled })
        yield* tellOfRights
        const invitations = yield* repo.revokeInvitations(account.id, disabled ? [] : givenBy(role))
        // Before the sessions: an attempt that is being finished makes one.
        if (isDisabling) yield* repo.dropTokens(account.id)
        const ended = isDisabling ? yield* sessions.endAll(account.id, null) : 0
        return {
          account: yield* Effect.orDie(found(account.id)),
          told: {
            ...told,
            ...(invitations === 0 ? {} : { invitationsRevoked: invitations }),
            ...(ended === 0 ? {} : { sessionsEnded: ended })
          }
        }
      })

      return Accounts.of({
        list: Effect.fn("Accounts.list")(function* ({ after, isDisabled, kind, limit = Paging.defaultLimit, role }) {
          const filter = {
            kind: kind ?? null,
            role: role ?? null,
            isDisabled: isDisabled ?? null,
            after: after ?? null
          }
          return Paging.page(yield* retry(repo.list(filter, limit + 1)), limit, ({ id }) => id)
        }),
        find: Effect.fn("Accounts.find")((id) => retry(found(id))),
        named: Effect.fn("Accounts.named")((emailKey, name) => retry(repo.named(emailKey, name))),
        makeMachine: Effect.fn("Accounts.makeMachine")(function* ({ name, role }, by) {
          const id = AccountId.make(yield* newUuid)
          return yield* audit
            .within(
              Effect.gen(function* () {
                if (by !== "operator") yield* repo.keep([by])
                yield* authority.requireOver(by, "accounts:write", role)
                const isNew = yield* repo.insertMachine({ id, name, role })
                return { isNew, account: yield* Effect.orDie(found(id)) }
              }),
              ({ isNew }) =>
                isNew
                  ? { action: "account.create", target: target(id), details: { kind: "machine", name, role } }
                  : undefined
            )
            .pipe(
              retry,
              Effect.map(({ account }) => account)
            )
        }),
        change: Effect.fn("Accounts.change")((id, change, version, by) =>
          audit
            .within(
              Effect.flatMap(lockedAt(id, by, version), (account) => write(account, change, by)),
              ({ told }) =>
                told === undefined ? undefined : { action: "account.update", target: target(id), details: told }
            )
            .pipe(
              retry,
              Effect.map(({ account }) => account)
            )
        ),
        remove: Effect.fn("Accounts.remove")((id, version, by) =>
          audit
            .within(
              Effect.gen(function* () {
                const account = yield* lockedAt(id, by, version)
                yield* requireAnotherOwner(account)
                yield* repo.revokeInvitations(id, [])
                yield* repo.remove(id)
                yield* tellOfRights
                return account
              }),
              ({ kind, name, role }) => ({
                action: "account.delete",
                target: target(id),
                details: { kind, name, role }
              })
            )
            .pipe(retry, Effect.asVoid)
        ),
        endSessions: Effect.fn("Accounts.endSessions")((id, by) =>
          audit
            .within(
              Effect.andThen(
                locked(id, by),
                Effect.tap(sessions.endAll(id, null), () => emails.drop(id))
              ),
              (count) => ({
                action: "account.end-sessions",
                target: target(id),
                details: { sessionsEnded: count }
              })
            )
            .pipe(retry)
        ),
        requestReset: Effect.fn("Accounts.requestReset")((id, by) =>
          audit
            .within(
              Effect.gen(function* () {
                const account = yield* locked(id, by)
                if (account.kind === "machine" || account.disabledAt !== null) return yield* new NoPasswordReset({})
                return yield* resets.send(id)
              }),
              (isSent) => (isSent ? { action: "account.password-reset-ask", target: target(id) } : undefined)
            )
            .pipe(retry, Effect.asVoid)
        ),
        removeSecondFactor: Effect.fn("Accounts.removeSecondFactor")((id, by) =>
          // Stores the audit entry and a mail to the person, too.
          Effect.andThen(locked(id, by), factors.resetAll(id)).pipe(sql.withTransaction, inOrder, retry, Effect.asVoid)
        )
      })
    })
  )
}
