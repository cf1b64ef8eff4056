import { Context, DateTime, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
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
    /** A page, newest first. */
    readonly list: (
      page: Paging.PageQuery<SampleItemId>
    ) => Effect.Effect<Paging.Page<SampleItem, SampleItemId>, DatabaseUnavailable>
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
      const audit = yield* Audit
      const retry = retryTransient((yield* Settings).databaseDeadline)
      /** Runs a write and tells the audit log of it, in one transaction. A write that changes nothing is not told. */
      const told = <E, R>(action: string, write: Effect.Effect<SampleItem | undefined, E, R>) =>
        retry(
          audit.within(write, (item) =>
            item === undefined
              ? undefined
              : { action: `sample-item.${action}`, target: { kind: "sample-item", id: item.id } }
          )
        )
      const find = (id: SampleItemId) =>
        Effect.flatMap(retry(repo.find(id)), (item) =>
          item === undefined ? Effect.fail(new SampleItemNotFound({})) : Effect.succeed(item)
        )

      return SampleItems.of({
        list: Effect.fn("SampleItems.list")(function* ({ after = null, limit = Paging.defaultLimit }) {
          const rows = yield* retry(repo.list(after, limit + 1))
          return Paging.page(rows, limit, ({ id }) => id)
        }),
        find: Effect.fn("SampleItems.find")(find),
        add: Effect.fn("SampleItems.add")(function* ({ name, note = null }) {
          const row = yield* Effect.orDie(SampleItem.insert.makeEffect({ name, note, version: 1 }))
          const added = yield* told("create", repo.insert(row))
          if (added !== undefined) return added
          // An earlier attempt, whose connection broke, may have stored this very row.
          return yield* Effect.catchTag(find(row.id), "SampleItemNotFound", () =>
            Effect.fail(new SampleItemNameTaken({}))
          )
        }),
        change: Effect.fn("SampleItems.change")(function* (id, { name, note }, version) {
          const at = yield* DateTime.now
          const hasNote = note !== undefined
          const changed = yield* told(
            "change",
            repo.update({ id, version, at, hasNote, name: name ?? null, note: note ?? null })
          )
          if (changed !== undefined) return changed
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        }),
        remove: Effect.fn("SampleItems.remove")(function* (id, version) {
          const removed = yield* told("delete", repo.remove(id, version))
          if (removed !== undefined) return
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        }),
        // if --jobs
        removeOld: Effect.fn("SampleItems.removeOld")((before) => retry(repo.removeOld(before, 1000)))
        // end if
      })
    })
  )
}
