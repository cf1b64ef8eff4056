import pg from "pg"
import type { Verdict } from "../../src/esp/Verdict.ts"
import type { NewPlay, Receipt } from "./Peer.ts"

/** Connections of a peer. On two cores, 10 and 20 differ by less than the noise; with more, backends wait for each other. */
const size = Number(process.env["POOL"] ?? "20")

export const makePool = (url: string) => {
  const pool = new pg.Pool({ connectionString: url, max: size, options: "-c timezone=UTC" })
  // The pool replaces an idle connection that drops. Without a listener, its error would end the process.
  pool.on("error", (error) => console.error(error.message))
  return pool
}

/** A pool, or one of its connections in a transaction. */
export interface Queryable {
  readonly query: <A extends object>(query: Statement | string) => Promise<pg.QueryResult<A & pg.QueryResultRow>>
}

interface Statement {
  readonly name: string
  readonly text: string
  readonly values: ReadonlyArray<unknown>
}

/** A statement that the server parses once per connection, because `pg` prepares named statements. */
export const named = (name: string, text: string) => (values: ReadonlyArray<unknown>) => ({
  name,
  text,
  values: [...values]
})

/** Runs statements either prepared or, as `pg` does by default, parsed and planned each time. */
export const through = (db: Pick<pg.Pool, "query">, prepared: boolean): Queryable => ({
  query: <A extends object>(query: Statement | string) =>
    db.query<A & pg.QueryResultRow>(
      typeof query === "string"
        ? query
        : { ...(prepared ? { name: query.name } : {}), text: query.text, values: [...query.values] }
    )
})

/** A play with the same key was recorded at the same moment. A retry finds it. */
export const isKeyTaken = (error: unknown) =>
  error instanceof pg.DatabaseError && error.code === "23505" && error.constraint === "idempotency_key_pkey"

const addContact = named(
  "add_contact",
  `insert into sandbox_contact (email_key, name, created_at) values ($1, $2, $3)
   on conflict on constraint sandbox_contact_pkey do nothing
   returning email_key`
)

const settle = named(
  "settle",
  `update contact set verdict = $3, settled_at = $4, due_at = null, intended_at = null, updated_at = $4
   where player_id = $1 and esp = $2 and verdict = 'unknown'
   returning verdict`
)

/** What Fairground does after the commit for a new contact: ask the sandbox, which stores it here, and save the verdict. */
export const register = async (db: Queryable, play: NewPlay, playerId: string, esp: string): Promise<Verdict> => {
  const added = await db.query(addContact([play.emailKey, play.name, play.playedAt]))
  const verdict = added.rowCount === 1 ? "created" : "existed"
  await db.query(settle([playerId, esp, verdict, new Date()]))
  return verdict
}

const findPlay = named(
  "find_play",
  `select play.id, play.played_at as "playedAt", play.number, coalesce(contact.verdict, 'unknown') as verdict
   from play left join contact on contact.player_id = play.player_id and contact.esp = play.esp
   where play.id = $1`
)

/** A play that was recorded before, with its current verdict. */
export const find = async (db: Queryable, id: string): Promise<Receipt> => {
  const [play] = (await db.query<Receipt>(findPlay([id]))).rows
  if (play === undefined) throw new Error("an idempotency key names no play")
  return play
}
