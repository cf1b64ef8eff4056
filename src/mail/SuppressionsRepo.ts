import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { rows } from "../platform/postgres/Rows.ts"
import { EmailKey } from "../players/Email.ts"
import { Suppression, type SuppressionId } from "./Suppression.ts"

const asSuppressions = rows(Suppression)
const asReaders = rows(Schema.Struct({ emailKey: EmailKey }))
const encode = Schema.encodeEffect(Suppression.insert)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Blocks an address. Returns the row, or none if it is blocked already for this reason. */
  const insert = Effect.fn("SuppressionsRepo.insert")(function* (suppression: typeof Suppression.insert.Type) {
    const row = yield* Effect.orDie(encode(suppression))
    return yield* sql`
      insert into mail_suppression ${sql.insert({ ...row })}
      on conflict (email_key, reason) do nothing
      returning *`.pipe(asSuppressions())
  })

  /** Up to `count`, newest first. */
  const list = (emailKey: EmailKey | null, after: SuppressionId | null, count: number) => {
    const where = [
      ...(emailKey === null ? [] : [sql`email_key = ${emailKey}`]),
      ...(after === null ? [] : [sql`id < ${after}`])
    ]
    return sql`
      select * from mail_suppression
      where ${where.length === 0 ? sql`true` : sql.and(where)}
      order by id desc limit ${count}`.pipe(asSuppressions("SuppressionsRepo.list"))
  }

  /** Lifts a block. Returns the row, or none if there is no such block. */
  const remove = (id: SuppressionId) =>
    sql`delete from mail_suppression where id = ${id} returning *`.pipe(asSuppressions("SuppressionsRepo.remove"))

  /** The address of a reader; none: the person was forgotten. */
  const addressOf = (readerId: string) =>
    sql`select email_key from mail_reader where id = ${readerId}`.pipe(asReaders("SuppressionsRepo.addressOf"))

  return { insert, list, remove, addressOf }
})
