import { Effect, Schema } from "effect"
import { array, OID } from "../postgres/Arrays.ts"
import { row } from "../postgres/Rows.ts"
import { BackgroundSql } from "../postgres/Sql.ts"

/** The channel of all news. */
export const channel = "fairground_news"

/** The name of the connection on which a process listens: others see by it that somebody does. */
export const connectionOf = (process: string): string => `fairground-news ${process}`

const asTold = row(Schema.Struct({ isHeard: Schema.Boolean, told: Schema.Int }))

export const make = Effect.gen(function* () {
  const sql = yield* BackgroundSql

  /**
   * Notifies the other processes if any of them listens, in a transaction of its own. A connection pooler may append to the name of a
   * connection, so its beginning counts.
   */
  const tell = (process: string, messages: ReadonlyArray<string>) =>
    sql`
      with listening as materialized (
        select exists (
          select from pg_stat_activity
          where datname = current_database() and application_name like ${`${connectionOf("")}%`}
            and application_name not like ${`${connectionOf(process)}%`}
        ) as is_heard
      ),
      notified as materialized (
        select pg_notify(${channel}, message)
        from listening, unnest(${array(messages, OID.text)}) as message
        where is_heard
      )
      select is_heard, (select count(*)::int from notified) as told from listening`.pipe(asTold("NotifierRepo.tell"))

  return { tell }
})
