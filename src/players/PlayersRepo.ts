import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import { firstRow, rows } from "../platform/postgres/Rows.ts"
import type { EmailKey } from "./Email.ts"
import { PlayerRow } from "./Player.ts"

const asPlayers = rows(PlayerRow)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = (id: string) => sql`select * from player where id = ${id}`.pipe(asPlayers("PlayersRepo.find"), firstRow)

  const findByEmail = (key: EmailKey) =>
    sql`select * from player where email_key = ${key}`.pipe(asPlayers("PlayersRepo.findByEmail"))

  /** Up to `count` players whose key begins so, by key. The index on keys serves it, because its collation is "C". */
  const findByPrefix = (prefix: string, after: string, count: number) =>
    sql`
      select * from player
      where email_key ^@ ${prefix} and email_key > ${after}
      order by email_key limit ${count}`.pipe(asPlayers("PlayersRepo.findByPrefix"))

  /** Up to `count` players with lower ids than `before`, newest first. */
  const listBefore = (before: string, count: number) =>
    sql`select * from player where id < ${before} order by id desc limit ${count}`.pipe(
      asPlayers("PlayersRepo.listBefore")
    )

  /** Up to `count` players between these ids, both excluded, oldest first. */
  const listBetween = (after: string, before: string, count: number) =>
    sql`select * from player where id > ${after} and id < ${before} order by id limit ${count}`.pipe(
      asPlayers("PlayersRepo.listBetween")
    )

  return { find, findByEmail, findByPrefix, listBefore, listBetween }
})
