import { Context, DateTime, Effect, Layer, Option, Schema } from "effect"
import type { SqlError } from "effect/sql"
import * as Paging from "../platform/contract/Paging.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { ChangedMeanwhile, type DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { type NewSampleItem, SampleItem, type SampleItemChange, type SampleItemId } from "./SampleItem.ts"
import { SampleItemNameTaken, SampleItemNotFound } from "./SampleItemErrors.ts"
import * as SampleItemsRepo from "./SampleItemsRepo.ts"

export class SampleItems extends Context.Service<
  SampleItems,
  {
    /** A page, newest first. `after` is the `nextCursor` of the previous page. */
    readonly list: (page: {
      readonly limit?: number
      readonly after?: SampleItemId
    }) => Effect.Effect<Paging.Page<SampleItem, SampleItemId>, DatabaseUnavailable>
    readonly find: (id: SampleItemId) => Effect.Effect<SampleItem, SampleItemNotFound | DatabaseUnavailable>
    readonly add: (facts: NewSampleItem) => Effect.Effect<SampleItem, SampleItemNameTaken | DatabaseUnavailable>
    /** Changes the given fields. Fails if the version differs; null accepts any version. */
    readonly change: (
      id: SampleItemId,
      change: SampleItemChange,
      version: number | null
    ) => Effect.Effect<SampleItem, SampleItemNotFound | SampleItemNameTaken | ChangedMeanwhile | DatabaseUnavailable>
    /** Fails if the version differs; null accepts any version. */
    readonly remove: (
      id: SampleItemId,
      version: number | null
    ) => Effect.Effect<void, SampleItemNotFound | ChangedMeanwhile | DatabaseUnavailable>
    // if --jobs
    /** Deletes a batch of those whose last change was before this time. Returns its size; 0: none are left. */
    readonly removeOld: (before: DateTime.Utc) => Effect.Effect<number, DatabaseUnavailable>
    // end if
  }
>()("fairground/sample-items/SampleItems") {
  static readonly layer = Layer.effect(
    SampleItems,
    Effect.gen(function* () {
      const repo = yield* SampleItemsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const run = <A, E>(statement: Effect.Effect<A, E | SqlError.SqlError | Schema.SchemaError>) =>
        statement.pipe(
          // A row that does not fit the model is a bug: the migrations and the model disagree.
          Effect.catchIf(Schema.isSchemaError, Effect.die),
          retry
        )
      const find = (id: SampleItemId) =>
        Effect.flatMap(
          run(repo.find(id)),
          Option.match({ onNone: () => Effect.fail(new SampleItemNotFound({})), onSome: Effect.succeed })
        )

      return SampleItems.of({
        list: Effect.fn("SampleItems.list")(function* ({ after = null, limit = Paging.defaultLimit }) {
          const rows = yield* run(repo.list({ after, count: limit + 1 }))
          return Paging.page(rows, limit, ({ id }) => id)
        }),
        find: Effect.fn("SampleItems.find")(find),
        add: Effect.fn("SampleItems.add")(function* ({ name, note = null }) {
          const row = yield* Effect.orDie(SampleItem.insert.makeEffect({ name, note, version: 1 }))
          const added = yield* run(repo.insert(row))
          if (Option.isSome(added)) return added.value
          // An earlier attempt, whose connection broke, may have stored this very row.
          return yield* Effect.catchTag(find(row.id), "SampleItemNotFound", () =>
            Effect.fail(new SampleItemNameTaken({}))
          )
        }),
        change: Effect.fn("SampleItems.change")(function* (id, { name, note }, version) {
          const at = yield* DateTime.now
          const hasNote = note !== undefined
          const changed = yield* run(repo.update({ id, version, at, hasNote, name: name ?? null, note: note ?? null }))
          if (Option.isSome(changed)) return changed.value
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        }),
        remove: Effect.fn("SampleItems.remove")(function* (id, version) {
          const removed = yield* run(repo.remove({ id, version }))
          if (Option.isSome(removed)) return
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        }),
        // if --jobs
        removeOld: Effect.fn("SampleItems.removeOld")((before) =>
          Effect.map(run(repo.removeOld({ before, count: 1000 })), (removed) => removed.length)
        )
        // end if
      })
    })
  )
}
