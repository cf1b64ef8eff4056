import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../platform/postgres/Rows.ts"
import { SampleItem, type SampleItemId } from "./SampleItem.ts"
import { SampleItemNameTaken } from "./SampleItemErrors.ts"

const asItems = rows(SampleItem)
// if --jobs
const asIds = rows(Schema.Struct({ id: Schema.String }))
// end if
const encode = Schema.encodeEffect(SampleItem.insert)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Undefined: there is none. */
  const find = (id: SampleItemId) =>
    sql`select * from sample_item where id = ${id}`.pipe(asItems("SampleItemsRepo.find"), firstRow)

  /** Up to `count` rows, newest first; with `after`, only those older than it. */
  const list = (after: SampleItemId | null, count: number) =>
    sql`
      select * from sample_item
      where (${after}::uuid is null or id < ${after})
      order by id desc
      limit ${count}`.pipe(asItems("SampleItemsRepo.list"))

  /** Undefined: the name is taken, or an earlier attempt, whose connection broke, has inserted this row. */
  const insert = Effect.fn("SampleItemsRepo.insert")(function* (item: typeof SampleItem.insert.Type) {
    const [added] = yield* sql`
      insert into sample_item ${sql.insert(yield* Effect.orDie(encode(item)))}
      on conflict on constraint sample_item_name_key do nothing
      returning *`.pipe(asItems())
    return added
  })

  /** Undefined: no row has this id and version. A null version matches any; a null name keeps the old one. */
  const update = (change: {
    readonly id: SampleItemId
    readonly version: number | null
    readonly name: string | null
    readonly hasNote: boolean
    readonly note: string | null
    readonly at: DateTime.Utc
  }) =>
    sql`
      update sample_item set
        name = coalesce(${change.name}, name),
        note = case when ${change.hasNote} then ${change.note} else note end,
        version = version + 1,
        updated_at = greatest(updated_at, ${DateTime.toDateUtc(change.at)})
      where id = ${change.id} and (${change.version}::integer is null or version = ${change.version})
      returning *`.pipe(
      asItems("SampleItemsRepo.update"),
      firstRow,
      Effect.catchReason("SqlError", "UniqueViolation", (violated) =>
        violated.constraint === "sample_item_name_key" ? Effect.fail(new SampleItemNameTaken({})) : Effect.die(violated)
      )
    )

  /** Undefined: no row has this id and version. A null version matches any. */
  const remove = (id: SampleItemId, version: number | null) =>
    sql`
      delete from sample_item
      where id = ${id} and (${version}::integer is null or version = ${version})
      returning *`.pipe(asItems("SampleItemsRepo.remove"), firstRow)

  // if --jobs
  /** Deletes up to `count` rows whose last change was before this time, oldest first. Returns how many. */
  const removeOld = (before: DateTime.Utc, count: number) =>
    sql`
      delete from sample_item
      where id in (
        select id from sample_item where updated_at < ${DateTime.toDateUtc(before)} order by updated_at
        limit ${count} for update skip locked
      )
      returning id`.pipe(
      asIds("SampleItemsRepo.removeOld"),
      Effect.map((removed) => removed.length)
    )

  // end if
  return {
    find,
    list,
    insert,
    update,
    remove,
    // if --jobs
    removeOld
    // end if
  }
})
