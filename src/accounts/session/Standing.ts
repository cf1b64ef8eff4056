import { Context, Effect, Layer } from "effect"
import type { Actor } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { byRole, Permissions } from "../Permissions.ts"
import { Sessions } from "./Sessions.ts"
import * as StandingRepo from "./StandingRepo.ts"

const none: ReadonlySet<string> = new Set()

/**
 * What those whom a request has recognised may do now, while it goes on: for streams, which outlive the moment at which their
 * credential was looked at. Asking keeps no session alive.
 */
export class Standing extends Context.Service<
  Standing,
  {
    /** The permissions of sessions and keys, by their ids. One that has ended is missing. */
    readonly of: (
      credentials: ReadonlyArray<Actor["by"]>
    ) => Effect.Effect<ReadonlyMap<string, ReadonlySet<string>>, DatabaseUnavailable>
  }
>()("fairground/accounts/Standing") {
  static readonly layer = Layer.effect(
    Standing,
    Effect.gen(function* () {
      const repo = yield* StandingRepo.make
      const sessions = yield* Sessions
      const { sessionIdle } = yield* AccountsSettings
      const permissions = byRole(yield* Permissions)
      const retry = retryTransient((yield* Settings).databaseDeadline)

      return Standing.of({
        of: Effect.fn("Standing.of")(function* (credentials) {
          const idsOf = (tag: Actor["by"]["_tag"]) => [
            ...new Set(credentials.flatMap(({ _tag, id }) => (_tag === tag ? [id] : [])))
          ]
          const [bySession, byKey] = [idsOf("Session"), idsOf("ApiKey")]
          const found = new Map<string, ReadonlySet<string>>()
          if (bySession.length > 0) {
            for (const { id, methods, role } of yield* retry(repo.sessions(bySession, sessionIdle))) {
              found.set(id, sessions.owes(role, methods) ? none : permissions[role])
            }
          }
          if (byKey.length > 0) {
            for (const { id, role, scopes } of yield* retry(repo.keys(byKey))) {
              found.set(id, new Set(scopes.filter((scope) => permissions[role].has(scope))))
            }
          }
          return found
        })
      })
    })
  )
}
