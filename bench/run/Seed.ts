import pg from "pg"
import { addressSql, game } from "../load/Players.ts"

interface Definition {
  readonly relation: string
  readonly name: string
  readonly definition: string
}

/**
 * Drops keys and indexes while the rows are inserted and recreates them from the schema itself: many times faster than row by
 * row.
 */
const withoutIndexes = async (client: pg.Client, fill: () => Promise<void>) => {
  const tables = "('player'::regclass, 'entry'::regclass, 'play'::regclass, 'contact'::regclass)"
  const keys = await client.query<Definition>(
    `select conrelid::regclass::text as relation, conname as name, pg_get_constraintdef(oid) as definition
     from pg_constraint where contype = 'p' and conrelid in ${tables}`
  )
  const indexes = await client.query<Definition>(
    `select indrelid::regclass::text as relation, indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
     from pg_index where not indisprimary and indrelid in ${tables}`
  )
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`)
  for (const { name, relation } of keys.rows) await client.query(`alter table ${relation} drop constraint ${name}`)
  await fill()
  for (const { definition, name, relation } of keys.rows) {
    await client.query(`alter table ${relation} add constraint ${name} ${definition}`)
  }
  for (const { definition } of indexes.rows) await client.query(definition)
}

/** Seeds one game and players who have each played it once and whose contacts are settled. */
export const seed = async (url: string, players: number): Promise<void> => {
  const client = new pg.Client({
    connectionString: url,
    options: "-c maintenance_work_mem=512MB -c synchronous_commit=off"
  })
  await client.connect()
  try {
    await client.query(
      `insert into game (id, slug, title, esp, created_at, updated_at) values (uuidv7(), $1, 'Bench', 'sandbox', now(), now())`,
      [game]
    )
    await withoutIndexes(client, async () => {
      // In several transactions, so that a full disk does not roll back gigabytes.
      await client.query(
        `insert into player (id, email_key, email, created_at)
         select uuidv7(), address, address, now()
         from (select ${addressSql("n")} as address from generate_series(1, ${players}) n) known`
      )
      await client.query(
        `insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
         select player.id, game.id, 1, 1, 1, now(), now() from player, game`
      )
      await client.query(
        `insert into play (id, player_id, game_id, number, esp, played_at, name, score)
         select uuidv7(), player.id, game.id, 1, 'sandbox', now(), 'Nora', 120 from player, game`
      )
      await client.query(
        `insert into contact (player_id, esp, play_id, verdict, attempts, settled_at, created_at, updated_at)
         select player_id, esp, id, 'existed', 1, now(), now(), now() from play`
      )
    })
    await client.query("vacuum analyze")
    await client.query("checkpoint")
  } finally {
    await client.end()
  }
}
