import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import * as Handlers from "../platform/edge/Handlers.ts"
import { CurrentActor } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { AccountId } from "./Account.ts"
import type { ManagedAccount } from "./AccountFacts.ts"
import { Accounts } from "./Accounts.ts"
import { AccountsApi } from "./AccountsApi.ts"
import { Permissions } from "./Permissions.ts"
import { rolesWith } from "./Roles.ts"

const withETag = (body: ManagedAccount) => HttpApiSchema.withHeaders({ body, headers: { etag: body.version } })

/** The account on whose word the request is done. */
const caller = Effect.map(CurrentActor, ({ accountId }) => AccountId.make(accountId))

export const layer = Handlers.group(
  contractOf(AccountsApi),
  "accounts",
  Effect.fnUntraced(function* (handlers) {
    const accounts = yield* Accounts
    const roles = { items: rolesWith(yield* Permissions) }

    return handlers.handleAll({
      list: ({ query: { cursor: after, disabled: isDisabled, ...query } }) =>
        accounts.list({ ...query, after, isDisabled }),
      create: Effect.fnUntraced(function* ({ payload }) {
        const body = yield* accounts.makeMachine(payload, yield* caller)
        return HttpApiSchema.withHeaders({
          body,
          headers: { etag: body.version, location: `/api/v1/accounts/${body.id}` }
        })
      }),
      get: ({ params }) => Effect.map(accounts.find(params.id), withETag),
      update: Effect.fnUntraced(function* ({ headers, params, payload }) {
        return withETag(yield* accounts.change(params.id, payload, headers["if-match"] ?? null, yield* caller))
      }),
      delete: Effect.fnUntraced(function* ({ headers, params }) {
        yield* accounts.remove(params.id, headers["if-match"] ?? null, yield* caller)
      }),
      endSessions: Effect.fnUntraced(function* ({ params }) {
        yield* accounts.endSessions(params.id, yield* caller)
      }),
      removeSecondFactor: Effect.fnUntraced(function* ({ params }) {
        yield* accounts.removeSecondFactor(params.id, yield* caller)
      }),
      requestReset: Effect.fnUntraced(function* ({ params }) {
        yield* accounts.requestReset(params.id, yield* caller)
      }),
      roles: () => Effect.succeed(roles)
    })
  })
)
