import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import type { Person } from "../../../src/Module.ts"
import { modules } from "../../../src/Modules.ts"
import type { Settings } from "../../../src/platform/settings/Settings.ts"
import { EmailKey, keyOf } from "../../../src/players/Email.ts"
import type { Player } from "../../../src/players/Player.ts"

/** What the modules declare, in their order. Cast: the type names what their handlers and jobs need as well. */
export const persons = Effect.all(
  modules.flatMap(({ person }): ReadonlyArray<unknown> => person) as ReadonlyArray<
    Effect.Effect<Person, never, SqlClient.SqlClient | Settings>
  >
)

/** All modules forget the player, in their order. */
export const forget = Effect.fnUntraced(function* (player: Player) {
  for (const person of yield* persons) yield* person.forget(player)
})

/** What all modules have stored of the player; no two say it under the same key. */
export const exported = Effect.fnUntraced(function* (player: Player) {
  const parts = yield* Effect.forEach(yield* persons, (person) => person.export(player))
  const keys = parts.flatMap((part) => Object.keys(part))
  assert.deepStrictEqual(keys, [...new Set(keys)])
  const whole = Object.assign({}, ...parts) as Record<string, unknown>
  assert.deepStrictEqual(JSON.parse(JSON.stringify(whole)), whole, "it is JSON")
  return whole
})

/** The player that an address has at the moment. */
export const findPlayer = Effect.fnUntraced(function* (email: string) {
  const sql = yield* SqlClient.SqlClient
  const [row] = yield* sql<{ id: string; emailKey: string }>`
    select id, email_key from player where email_key = ${keyOf(email)}`
  return row === undefined ? undefined : ({ id: row.id, emailKey: EmailKey.make(row.emailKey) } satisfies Player)
})

/** The same where there is one. */
export const playerOf = (email: string) =>
  Effect.map(findPlayer(email), (player) => {
    assert.isDefined(player, `${email} is nobody's`)
    return player
  })

/** The tables of the database that hold a word in any of their columns, in whatever case. */
export const tablesWith = Effect.fnUntraced(function* (word: string) {
  const sql = yield* SqlClient.SqlClient
  const tables = yield* sql<{ name: string }>`
    select relname as name from pg_catalog.pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname`
  assert.isAbove(tables.length, 5)
  const found = yield* Effect.filter(tables, ({ name }) =>
    Effect.map(
      sql`select 1 from ${sql(name)} as stored where stored::text ilike ${`%${word}%`} limit 1`,
      (rows) => rows.length > 0
    )
  )
  return found.map(({ name }) => name)
})
