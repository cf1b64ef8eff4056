import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Mailability, Verdict } from "../esp/Verdict.ts"
import { Slug } from "../games/Game.ts"
import { firstRow, rows } from "../platform/postgres/Rows.ts"
import { PlayerId } from "../players/Player.ts"
import { between, type ContactPlace } from "./BacklogRepo.ts"

const Row = Schema.Struct({
  playerId: PlayerId,
  email: Schema.NullOr(Schema.String),
  esp: Schema.String,
  verdict: Verdict,
  mailability: Schema.NullOr(Mailability),
  reason: Schema.NullOr(Schema.String),
  attempts: Schema.Int,
  game: Slug,
  playId: Schema.String,
  createdAt: Schema.DateTimeUtcFromDate,
  settledAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  dueAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})

/** Which contacts are meant; null: any. */
export interface Of {
  readonly verdict: Verdict | null
  readonly isStuck: boolean | null
  readonly esp: string | null
  readonly gameId: string | null
  readonly from: Date | null
  readonly to: Date | null
}

export interface DuePlace extends ContactPlace {
  readonly dueAt: Date
}

const asContacts = rows(Row)
const asDuePlaces = rows(Schema.Struct({ playerId: Schema.String, esp: Schema.String, dueAt: Schema.Date }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const selected = sql`
    select contact.player_id, player.email, contact.esp, contact.verdict, contact.mailability, contact.reason,
      contact.attempts, game.slug as game, contact.play_id, contact.created_at, contact.settled_at, contact.due_at`
  const joined = sql`
    join play on play.id = contact.play_id and play.player_id = contact.player_id
    join game on game.id = play.game_id
    left join player on player.id = contact.player_id`

  const isOf = ({ esp, from, gameId, isStuck, to, verdict }: Of) =>
    sql.and([
      ...(verdict === null ? [] : [sql`contact.verdict = ${verdict}`]),
      ...(isStuck === null
        ? []
        : [
            sql`contact.verdict = 'unknown' and ${isStuck ? sql`contact.due_at is null` : sql`contact.due_at is not null`}`
          ]),
      ...(esp === null ? [] : [sql`contact.esp = ${esp}`]),
      ...(from === null ? [] : [sql`contact.created_at >= ${from}`]),
      ...(to === null ? [] : [sql`contact.created_at < ${to}`]),
      // A subquery looks up the play row by row. A join might read all plays in each step.
      ...(gameId === null
        ? []
        : [
            sql`${gameId}::uuid = (
              select game_id from play where play.id = contact.play_id and play.player_id = contact.player_id
            )`
          ]),
      sql`true`
    ])

  const isBetween = between(sql)

  /** The first `most` of these contacts after `after`, up to and including `to`, by key. */
  const find = (of: Of, after: ContactPlace, to: ContactPlace, most: number) =>
    sql`
      ${selected}
      from (
        select * from contact
        where ${isBetween(after, to)} and ${isOf(of)}
        order by player_id, esp limit ${most}
      ) contact ${joined}
      order by contact.player_id, contact.esp`.pipe(asContacts("ContactsListRepo.find"))

  const isDueAfter = ({ dueAt, esp, playerId }: DuePlace) => sql`
    verdict = 'unknown' and due_at >= ${dueAt}
      and (due_at, player_id, esp) > (${dueAt}, ${playerId}::uuid, ${esp}::text)`

  /** The place of the `count`-th contact that waits after `after`, by due time; undefined: there are fewer. */
  const duePlaceAfter = (after: DuePlace, count: number) =>
    sql`
      select player_id, esp, due_at from contact where ${isDueAfter(after)}
      order by due_at, player_id, esp offset ${count - 1} limit 1`.pipe(
      asDuePlaces("ContactsListRepo.duePlaceAfter"),
      firstRow
    )

  /** The first `most` of these contacts that wait after `after`, up to and including `to` (undefined: to the end). */
  const findDue = (of: Of, after: DuePlace, to: DuePlace | undefined, most: number) =>
    sql`
      ${selected}
      from (
        select * from contact
        where ${isDueAfter(after)}
          and ${to === undefined ? sql`true` : sql`(due_at, player_id, esp) <= (${to.dueAt}, ${to.playerId}::uuid, ${to.esp}::text)`}
          and ${isOf(of)}
        order by due_at, player_id, esp limit ${most}
      ) contact ${joined}
      order by contact.due_at, contact.player_id, contact.esp`.pipe(asContacts("ContactsListRepo.findDue"))

  const findOne = (playerId: string, esp: string) =>
    sql`${selected} from contact ${joined} where contact.player_id = ${playerId} and contact.esp = ${esp}`.pipe(
      asContacts("ContactsListRepo.findOne"),
      firstRow
    )

  /** The first `count` contacts of a player at connections after this one, by their names. */
  const ofPlayer = (playerId: string, afterEsp: string, count: number) =>
    sql`
      ${selected} from contact ${joined}
      where contact.player_id = ${playerId} and contact.esp > ${afterEsp}
      order by contact.esp limit ${count}`.pipe(asContacts("ContactsListRepo.ofPlayer"))

  return { find, duePlaceAfter, findDue, findOne, ofPlayer }
})
