import { Context, DateTime, Effect, Layer, type Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import * as Paging from "../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { CurrentDoer } from "../platform/Doer.ts"
import { leastUuidAt } from "../platform/Ids.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { AuditEntry, type AuditEntryId } from "./AuditEntry.ts"
import * as AuditRepo from "./AuditRepo.ts"

/** What is told of one deed. Who did it comes from `CurrentDoer`. */
export interface Deed {
  /** As noun.verb: `game.create`. */
  readonly action: string
  readonly target?: { readonly kind: string; readonly id: string } | undefined
  /** Without secrets, and without players' addresses. */
  readonly details?: Schema.JsonObject | undefined
  readonly outcome?: "done" | "refused" | undefined
  /** The account, where it is known from elsewhere than the credential: whoever signs in has none yet. */
  readonly accountId?: string | undefined
}

export interface AuditQuery extends Paging.PageQuery<AuditEntryId> {
  readonly account?: string
  readonly action?: string
  readonly target?: { readonly kind: string; readonly id?: string | undefined } | undefined
  readonly since?: DateTime.Utc
}

/** The audit log: who did what, when, and to what. */
export class Audit extends Context.Service<
  Audit,
  {
    /** Stores an entry, in the transaction around it if there is one. */
    readonly record: (deed: Deed) => Effect.Effect<void, SqlError.SqlError>
    /**
     * Runs a write and stores its entry in one transaction of the service's main `SqlClient`; undefined: nothing was changed, and
     * there is nothing to tell. Whoever retries it retries both.
     */
    readonly within: <A, E, R>(
      write: Effect.Effect<A, E, R>,
      deed: (written: A) => Deed | undefined
    ) => Effect.Effect<A, E | SqlError.SqlError, R>
    /** A page, newest first. */
    readonly list: (query: AuditQuery) => Effect.Effect<Paging.Page<AuditEntry, AuditEntryId>, DatabaseUnavailable>
    /** Deletes a batch of entries from before this moment. Returns its size; 0: none are left. */
    readonly removeBefore: (moment: DateTime.Utc) => Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/audit/Audit") {
  static readonly layer = Layer.effect(
    Audit,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* AuditRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const record = Effect.fnUntraced(function* (deed: Deed) {
        const doer = yield* CurrentDoer
        const entry = yield* Effect.orDie(
          AuditEntry.insert.makeEffect({
            action: deed.action,
            outcome: deed.outcome ?? "done",
            via: doer.via,
            accountId: doer.accountId ?? deed.accountId ?? null,
            apiKeyId: doer.apiKeyId,
            targetKind: deed.target?.kind ?? null,
            targetId: deed.target?.id ?? null,
            address: doer.address,
            userAgent: doer.userAgent,
            requestId: doer.requestId,
            details: deed.details ?? null
          })
        )
        yield* repo.insert(entry)
      })

      return Audit.of({
        record,
        within: (write, deed) =>
          Effect.tap(write, (written) => {
            const told = deed(written)
            return told === undefined ? Effect.void : record(told)
          }).pipe(sql.withTransaction, inOrder),
        list: Effect.fn("Audit.list")(function* (query) {
          const limit = query.limit ?? Paging.defaultLimit
          const filter = {
            account: query.account ?? null,
            action: query.action ?? null,
            targetKind: query.target?.kind ?? null,
            targetId: query.target?.id ?? null,
            from: query.since === undefined ? null : leastUuidAt(DateTime.toEpochMillis(query.since)),
            after: query.after ?? null
          }
          return Paging.page(yield* retry(repo.list(filter, limit + 1)), limit, ({ id }) => id)
        }),
        removeBefore: Effect.fn("Audit.removeBefore")((moment) =>
          retry(repo.removeBefore(leastUuidAt(DateTime.toEpochMillis(moment)), 1000))
        )
      })
    })
  )
}
