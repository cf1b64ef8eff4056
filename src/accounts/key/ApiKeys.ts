import { Context, DateTime, Effect, Layer } from "effect"
import { Audit } from "../../audit/Audit.ts"
import { type Actor, NotPermitted } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { uuidV7At } from "../../platform/Ids.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { AccountId } from "../Account.ts"
import * as AccountsRepo from "../AccountsRepo.ts"
import * as Authority from "../Authority.ts"
import * as RightsNews from "../session/RightsNews.ts"
import { AccountNotFound, type RoleTooHigh } from "../ManagementErrors.ts"
import { hashOf, makeToken } from "../Tokens.ts"
import { type ApiKey, ApiKeyId, type NewApiKey } from "./ApiKey.ts"
import * as ApiKeysRepo from "./ApiKeysRepo.ts"
import { KeyExpired, KeyNotFound, KeyOfAnotherPerson } from "./KeyErrors.ts"

export interface KeysQuery extends Paging.PageQuery<ApiKeyId> {
  /** Left out: the caller's own keys. */
  readonly account?: AccountId
}

const target = (id: string) => ({ kind: "api-key", id })

/**
 * Keys of people and machines. What a key may do is decided with each request: its scopes that its account's role has at that moment
 * (`Sessions.byKey`). So nothing here needs to follow a change of a role.
 */
export class ApiKeys extends Context.Service<
  ApiKeys,
  {
    /**
     * A page of an account's keys that are not revoked, newest first. Another account's need `keys:write`; without it, a key sees
     * only itself.
     */
    readonly list: (
      query: KeysQuery,
      caller: Actor
    ) => Effect.Effect<Paging.Page<ApiKey, ApiKeyId>, AccountNotFound | NotPermitted | DatabaseUnavailable>
    /**
     * Makes a key for the caller's own account, or with `keys:write` for a machine's; the operator for any. Both the maker and the
     * account must have each scope: `NotPermitted` names the first that one of them lacks. The key itself is returned this once.
     */
    readonly make: (
      key: NewApiKey,
      by: Authority.By
    ) => Effect.Effect<
      ApiKey & { readonly key: string },
      AccountNotFound | KeyExpired | KeyOfAnotherPerson | NotPermitted | RoleTooHigh | DatabaseUnavailable
    >
    /** Revokes a key, which is refused from its next request on. One's own, or with `keys:write` another's. A key may revoke itself. */
    readonly revoke: (
      id: ApiKeyId,
      caller: Actor
    ) => Effect.Effect<void, KeyNotFound | RoleTooHigh | DatabaseUnavailable>
  }
>()("fairground/accounts/ApiKeys") {
  static readonly layer = Layer.effect(
    ApiKeys,
    Effect.gen(function* () {
      const repo = yield* ApiKeysRepo.make
      const accounts = yield* AccountsRepo.make
      const authority = yield* Authority.make
      const tellOfRights = yield* RightsNews.make
      const audit = yield* Audit
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** The account that a key is for, on which `by` may make one. */
      const accountFor = Effect.fnUntraced(function* (
        id: AccountId,
        by: Authority.By,
        maker: Authority.Standing | undefined
      ) {
        const isOwn = id === by || by === "operator"
        // Before the account is looked for: who may not make keys for others learns nothing of ids.
        if (!isOwn && maker?.permissions.has("keys:write") !== true) {
          return yield* new NotPermitted({ permission: "keys:write" })
        }
        const account = yield* accounts.find(id)
        if (account === undefined) return yield* new AccountNotFound({})
        if (isOwn) return account
        if (account.kind === "person") return yield* new KeyOfAnotherPerson({})
        yield* authority.requireOver(by, "keys:write", account.role)
        return account
      })

      const insert = Effect.fnUntraced(function* (row: ApiKeysRepo.NewRow, by: Authority.By) {
        const { accountId, scopes } = row
        yield* accounts.keep(by === "operator" ? [accountId] : [accountId, by])
        const maker = yield* authority.standingOf(by)
        const account = yield* accountFor(accountId, by, maker)
        const allowed = authority.permissions[account.role]
        const lacking = scopes.find((scope) => maker?.permissions.has(scope) !== true || !allowed.has(scope))
        if (lacking !== undefined) return yield* new NotPermitted({ permission: lacking })
        const made = yield* repo.insert(row)
        return { isNew: made !== undefined, made: made ?? (yield* repo.find(row.id)) }
      })

      const isAllowedToRevoke = (key: ApiKeysRepo.Owned, caller: Actor): boolean =>
        caller.permissions.has("keys:write") ||
        (key.accountId === caller.accountId && (caller.by._tag === "Session" || caller.by.id === key.id))

      return ApiKeys.of({
        list: Effect.fn("ApiKeys.list")(function* ({ account, after, limit = Paging.defaultLimit }, caller) {
          const mayAll = caller.permissions.has("keys:write")
          const own = AccountId.make(caller.accountId)
          if (account !== undefined && account !== own) {
            if (!mayAll) return yield* new NotPermitted({ permission: "keys:write" })
            if ((yield* retry(accounts.find(account))) === undefined) return yield* new AccountNotFound({})
          }
          const only = !mayAll && caller.by._tag === "ApiKey" ? caller.by.id : null
          const found = yield* retry(repo.list({ account: account ?? own, after: after ?? null, only }, limit + 1))
          return Paging.page(found, limit, ({ id }) => id)
        }),
        make: Effect.fn("ApiKeys.make")(function* ({ accountId, expiresAt = null, name, scopes }, by) {
          const now = yield* DateTime.now
          if (expiresAt !== null && DateTime.isLessThanOrEqualTo(expiresAt, now)) return yield* new KeyExpired({})
          const account = accountId ?? (by === "operator" ? undefined : by)
          if (account === undefined) return yield* new AccountNotFound({})
          const key = makeToken("key")
          const row = {
            id: ApiKeyId.make(uuidV7At(DateTime.toEpochMillis(now))),
            accountId: account,
            name,
            hint: key.slice(-4),
            tokenHash: hashOf(key),
            scopes: [...new Set(scopes)].sort(),
            createdBy: by === "operator" ? null : by,
            expiresAt
          }
          const { made } = yield* audit
            .within(insert(row, by), ({ isNew }) =>
              isNew
                ? {
                    action: "api-key.create",
                    target: target(row.id),
                    details: { account: row.accountId, name, scopes: row.scopes }
                  }
                : undefined
            )
            .pipe(retry)
          // Only between two attempts at the same transaction could somebody have revoked it.
          if (made === undefined) return yield* new AccountNotFound({})
          return { ...made, key }
        }),
        revoke: Effect.fn("ApiKeys.revoke")((id, caller) =>
          audit
            .within(
              Effect.gen(function* () {
                const by = AccountId.make(caller.accountId)
                yield* accounts.keep([by])
                const key = yield* repo.find(id)
                if (key === undefined || !isAllowedToRevoke(key, caller)) return yield* new KeyNotFound({})
                if (key.accountId !== by) yield* authority.requireOver(by, "keys:write", key.role)
                yield* tellOfRights
                return (yield* repo.revoke(id)) ?? (yield* new KeyNotFound({}))
              }),
              ({ accountId, name }) => ({
                action: "api-key.revoke",
                target: target(id),
                details: { account: accountId, name }
              })
            )
            .pipe(retry, Effect.asVoid)
        )
      })
    })
  )
}
