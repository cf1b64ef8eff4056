import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { Mail } from "../../mail/Mail.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { AccountId } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import { browserOf, setCookies } from "../session/EntryHttp.ts"
import { Invitations, type Sent } from "./Invitations.ts"
import { InvitationsApi } from "./InvitationsApi.ts"

export const layer = Handlers.group(
  contractOf(InvitationsApi),
  "invitations",
  Effect.fnUntraced(function* (handlers) {
    const invitations = yield* Invitations
    const accounts = yield* OwnAccounts
    const { sessionLifetime } = yield* AccountsSettings
    const { isSetUp } = yield* Mail

    const caller = Effect.map(CurrentActor, ({ accountId }) => AccountId.make(accountId))
    /** Whoever can read the mail proves the mailbox: so nobody else gets the link, where there are mails. */
    const sent = ({ invitation, link }: Sent) => ({ ...invitation, link: isSetUp ? null : link })

    return handlers.handleAll({
      list: ({ query: { cursor, limit } }) =>
        invitations.list({
          ...(limit === undefined ? {} : { limit }),
          ...(cursor === undefined ? {} : { after: cursor })
        }),
      create: Effect.fnUntraced(function* ({ payload }) {
        return sent(yield* invitations.invite(payload, yield* caller))
      }),
      resend: Effect.fnUntraced(function* ({ params }) {
        return sent(yield* invitations.resend(params.id, yield* caller))
      }),
      revoke: Effect.fnUntraced(function* ({ params }) {
        yield* invitations.revoke(params.id, yield* caller)
      }),
      lookup: ({ payload }) => invitations.lookup(payload.token),
      accept: Effect.fnUntraced(function* ({ payload: { token, ...person } }) {
        const browser = browserOf(yield* HttpServerRequest.HttpServerRequest)
        const entered = yield* invitations.accept(token, person, browser)
        // A new account has no second factor to owe.
        if (entered._tag === "Step") return yield* Effect.die(new Error("A new account owes a second factor"))
        const identity = yield* accounts.identityOf({ accountId: entered.accountId, sessionId: entered.id })
        yield* setCookies(entered, sessionLifetime)
        return identity
      })
    })
  })
)
