import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { row, rows } from "../platform/postgres/Rows.ts"

const Entry = Schema.Struct({
  game: Schema.String,
  plays: Schema.Int,
  periodPlays: Schema.Int,
  periodEndsAt: Schema.NullOr(Schema.Date),
  createdAt: Schema.Date,
  updatedAt: Schema.Date
})
export type Entry = typeof Entry.Type

const StoredPlay = Schema.Struct({
  id: Schema.String,
  game: Schema.String,
  number: Schema.Int,
  playedAt: Schema.Date,
  name: Schema.NullOr(Schema.String),
  score: Schema.NullOr(Schema.Finite),
  consentTextVersion: Schema.NullOr(Schema.String),
  consentLanguage: Schema.NullOr(Schema.String),
  data: Schema.NullOr(Schema.Json)
})
export type StoredPlay = typeof StoredPlay.Type

const Key = Schema.Struct({
  game: Schema.String,
  key: Schema.String,
  playId: Schema.String,
  createdAt: Schema.Date
})
export type Key = typeof Key.Type

/** One step of a scan through the plays in the order of their ids. */
const Step = Schema.Struct({
  /** The player's plays among those scanned. */
  ids: Schema.Array(Schema.String),
  /** The last play scanned, of any player; null: there was none. */
  last: Schema.NullOr(Schema.String)
})
export type Step = typeof Step.Type

const asEntries = rows(Entry)
const asPlays = rows(StoredPlay)
const asKeys = rows(Key)
const asStep = row(Step)

/** Statements that find and forget a player's plays. They lock no plays of others, and hold locks for one statement only. */
export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const entries = (playerId: string) =>
    sql`
      select game.slug as game, entry.plays, entry.period_plays, entry.period_ends_at, entry.created_at, entry.updated_at
      from entry join game on game.id = entry.game_id
      where entry.player_id = ${playerId}
      order by entry.created_at, game.slug`.pipe(asEntries("PlaysPersonRepo.entries"))

  /** Scans the next `limit` plays after `after`, up to `to`. The index of the primary key holds all columns that it reads. */
  const step = (playerId: string, after: string, to: string, limit: number) =>
    sql`
      with seen as materialized (
        select id, player_id from play where id > ${after}::uuid and id <= ${to}::uuid order by id limit ${limit}
      )
      select array(select id from seen where player_id = ${playerId}::uuid order by id) as ids,
        (select id from seen order by id desc limit 1) as last`.pipe(asStep(), Effect.withSpan("PlaysPersonRepo.step"))

  const find = (playerId: string, ids: ReadonlyArray<string>) =>
    sql`
      select play.id, game.slug as game, play.number, play.played_at, play.name, play.score, play.consent_text_version,
        play.consent_language, play.data
      from play join game on game.id = play.game_id
      where play.id = any(${array(ids, OID.uuid)}) and play.player_id = ${playerId}
      order by play.id`.pipe(asPlays("PlaysPersonRepo.find"))

  /** An idempotency key has the time of its play, and the index on that time finds it. */
  const isKeyOf = (playerId: string, ids: ReadonlyArray<string>) => sql`
    idempotency_key.created_at = any(array(
      select played_at from play where id = any(${array(ids, OID.uuid)}) and player_id = ${playerId}
    ))
    and idempotency_key.player_id = ${playerId}`

  const findKeys = (playerId: string, ids: ReadonlyArray<string>) =>
    sql`
      select game.slug as game, idempotency_key.key, idempotency_key.play_id, idempotency_key.created_at
      from idempotency_key join game on game.id = idempotency_key.game_id
      where ${isKeyOf(playerId, ids)}
      order by idempotency_key.play_id`.pipe(asKeys("PlaysPersonRepo.findKeys"))

  /** Locks rows in the order in which plays write them, so that the two never deadlock. */
  const removeKeys = (playerId: string, ids: ReadonlyArray<string>) =>
    sql`
      with own as (
        select game_id, key from idempotency_key where ${isKeyOf(playerId, ids)} order by game_id, key for update
      )
      delete from idempotency_key using own
      where idempotency_key.game_id = own.game_id and idempotency_key.key = own.key`.pipe(
      Effect.asVoid,
      Effect.withSpan("PlaysPersonRepo.removeKeys")
    )

  /** Empties the names and the data of plays. Plays that are empty already are not written again. */
  const empty = (playerId: string, ids: ReadonlyArray<string>) =>
    sql`
      with named as (
        select id, player_id from play
        where id = any(${array(ids, OID.uuid)}) and player_id = ${playerId} and (name is not null or data is not null)
        order by id
        for update
      )
      update play set name = null, data = null
      from named
      where play.id = named.id and play.player_id = named.player_id`.pipe(
      Effect.asVoid,
      Effect.withSpan("PlaysPersonRepo.empty")
    )

  return { entries, step, find, findKeys, removeKeys, empty }
})
