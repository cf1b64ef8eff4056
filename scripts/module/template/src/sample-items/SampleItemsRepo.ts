import { type DateTime, Effect, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { SampleItem, SampleItemId } from "./SampleItem.ts"
import { SampleItemNameTaken } from "./SampleItemErrors.ts"

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = SqlSchema.findOneOption({
    Request: SampleItemId,
    Result: SampleItem,
    execute: (id) => sql`select * from sample_item where id = ${id}`
  })

  /** Up to `count` rows, newest first; with `after`, only those older than it. */
  const list = SqlSchema.findAll({
    Request: Schema.Struct({ after: Schema.NullOr(SampleItemId), count: Schema.Int }),
    Result: SampleItem,
    execute: ({ after, count }) => sql`
      select * from sample_item
      where (${after}::uuid is null or id < ${after})
      order by id desc
      limit ${count}`
  })

  /** None: the name is taken, or an earlier attempt, whose connection broke, has inserted this row. */
  const insert = SqlSchema.findOneOption({
    Request: SampleItem.insert,
    Result: SampleItem,
    execute: (row) => sql`
      insert into sample_item ${sql.insert(row)}
      on conflict on constraint sample_item_name_key do nothing
      returning *`
  })

  const updateRow = SqlSchema.findOneOption({
    Request: Schema.Struct({
      id: SampleItemId,
      version: Schema.NullOr(Schema.Int),
      name: Schema.NullOr(Schema.String),
      hasNote: Schema.Boolean,
      note: Schema.NullOr(Schema.String),
      at: Schema.DateTimeUtcFromDate
    }),
    Result: SampleItem,
    execute: ({ at, hasNote, id, name, note, version }) => sql`
      update sample_item set
        name = coalesce(${name}, name),
        note = case when ${hasNote} then ${note} else note end,
        version = version + 1,
        updated_at = greatest(updated_at, ${at})
      where id = ${id} and (${version}::integer is null or version = ${version})
      returning *`
  })

  /** None: no row has this id and version. A null version matches any; a null name keeps the old one. */
  const update = (change: {
    readonly id: SampleItemId
    readonly version: number | null
    readonly name: string | null
    readonly hasNote: boolean
    readonly note: string | null
    readonly at: DateTime.Utc
  }) =>
    Effect.catchReason(updateRow(change), "SqlError", "UniqueViolation", (violated) =>
      violated.constraint === "sample_item_name_key" ? Effect.fail(new SampleItemNameTaken({})) : Effect.die(violated)
    )

  /** None: no row has this id and version. A null version matches any. */
  const remove = SqlSchema.findOneOption({
    Request: Schema.Struct({ id: SampleItemId, version: Schema.NullOr(Schema.Int) }),
    Result: SampleItem,
    execute: ({ id, version }) => sql`
      delete from sample_item
      where id = ${id} and (${version}::integer is null or version = ${version})
      returning *`
  })

  // if --jobs
  /** Deletes up to `count` rows whose last change was before this time, oldest first. */
  const removeOld = SqlSchema.findAll({
    Request: Schema.Struct({ before: Schema.DateTimeUtcFromDate, count: Schema.Int }),
    Result: Schema.Struct({ id: SampleItemId }),
    execute: ({ before, count }) => sql`
      delete from sample_item
      where id in (
        select id from sample_item where updated_at < ${before} order by updated_at limit ${count} for update skip locked
      )
      returning id`
  })

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
