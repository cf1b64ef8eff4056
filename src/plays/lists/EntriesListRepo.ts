import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { Slug } from "../../games/Game.ts"
import { array, OID } from "../../platform/postgres/Arrays.ts"
import { firstRow, rows } from "../../platform/postgres/Rows.ts"
import { PlayerId } from "../../players/Player.ts"

const Row = Schema.Struct({
  gameId: Schema.String,
  game: Slug,
  playerId: PlayerId,
  /** Null, as the next one: the player was forgotten. */
  email: Schema.NullOr(Schema.String),
  playerSince: Schema.NullOr(Schema.DateTimeUtcFromDate),
  plays: Schema.Int,
  firstPlayedAt: Schema.DateTimeUtcFromDate,
  lastSeenAt: Schema.DateTimeUtcFromDate,
  periodPlays: Schema.Int,
  periodEndsAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
})
export type EntryRow = typeof Row.Type

const Summary = Schema.Struct({
  playerId: Schema.String,
  games: Schema.Int,
  plays: Schema.Int,
  lastSeenAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
  name: Schema.NullOr(Schema.String)
})
/** What a player has played. */
export type Summary = typeof Summary.Type

const asEntries = rows(Row)
const asPlaces = rows(Schema.Struct({ playerId: Schema.String }))
const asTimes = rows(Schema.Struct({ plays: Schema.Int, firstPlayedAt: Schema.Date, lastSeenAt: Schema.Date }))
const asSummaries = rows(Summary)

/** How many of a player's entries are looked at for the newest play. */
const entriesForName = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const selected = sql`
    select entry.game_id, game.slug as game, entry.player_id, player.email,
      player.created_at as player_since, entry.plays, entry.created_at as first_played_at, entry.updated_at as last_seen_at, entry.period_plays, entry.period_ends_at`
  const joined = sql`join game on game.id = entry.game_id left join player on player.id = entry.player_id`

  const find = (gameId: string, playerId: string) =>
    sql`${selected} from entry ${joined} where entry.player_id = ${playerId} and entry.game_id = ${gameId}`.pipe(
      asEntries("EntriesListRepo.find"),
      firstRow
    )

  /** The first `count` entries of a player with games after this one. */
  const ofPlayer = (playerId: string, afterGame: string, count: number) =>
    sql`
      ${selected} from entry ${joined}
      where entry.player_id = ${playerId} and entry.game_id > ${afterGame}
      order by entry.game_id limit ${count}`.pipe(asEntries("EntriesListRepo.ofPlayer"))

  /** When the player has played, of each entry. */
  const timesOf = (playerId: string) =>
    sql`
      select plays, created_at as first_played_at, updated_at as last_seen_at
      from entry where player_id = ${playerId}`.pipe(asTimes("EntriesListRepo.timesOf"))

  /** The player of the `count`-th entry of any game after this player; undefined: there are fewer. */
  const placeAfter = (afterPlayer: string, count: number) =>
    sql`
      select player_id from entry where player_id > ${afterPlayer}
      order by player_id, game_id offset ${count - 1} limit 1`.pipe(
      asPlaces("EntriesListRepo.placeAfter"),
      Effect.map(([place]) => place?.playerId)
    )

  /** The first `most` entries of a game, of players after this one up to and including that one. */
  const ofGame = (gameId: string, afterPlayer: string, toPlayer: string, most: number) =>
    sql`
      ${selected}
      from (
        select * from entry
        where player_id > ${afterPlayer} and player_id <= ${toPlayer} and game_id = ${gameId}
        order by player_id limit ${most}
      ) entry ${joined}
      order by entry.player_id`.pipe(asEntries("EntriesListRepo.ofGame"))

  /**
   * What these players have played, in one game or in all of them (null). The name is that of the newest play that is found without an
   * index on plays by player: at the moment when the player was last seen, which is that of a play unless the limit turned it away,
   * or else at the moment of the first play.
   */
  const summaries = (playerIds: ReadonlyArray<string>, gameId: string | null) =>
    sql`
      select asked.id as player_id, total.*, named.name
      from unnest(${array(playerIds, OID.uuid)}) as asked (id)
      cross join lateral (
        select count(*)::int as games, coalesce(sum(plays), 0)::int as plays, max(updated_at) as last_seen_at
        from entry
        where entry.player_id = asked.id and (${gameId}::uuid is null or entry.game_id = ${gameId}::uuid)
      ) total
      left join lateral (
        select play.name
        from (
          select created_at, updated_at from entry
          where entry.player_id = asked.id and (${gameId}::uuid is null or entry.game_id = ${gameId}::uuid)
          order by updated_at desc limit ${entriesForName}
        ) entry
        cross join lateral (values (entry.updated_at), (entry.created_at)) as at (moment)
        -- The time as it begins the ids of that moment.
        cross join lateral (select lpad(to_hex(floor(extract(epoch from at.moment) * 1000)::bigint), 12, '0') as hex) time
        cross join lateral (
          select play.id, play.name from play
          where play.id >= (time.hex || '00000000000000000000')::uuid
            and play.id <= (time.hex || 'ffffffffffffffffffff')::uuid and play.player_id = asked.id
          order by play.id desc limit 1
        ) play
        order by play.id desc limit 1
      ) named on true`.pipe(asSummaries("EntriesListRepo.summaries"))

  return { find, ofPlayer, timesOf, placeAfter, ofGame, summaries }
})
