import { Effect, Schema } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import { Verdict } from "../../esp/Verdict.ts"
import { Slug } from "../../games/Game.ts"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { PlayerId } from "../../players/Player.ts"
import { PlayId } from "../Play.ts"
import * as PlayPart from "../PlayPart.ts"

const Row = Schema.Struct({
  id: PlayId,
  game: Slug,
  playerId: PlayerId,
  email: Schema.NullOr(Schema.String),
  number: Schema.Int,
  playedAt: Schema.DateTimeUtcFromDate,
  name: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Finite),
  consentTextVersion: Schema.NullOr(Schema.String),
  consentLanguage: Schema.NullOr(Schema.String),
  /** JSON. */
  data: Schema.NullOr(Schema.String),
  esp: Schema.String,
  contact: Verdict
})
export type PlayRow = typeof Row.Type & {
  /** The fields of parts, as they are shown to whoever did not make the play. */
  readonly fields: PlayPart.PlayFields
}

const asPlaces = rows(Schema.Struct({ id: Schema.String }))

/** The ids between these two. The one that a walk comes from is excluded, the one that it goes to is included. */
export interface Range {
  readonly after: string
  readonly before: string
}

export type Order = "oldest first" | "newest first"

/** Which plays are meant; null: any. */
export interface Of {
  readonly gameId: string | null
  readonly playerId: string | null
}

/** Reads plays by ranges of their ids, which begin with the time. The key of plays is the only index that they have. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const all = yield* PlayPart.PlayParts
  const parts = PlayPart.compose(all, 0)
  const decode = rows(Schema.Struct({ ...parts.row, ...Row.fields }))
  const added = Object.keys(parts.row)

  const playOf = (row: typeof Row.Type): PlayRow => {
    const fields = PlayPart.shownOf(all, parts.fieldsOf(row))
    if (added.length === 0) return { ...row, fields }
    // The columns of parts are in the fields.
    const own = Object.fromEntries(Object.entries(row).filter(([name]) => !added.includes(name))) as typeof Row.Type
    return { ...own, fields }
  }

  const asPlays = (span: string) => (statement: Effect.Effect<ReadonlyArray<unknown>, SqlError.SqlError>) =>
    Effect.map(decode(span)(statement), (found): ReadonlyArray<PlayRow> => found.map(playOf))

  const within = ({ after, before }: Range, order: Order) =>
    order === "oldest first"
      ? sql`play.id > ${after}::uuid and play.id <= ${before}::uuid`
      : sql`play.id >= ${after}::uuid and play.id < ${before}::uuid`
  const by = (order: Order) => (order === "oldest first" ? sql`order by play.id` : sql`order by play.id desc`)

  const selected = sql`
    select play.id, game.slug as game, play.player_id, player.email, play.number, play.played_at, play.name, play.score,
      play.consent_text_version, play.consent_language, play.data::text as data, play.esp,
      coalesce(contact.verdict, 'unknown') as contact${sql.literal(parts.found.selected)}`
  const joined = sql`
    join game on game.id = play.game_id
    left join player on player.id = play.player_id
    left join contact on contact.player_id = play.player_id and contact.esp = play.esp${sql.literal(parts.found.joined)}`

  /** The last id of the first `count` plays of all games and players in the range; undefined: there are fewer. */
  const placeAfter = (range: Range, order: Order, count: number) =>
    sql`select play.id from play where ${within(range, order)} ${by(order)} offset ${count - 1} limit 1`.pipe(
      asPlaces("PlaysListRepo.placeAfter"),
      Effect.map(([place]) => place?.id)
    )

  /** The first `most` of these plays in the range. The inner query comes first, so that only they are joined with the rest. */
  const find = ({ gameId, playerId }: Of, range: Range, order: Order, most: number) => {
    const of = [
      ...(gameId === null ? [] : [sql`play.game_id = ${gameId}::uuid`]),
      ...(playerId === null ? [] : [sql`play.player_id = ${playerId}::uuid`])
    ]
    return sql`
      ${selected}
      from (select * from play where ${sql.and([within(range, order), ...of])} ${by(order)} limit ${most}) play
      ${joined}
      ${by(order)}`.pipe(asPlays("PlaysListRepo.find"))
  }

  const findOne = (gameId: string, id: PlayId) =>
    sql`${selected} from play ${joined} where play.id = ${id} and play.game_id = ${gameId}`.pipe(
      asPlays("PlaysListRepo.findOne"),
      firstRow
    )

  return { placeAfter, find, findOne }
})
