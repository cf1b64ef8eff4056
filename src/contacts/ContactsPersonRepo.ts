import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Mailability, Verdict } from "../esp/Verdict.ts"
import { hasRows, rows } from "../platform/postgres/Rows.ts"
import { clausesOf, ContactParts, waitOf } from "./ContactPart.ts"

const asContacts = rows(
  Schema.Struct({
    esp: Schema.String,
    verdict: Verdict,
    mailability: Schema.NullOr(Mailability),
    reason: Schema.NullOr(Schema.String),
    attempts: Schema.Int,
    createdAt: Schema.Date
  })
)
const asRemoved = rows(Schema.Struct({ esp: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const ofParts = sql.literal(
    clausesOf(
      yield* ContactParts,
      "deleted",
      `select player_id, play_id, verdict as before, null as after, wait as wait_before, null::float8 as wait from removed`
    )
  )
  const wait = sql.literal(waitOf("contact"))

  /** The player's contacts, one for each ESP connection that the player's games have had. */
  const find = (playerId: string) =>
    sql`
      select esp, verdict, mailability, reason, attempts, created_at
      from contact where player_id = ${playerId} order by esp`.pipe(asContacts("ContactsPersonRepo.find"))

  /** Removes one contact; false: there was none. A transaction that locks only a single row cannot deadlock. */
  const removeOne = (playerId: string) =>
    sql`
      with first as (select esp from contact where player_id = ${playerId} order by esp limit 1 for update),
      removed as (
        delete from contact using first
        where contact.player_id = ${playerId} and contact.esp = first.esp
        returning contact.player_id, contact.esp, contact.play_id, contact.verdict, ${wait} as wait
      )${ofParts}
      select esp from removed`.pipe(asRemoved(), hasRows, Effect.withSpan("ContactsPersonRepo.removeOne"))

  return { find, removeOne }
})
