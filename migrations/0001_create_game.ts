import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * A game is read by every play and written almost never. On a Citus cluster it is a reference table: a copy on every
 * node.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table game (
      id uuid not null,
      slug text collate "C" not null,
      title text not null,
      opens_at timestamptz,
      closes_at timestamptz,
      time_zone text not null default 'UTC',
      limit_plays integer,
      limit_period text,
      limit_window_seconds integer,
      esp text not null default 'sandbox',
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint game_pkey primary key (id),
      constraint game_slug_key unique (slug),
      constraint game_slug_check check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and length(slug) <= 64),
      constraint game_title_check check (length(title) between 1 and 200),
      constraint game_times_check check (opens_at < closes_at),
      constraint game_limit_check check (
        (limit_period is null and limit_plays is null and limit_window_seconds is null)
        or (limit_period in ('ever', 'day') and limit_plays >= 1 and limit_window_seconds is null)
        or (limit_period = 'window' and limit_plays >= 1 and limit_window_seconds >= 1)
      )
    )`
  yield* sql`comment on table game is 'One promotional game. Never deleted: a game that is over is closed.'`
  yield* sql`comment on column game.slug is 'The game''s name in URLs: lower-case letters, digits and single hyphens.'`
  yield* sql`comment on column game.opens_at is 'Plays before this moment are refused; null: open from the start.'`
  yield* sql`comment on column game.closes_at is 'Plays from this moment on are refused; null: open without end.'`
  yield* sql`comment on column game.time_zone is 'IANA name; decides where a day begins for a limit per day.'`
  yield* sql`comment on column game.limit_plays is 'How many plays a player has in limit_period; null: no limit.'`
  yield* sql`comment on column game.limit_period is
    'ever: for the life of the game; day: a calendar day in time_zone; window: limit_window_seconds from the first play in it.'`
  yield* sql`comment on column game.limit_window_seconds is 'Length of a window in seconds; only for limit_period = window.'`
  yield* sql`comment on column game.esp is 'Name of the ESP connection that this game''s contacts are registered at.'`
})
