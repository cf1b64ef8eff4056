import { DateTime, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { CurrentActor } from "../../platform/contract/Access.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { expireCookie } from "../access/Cookies.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import type { Entered } from "./Entry.ts"
import { answering, browserOf, setCookies } from "./EntryHttp.ts"
import { OwnSessions } from "./OwnSessions.ts"
import { SessionId } from "./Session.ts"
import { SessionApi } from "./SessionApi.ts"
import { personOf, SignIn } from "./SignIn.ts"

const person = Effect.flatMap(CurrentActor, personOf)
const browser = Effect.map(HttpServerRequest.HttpServerRequest, browserOf)

export const layer = Handlers.group(
  contractOf(SessionApi),
  "session",
  Effect.fnUntraced(function* (handlers) {
    const accounts = yield* OwnAccounts
    const sessions = yield* OwnSessions
    const signIn = yield* SignIn
    const { sessionLifetime } = yield* AccountsSettings

    const opened = yield* answering

    /** Who has got in, or what they still owe. */
    const answer = Effect.fnUntraced(function* (entered: Entered) {
      if (entered._tag === "Session") return yield* opened(entered)
      yield* setCookies(entered, sessionLifetime)
      return { methods: entered.methods }
    })

    return handlers.handleAll({
      signIn: Effect.fnUntraced(function* ({ payload }) {
        return yield* answer(yield* signIn.withPassword(payload.email, payload.password, yield* browser))
      }),
      show: Effect.fnUntraced(function* () {
        const { accountId, by, permissions } = yield* CurrentActor
        return yield* accounts.identity({ accountId, permissions, sessionId: by._tag === "Session" ? by.id : null })
      }),
      signOut: Effect.fnUntraced(function* () {
        yield* sessions.signOut(yield* person)
        yield* expireCookie("session")
        yield* expireCookie("step")
      }),
      confirm: Effect.fnUntraced(function* ({ payload }) {
        return yield* answer(yield* signIn.confirm(yield* person, payload.password, yield* browser))
      }),
      list: Effect.fnUntraced(function* () {
        const { accountId, sessionId } = yield* person
        const found = yield* sessions.list(accountId)
        return {
          items: found.map(({ authenticatedAt, expiresAt, id, lastSeenAt, ...session }) => ({
            ...session,
            id: SessionId.make(id),
            isCurrent: id === sessionId,
            authenticatedAt: DateTime.fromDateUnsafe(authenticatedAt),
            lastSeenAt: DateTime.fromDateUnsafe(lastSeenAt),
            expiresAt: DateTime.fromDateUnsafe(expiresAt)
          }))
        }
      }),
      endOthers: () => Effect.flatMap(person, sessions.endOthers),
      end: Effect.fnUntraced(function* ({ params }) {
        const own = yield* person
        yield* sessions.end(own, params.id)
        if (params.id === own.sessionId) yield* expireCookie("session")
      })
    })
  })
)
