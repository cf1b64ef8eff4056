import { PgClient } from "@effect/sql-pg"
import { assert } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import type { Sent } from "./Load.ts"

/** Runs statements on their own connection. */
export const query = <A, E>(
  url: Redacted.Redacted<string>,
  work: (sql: SqlClient.SqlClient) => Effect.Effect<A, E, SqlClient.SqlClient>
) => Effect.flatMap(SqlClient.SqlClient, work).pipe(Effect.provide(PgClient.layer({ url, maxConnections: 1 })))

/** Lists sort games by their ids, and so by when they were added. */
let added = 0

/** Adds an open game directly to the database. */
export const addGame = (url: Redacted.Redacted<string>, slug: string, limit?: number) =>
  query(
    url,
    (sql) => sql`
      insert into game (id, slug, title, limit_plays, limit_period, created_at, updated_at)
      values (${uuidV7At(++added)}, ${slug}, 'A game', ${limit ?? null}, ${limit === undefined ? null : "ever"}, now(), now())`
  )

interface Row {
  readonly id: string
  readonly email: string
  readonly number: number
  readonly key: string | null
}

/** All plays of a game by player and number, with their keys. */
export const stored = (url: Redacted.Redacted<string>, slug: string) =>
  query(
    url,
    (sql) => sql<Row>`
      select play.id, player.email_key as email, play.number, play.data ->> 'key' as key
      from play
      join game on game.id = play.game_id and game.slug = ${slug}
      join player on player.id = play.player_id
      order by player.email_key, play.number`
  )

/**
 * Asserts that every play that was answered with success is stored once with the answered number, that every key is one play,
 * and that the numbers of each entry are 1, 2, 3… Returns how many stored plays were never answered.
 */
export const assertExact = (rows: ReadonlyArray<Row>, sent: ReadonlyArray<Sent>) => {
  const byId = Map.groupBy(rows, ({ id }) => id)
  const answered = new Set<unknown>()
  for (const { answer, email, key } of sent) {
    if (answer.status !== 201) continue
    const [row, ...more] = byId.get(String(answer.body["id"])) ?? []
    assert.lengthOf(more, 0)
    assert.deepStrictEqual([row?.email, row?.number, row?.key], [email, answer.body["plays"], key ?? null])
    assert.strictEqual(answer.body["playedBefore"], Number(answer.body["plays"]) > 1)
    assert.isFalse(answered.has(row?.id), "no play is answered to two")
    answered.add(row?.id)
  }
  for (const [key, plays] of Map.groupBy(rows, (row) => row.key)) if (key !== null) assert.lengthOf(plays, 1, key)
  for (const [email, plays] of Map.groupBy(rows, (row) => row.email)) {
    assert.deepStrictEqual(
      plays.map(({ number }) => number),
      plays.map((_, index) => index + 1),
      email
    )
  }
  return rows.length - answered.size
}
