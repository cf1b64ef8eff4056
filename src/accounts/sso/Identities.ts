import { Context, Effect, Layer } from "effect"
import type { SecondFactorRequired } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import type { LastWayIn } from "../factor/FactorErrors.ts"
import { type ChangeProblem, Factors } from "../factor/Factors.ts"
import type { Person } from "../session/SignIn.ts"
import type { Identity, IdentityId } from "./Identity.ts"
import { SsoConnections } from "./SsoConnections.ts"
import { IdentityNotFound } from "./SsoErrors.ts"
import * as SsoRepo from "./SsoRepo.ts"

/** An identity with what its connection is called. */
export interface Linked extends Identity {
  readonly title: string
  /** The connection is still in the settings. */
  readonly isUsable: boolean
}

/** The accounts at identity providers that sign in to somebody's account. */
export class Identities extends Context.Service<
  Identities,
  {
    /** Oldest first. */
    readonly list: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Linked>, DatabaseUnavailable>
    readonly unlink: (
      person: Person,
      id: IdentityId
    ) => Effect.Effect<void, IdentityNotFound | LastWayIn | SecondFactorRequired | ChangeProblem>
  }
>()("fairground/accounts/sso/Identities") {
  static readonly layer = Layer.effect(
    Identities,
    Effect.gen(function* () {
      const connections = yield* SsoConnections
      const factors = yield* Factors
      const repo = yield* SsoRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const linked = (identity: Identity): Linked => {
        const connection = connections.get(identity.connection)
        return {
          ...identity,
          title: connection?.title ?? identity.connection,
          isUsable: connection !== undefined && connection.issuer === identity.issuer
        }
      }

      return Identities.of({
        list: Effect.fn("Identities.list")((accountId) =>
          Effect.map(retry(repo.list(accountId)), (identities) => identities.map(linked))
        ),
        unlink: Effect.fn("Identities.unlink")((person, id) =>
          factors.change(
            person,
            Effect.fnUntraced(function* ({ mayLose, tell }) {
              const removed = yield* repo.remove(person.accountId, id)
              if (removed === undefined) return yield* new IdentityNotFound({})
              // A refusal undoes the removal.
              yield* mayLose("identity")
              yield* tell({ _tag: "IdentityRemoved", title: linked(removed).title })
              return removed
            }),
            ({ connection }) => ({
              action: "identity.remove",
              target: { kind: "identity", id },
              details: { connection }
            })
          )
        )
      })
    })
  )
}
