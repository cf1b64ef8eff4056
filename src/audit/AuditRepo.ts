import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"
import { AuditEntry, type AuditEntryId } from "./AuditEntry.ts"

const asEntries = rows(AuditEntry)
const asIds = rows(Schema.Struct({ id: Schema.String }))
const encode = Schema.encodeEffect(AuditEntry.insert)

export interface Filter {
  readonly account: string | null
  readonly action: string | null
  readonly targetKind: string | null
  readonly targetId: string | null
  /** Only entries from this moment on, as the least id of that moment. */
  readonly from: string | null
  readonly after: AuditEntryId | null
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const insert = Effect.fn("AuditRepo.insert")(function* (entry: typeof AuditEntry.insert.Type) {
    const { details, ...row } = yield* Effect.orDie(encode(entry))
    yield* sql`
      insert into audit_entry ${sql.insert({ ...row, details: details === null ? null : JSON.stringify(details) })}`
  })

  /** Up to `count` entries, newest first. */
  const list = ({ account, action, after, from, targetId, targetKind }: Filter, count: number) => {
    const where = [
      ...(account === null ? [] : [sql`account_id = ${account}`]),
      ...(action === null ? [] : [sql`action = ${action}`]),
      ...(targetKind === null ? [] : [sql`target_kind = ${targetKind}`]),
      ...(targetId === null ? [] : [sql`target_id = ${targetId}`]),
      ...(from === null ? [] : [sql`id >= ${from}`]),
      ...(after === null ? [] : [sql`id < ${after}`])
    ]
    return sql`
      select * from audit_entry
      where ${where.length === 0 ? sql`true` : sql.and(where)}
      order by id desc limit ${count}`.pipe(asEntries("AuditRepo.list"))
  }

  /** Deletes up to `count` entries below this id, oldest first. Returns how many. */
  const removeBefore = (id: string, count: number) =>
    sql`
      with allowed as (select set_config('fairground.purges_audit', 'on', true) as value)
      delete from audit_entry
      where (select value from allowed) = 'on'
        and id in (select id from audit_entry where id < ${id} order by id limit ${count})
      returning id`.pipe(
      asIds("AuditRepo.removeBefore"),
      Effect.map((removed) => removed.length)
    )

  return { insert, list, removeBefore }
})
