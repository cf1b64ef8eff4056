import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, hasRows, rows } from "../platform/postgres/Rows.ts"
import { EmailKey } from "../players/Email.ts"
import { PlayerId } from "../players/Player.ts"
import { PlayerTokenId } from "./Holder.ts"

const asHolders = rows(
  Schema.Struct({ tokenId: PlayerTokenId, playerId: PlayerId, email: Schema.String, emailKey: EmailKey })
)
const asMade = rows(Schema.Struct({ id: PlayerTokenId, playerId: PlayerId, expiresAt: Schema.DateTimeUtcFromDate }))
const asDone = rows(Schema.Struct({ done: Schema.Boolean }))

/** A large statement would hold its locks and its snapshot for long. */
const most = 1000

export interface NewToken {
  readonly id: PlayerTokenId
  readonly playerId: PlayerId
  readonly tokenHash: Uint8Array
  readonly now: Date
  readonly expiresAt: Date
}

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const insert = ({ expiresAt, id, now, playerId, tokenHash }: NewToken) =>
    sql`
      insert into player_token (id, player_id, token_hash, expires_at, created_at)
      values (${id}, ${playerId}, ${tokenHash}, ${expiresAt}, ${now})`.pipe(Effect.asVoid)

  /** A token by its hash, as it was made. */
  const find = (tokenHash: Uint8Array) =>
    sql`select id, player_id, expires_at from player_token where token_hash = ${tokenHash}`.pipe(
      asMade("TokensRepo.find"),
      firstRow
    )

  /** Whom a token speaks for. Nobody, where the player was forgotten after the token was made. */
  const holder = (tokenHash: Uint8Array, now: Date) =>
    sql`
      select t.id as token_id, p.id as player_id, p.email, p.email_key
      from player_token t join player p on p.id = t.player_id
      where t.token_hash = ${tokenHash} and t.expires_at > ${now}`.pipe(asHolders("TokensRepo.holder"), firstRow)

  /** Whether there was one. */
  const remove = (id: string) =>
    sql`delete from player_token where id = ${id} returning true as done`.pipe(asDone("TokensRepo.remove"), hasRows)

  /** Deletes a piece of those that have ended; 0: none are left. */
  const removeExpired = (now: Date) =>
    sql`
      delete from player_token where id in (
        select id from player_token where expires_at <= ${now} order by expires_at limit ${most}
        for update skip locked
      )
      returning true as done`.pipe(
      asDone("TokensRepo.removeExpired"),
      Effect.map(({ length }) => length)
    )

  return { insert, find, holder, remove, removeExpired }
})
