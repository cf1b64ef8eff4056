import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { personOf } from "../session/SignIn.ts"
import { AccountApi } from "./AccountApi.ts"
import { EmailChanges } from "./EmailChanges.ts"
import type { OwnAccount } from "./OwnAccount.ts"
import { OwnAccounts } from "./OwnAccounts.ts"

const withETag = ({ version, ...body }: OwnAccount) => HttpApiSchema.withHeaders({ body, headers: { etag: version } })

const person = Effect.flatMap(CurrentActor, personOf)

export const layer = Handlers.group(
  contractOf(AccountApi),
  "account",
  Effect.fnUntraced(function* (handlers) {
    const accounts = yield* OwnAccounts
    const emails = yield* EmailChanges
    return handlers.handleAll({
      show: () => Effect.flatMap(CurrentActor, ({ accountId }) => Effect.map(accounts.find(accountId), withETag)),
      update: ({ headers, payload }) =>
        Effect.flatMap(person, (own) =>
          Effect.map(accounts.change(own, payload, headers["if-match"] ?? null), withETag)
        ),
      changePassword: ({ payload }) =>
        Effect.flatMap(person, (own) => accounts.changePassword(own, payload.current, payload.password)),
      changeEmail: ({ payload }) => Effect.flatMap(person, (own) => emails.ask(own, payload.email)),
      confirmEmail: ({ payload }) => emails.confirm(payload.token)
    })
  })
)
