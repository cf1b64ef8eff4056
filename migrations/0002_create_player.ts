import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Two tables that every play goes through, with no foreign keys on that way: the one statement that records plays
 * writes both sides itself, and a foreign key would lock a second row for each play.
 *
 * The keys are those that a Citus cluster needs, where a unique key has to contain the distribution column: `player` is
 * found and distributed by its address, everything else of a player by `player_id`.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table player (
      id uuid not null,
      email_key text collate "C" not null,
      email text not null,
      created_at timestamptz not null,
      constraint player_pkey primary key (email_key)
    )`
  yield* sql`create index player_id_idx on player (id)`
  yield* sql`comment on table player is 'A person, known by one normalised email address.'`
  yield* sql`comment on column player.email_key is
    'The address normalised: trimmed, NFC, local part lower-cased, domain in lower-case ASCII. One player has one.'`
  yield* sql`comment on column player.email is 'The address as first typed: what mail is sent to and the ESP is given.'`
  // fillfactor: every further play of an entry updates its row in place; with room on the page and no indexed column
  // changed that is a heap-only update, which touches no index.
  yield* sql`
    create table entry (
      player_id uuid not null,
      game_id uuid not null,
      plays integer not null,
      granted integer not null,
      period_plays integer not null,
      period_ends_at timestamptz,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint entry_pkey primary key (player_id, game_id),
      constraint entry_plays_check check (plays >= 0 and granted >= 0 and period_plays >= 0)
    ) with (fillfactor = 80)`
  yield* sql`comment on table entry is 'A player in a game; holds the number of plays.'`
  yield* sql`comment on column entry.plays is 'Plays recorded so far; the newest play has this number.'`
  yield* sql`comment on column entry.granted is
    'How many plays the statement that last wrote this row let in: before PostgreSQL 18, returning cannot tell old from new.'`
  yield* sql`comment on column entry.period_plays is 'Plays in the limit''s current period.'`
  yield* sql`comment on column entry.period_ends_at is
    'When the limit''s current period ends (next midnight of the game, or end of the window); null: it never ends.'`
  yield* sql`comment on column entry.updated_at is 'Time of the newest play, granted or refused by the limit.'`
})
