import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, hasRows, rows } from "../platform/postgres/Rows.ts"
import type { EmailKey } from "../players/Email.ts"
import { PlayerId } from "../players/Player.ts"

const asPlayers = rows(Schema.Struct({ id: PlayerId, email: Schema.String }))
const asTried = rows(Schema.Struct({ id: Schema.String, code: Schema.Uint8Array, playerId: Schema.NullOr(PlayerId) }))
const asDone = rows(Schema.Struct({ done: Schema.Boolean }))

/** A large statement would hold its locks and its snapshot for long. */
const most = 1000

export interface NewCode {
  readonly emailKey: EmailKey
  readonly id: string
  /** Encrypted. */
  readonly code: Uint8Array
  readonly now: Date
  readonly expiresAt: Date
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const playerOf = (emailKey: EmailKey) =>
    sql`select id, email from player where email_key = ${emailKey}`.pipe(asPlayers("CodesRepo.playerOf"), firstRow)

  /** Replaces the address's code. False: five were issued within an hour, and the last one stays. */
  const put = ({ code, emailKey, expiresAt, id, now }: NewCode) =>
    sql`
      insert into player_code as c (email_key, id, code, issued_since, expires_at, created_at)
      values (${emailKey}, ${id}, ${code}, ${now}, ${expiresAt}, ${now})
      on conflict (email_key) do update set
        id = excluded.id, code = excluded.code, tries = 0, expires_at = excluded.expires_at, created_at = excluded.created_at,
        issued = case when c.issued_since <= ${now}::timestamptz - interval '1 hour' then 1 else c.issued + 1 end,
        issued_since = case when c.issued_since <= ${now}::timestamptz - interval '1 hour' then excluded.issued_since
          else c.issued_since end
      where c.issued < 5 or c.issued_since <= ${now}::timestamptz - interval '1 hour'
      returning true as done`.pipe(asDone("CodesRepo.put"), hasRows)

  /**
   * Counts a try of the address's code, and returns what it was. Tries at once wait for each other's row, so each of them counts.
   * Undefined: there is nothing to try.
   */
  const attempt = (emailKey: EmailKey, now: Date) =>
    sql`
      update player_code c set tries = tries + 1
      where email_key = ${emailKey} and code is not null and tries < 5 and expires_at > ${now}
      returning id, code, (select p.id from player p where p.email_key = c.email_key) as player_id`.pipe(
      asTried("CodesRepo.attempt"),
      firstRow
    )

  /** The code is used. Its row stays: it counts how many were issued. */
  const use = (id: string, emailKey: EmailKey) =>
    sql`update player_code set code = null where email_key = ${emailKey} and id = ${id}`.pipe(Effect.asVoid)

  /** Deletes a piece of those that count for nothing any more; 0: none are left. */
  const removeExpired = (now: Date) =>
    sql`
      delete from player_code where email_key in (
        select email_key from player_code
        where expires_at <= ${now} and issued_since <= ${now}::timestamptz - interval '1 hour'
        limit ${most}
        for update skip locked
      )
      returning true as done`.pipe(
      asDone("CodesRepo.removeExpired"),
      Effect.map(({ length }) => length)
    )

  return { playerOf, put, attempt, use, removeExpired }
})
