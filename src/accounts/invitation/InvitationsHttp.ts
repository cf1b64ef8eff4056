import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { Mail } from "../../mail/Mail.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { AccountId } from "../Account.ts"
import { answering, browserOf, openedOf } from "../session/EntryHttp.ts"
import { Invitations, type Sent } from "./Invitations.ts"
import { InvitationsApi } from "./InvitationsApi.ts"

export const layer = Handlers.group(
  contractOf(InvitationsApi),
  "invitations",
  Effect.fnUntraced(function* (handlers) {
    const invitations = yield* Invitations
    const answer = yield* answering
    const { isSetUp } = yield* Mail

    const caller = Effect.map(CurrentActor, ({ accountId }) => AccountId.make(accountId))
    /** Whoever can read the mail proves the mailbox: so nobody else gets the link, where there are mails. */
    const sent = ({ invitation, link }: Sent) => ({ ...invitation, link: isSetUp ? null : link })

    return handlers.handleAll({
      list: ({ query: { cursor: after, limit } }) => invitations.list({ after, limit }),
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
        return yield* answer(yield* openedOf(yield* invitations.accept(token, person, browser)))
      })
    })
  })
)
