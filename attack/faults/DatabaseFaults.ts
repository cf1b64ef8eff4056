import { Effect } from "effect"
import { addressMark } from "../fuzz/Values.ts"
import { send } from "../load/Players.ts"
import { pause } from "../run/Arena.ts"
import { attempt } from "../run/AttackError.ts"
import type { Fault, Inflicting } from "./Fault.ts"

const everywhere = ({ trouble }: Inflicting) => trouble({ replica: undefined, of: "database" })

/** The other sessions of this database. */
const others = `
  select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`

/** The server receives a signal and recovers by itself. */
const server = (name: string, signal: NodeJS.Signals): Fault => ({
  name,
  needs: "none",
  inflict: (inflicting) =>
    attempt(name, async () => {
      const { database } = inflicting.arena
      everywhere(inflicting)
      const pid = database.pid()
      if (pid === undefined) return
      try {
        process.kill(pid, signal)
      } catch {
        // Another fault of the round ended the process first.
      }
      await database.query("select 1")
    })
})

/** A table is locked against writers, as by an operator's transaction or a careless migration. */
const lockedTable = (table: string): Fault => ({
  name: `table ${table} locked`,
  needs: "none",
  inflict: (inflicting) =>
    attempt(`lock on ${table}`, async () => {
      const millis = inflicting.random.pick([500, 2000, 6000])
      everywhere(inflicting)
      await inflicting.arena.database
        .session(async (client) => {
          await client.query("begin")
          await client.query(`lock table ${table} in exclusive mode`)
          await pause(millis)
          await client.query("rollback")
        })
        // The server may be killed at the same time, which releases the lock.
        .catch(() => undefined)
    })
})

/** One row is locked while its player plays: only that player may have to wait. */
const lockedRow: Fault = {
  name: "row locked",
  needs: "none",
  inflict: ({ arena, random, step, trouble }) =>
    attempt("lock on a row", async () => {
      const email = `${addressMark}-locked-${random.int(1, 1_000_000)}@players.example`
      const key = `lock-${email}`
      const millis = random.pick([1000, 4000, 12_000])
      trouble({ replica: undefined, of: "database", email })
      const first = await send(arena, { game: "free", email, key }, 0, step)
      if (first.status !== 201) return
      await arena.database
        .session(async (client) => {
          await client.query("begin")
          await client.query(
            "select 1 from entry join player on player.id = entry.player_id where player.email_key = $1 for update of entry",
            [email]
          )
          const waiting = arena.replicas.map(({ index }) =>
            send(arena, { game: "free", email, key: `${key}-${index}` }, index, step)
          )
          await pause(millis)
          await client.query("rollback")
          await Promise.all(waiting)
        })
        .catch(() => undefined)
    })
}

const readOnly: Fault = {
  name: "read-only",
  needs: "none",
  inflict: (inflicting) =>
    attempt("read-only", async () => {
      const { database } = inflicting.arena
      const millis = inflicting.random.pick([500, 3000, 9000])
      everywhere(inflicting)
      const { name } = database
      await database.query(`alter database ${name} set default_transaction_read_only = on`)
      try {
        await database.query(others)
        await pause(millis)
      } finally {
        await database.query(`alter database ${name} reset default_transaction_read_only`)
        // Existing sessions keep the value with which they began.
        await database.query(others)
      }
    })
}

export const databaseFaults: ReadonlyArray<Fault> = [
  server("server killed", "SIGKILL"),
  server("server restarted", "SIGINT"),
  server("server crashed", "SIGQUIT"),
  {
    name: "sessions ended",
    needs: "none",
    inflict: (inflicting) => {
      everywhere(inflicting)
      return Effect.asVoid(attempt("ending sessions", () => inflicting.arena.database.query(others)))
    }
  },
  ...["play", "entry", "idempotency_key", "task", "task_queue"].map(lockedTable),
  lockedRow,
  readOnly
]
