import { Context, Effect, Layer } from "effect"
import { Audit } from "../../audit/Audit.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import * as EmailChangesRepo from "../own/EmailChangesRepo.ts"
import type { SessionId } from "./Session.ts"
import { SessionNotFound } from "./SessionErrors.ts"
import { Sessions } from "./Sessions.ts"
import type { Session } from "./SessionsRepo.ts"
import type { Person } from "./SignIn.ts"

/** What people do with their own sessions. Each end is in the audit log. */
export class OwnSessions extends Context.Service<
  OwnSessions,
  {
    /** Ends the session of the request. */
    readonly signOut: (person: Person) => Effect.Effect<void, DatabaseUnavailable>
    readonly list: (accountId: AccountId) => Effect.Effect<ReadonlyArray<typeof Session.Type>, DatabaseUnavailable>
    readonly end: (person: Person, id: SessionId) => Effect.Effect<void, SessionNotFound | DatabaseUnavailable>
    /** Ends all but the one of the request, and a change of the address that waits: a stranger in one of them may have begun it. */
    readonly endOthers: (person: Person) => Effect.Effect<void, DatabaseUnavailable>
  }
>()("fairground/accounts/session/OwnSessions") {
  static readonly layer = Layer.effect(
    OwnSessions,
    Effect.gen(function* () {
      const audit = yield* Audit
      const emails = yield* EmailChangesRepo.make
      const sessions = yield* Sessions
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const end = (accountId: AccountId, id: string) =>
        retry(
          audit.within(sessions.end(accountId, id), (ended) =>
            ended ? { action: "session.end", target: { kind: "session", id } } : undefined
          )
        )

      return OwnSessions.of({
        signOut: Effect.fn("OwnSessions.signOut")(({ accountId, sessionId }) =>
          Effect.asVoid(end(accountId, sessionId))
        ),
        list: sessions.list,
        end: Effect.fn("OwnSessions.end")(function* ({ accountId }, id) {
          if (!(yield* end(accountId, id))) return yield* new SessionNotFound({})
        }),
        endOthers: Effect.fn("OwnSessions.endOthers")(({ accountId, sessionId }) =>
          retry(
            audit.within(
              Effect.tap(sessions.endAll(accountId, sessionId), () => emails.drop(accountId)),
              (ended) =>
                ended === 0
                  ? undefined
                  : { action: "session.end-others", target: { kind: "account", id: accountId }, details: { ended } }
            )
          ).pipe(Effect.asVoid)
        )
      })
    })
  )
}
