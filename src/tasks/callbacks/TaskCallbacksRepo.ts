import { Effect, Schema } from "effect"
import type { SqlClient } from "effect/sql"
import { randomBytes } from "node:crypto"
import type { CallbackAddress } from "./CallbackToken.ts"
import { TaskCallback } from "./TaskCallback.ts"
import { channel } from "../queue/TaskQueueRepo.ts"
import { row, rows } from "../../platform/postgres/Rows.ts"

/** A callback that arrived for a task, and the attempt whose address it used. */
const Brought = Schema.Struct({ nonce: Schema.String, attempt: Schema.Int, outcome: TaskCallback })
export type Brought = typeof Brought.Type

const asBrought = rows(Brought)
const asSecrets = row(Schema.Struct({ secret: Schema.Uint8Array }))
const asReceived = row(Schema.Struct({ isStored: Schema.Boolean, isKnown: Schema.Boolean }))

export const make = (sql: SqlClient.SqlClient) => ({
  /** The signing key of all replicas. The first query creates it. */
  secret: sql`
    with made as (
      insert into task_callback_secret (secret) values (${randomBytes(32)})
      on conflict on constraint task_callback_secret_pkey do nothing
      returning secret
    )
    select secret from made union all select secret from task_callback_secret limit 1`.pipe(
    // No row: another replica created the key after this statement's snapshot. The next statement sees it.
    Effect.flatMap((rows) => (rows.length > 0 ? Effect.succeed(rows) : sql`select secret from task_callback_secret`)),
    asSecrets(),
    Effect.map(({ secret }) => secret)
  ),

  open: ({ expiresAt, nonce, taskId }: CallbackAddress, attempt: number) =>
    Effect.asVoid(sql`
      insert into task_callback (task_id, nonce, attempt, expires_at)
      values (${taskId}, ${nonce}, ${attempt}, ${new Date(expiresAt)})
      on conflict on constraint task_callback_pkey do nothing`),

  /** Stores a callback unless its address was used before, and notifies the waiting attempts. */
  receive: ({ nonce, taskId }: CallbackAddress, outcome: TaskCallback) =>
    sql`
      with stored as (
        update task_callback set outcome = ${JSON.stringify(outcome)}::jsonb, received_at = now()
        where task_id = ${taskId} and nonce = ${nonce} and outcome is null
        returning task_id
      ),
      told as materialized (select pg_notify(${channel}, 'b ' || task_id) from stored)
      select exists (select from told) as is_stored,
        exists (select from task_callback where task_id = ${taskId} and nonce = ${nonce}) as is_known`.pipe(
      asReceived()
    ),

  /** The unspent callbacks of a task, oldest first. */
  brought: (taskId: string) =>
    sql`
      select nonce, attempt, outcome from task_callback
      where task_id = ${taskId} and outcome is not null and spent_at is null
      order by received_at, nonce`.pipe(asBrought()),

  spend: (taskId: string, nonce: string) =>
    Effect.asVoid(sql`
      update task_callback set spent_at = now() where task_id = ${taskId} and nonce = ${nonce} and outcome is not null`),

  /** Removes up to `limit` addresses that expired before `before`. Returns how many. */
  sweep: (before: Date, limit: number) =>
    Effect.map(
      sql`
        with old as (
          select task_id, nonce from task_callback where expires_at < ${before} order by expires_at limit ${limit}
          for update skip locked
        )
        delete from task_callback using old
        where task_callback.task_id = old.task_id and task_callback.nonce = old.nonce
        returning 1`,
      (rows) => rows.length
    )
})

export type TaskCallbacksRepo = ReturnType<typeof make>
