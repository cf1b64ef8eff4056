import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * `play` only ever grows. Its ids are UUID v7 and so begin with the time: `partition by range (id)` cuts it by month
 * later without a change of keys or code. The number of a play needs no unique key of its own (which a partitioned
 * table could not hold): it comes from the entry's row, locked by the statement that writes both.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table play (
      id uuid not null,
      player_id uuid not null,
      game_id uuid not null,
      number integer not null,
      esp text not null,
      played_at timestamptz not null,
      name text,
      score double precision,
      consent_text_version text,
      consent_language text,
      data jsonb,
      constraint play_pkey primary key (id, player_id),
      constraint play_number_check check (number >= 1),
      constraint play_consent_check check ((consent_text_version is null) = (consent_language is null))
    )`
  yield* sql`comment on table play is 'One recorded play. Rows are appended and never changed.'`
  yield* sql`comment on column play.id is 'UUID v7 made by the service; a batch tried twice is caught by it.'`
  yield* sql`comment on column play.number is '1, 2, 3… within the entry (player_id, game_id).'`
  yield* sql`comment on column play.esp is 'The ESP connection of the game when it was played; finds the contact.'`
  yield* sql`comment on column play.name is 'The player''s name as typed with this play.'`
  yield* sql`comment on column play.consent_text_version is 'Version of the consent text that the player agreed to.'`
  yield* sql`comment on column play.consent_language is 'BCP 47 tag of the language of that text.'`
  yield* sql`comment on column play.data is 'Whatever the game sent along; at most 4 KiB of JSON.'`
  yield* sql`
    create table idempotency_key (
      game_id uuid not null,
      key text collate "C" not null,
      request_hash bytea not null,
      play_id uuid not null,
      player_id uuid not null,
      created_at timestamptz not null,
      constraint idempotency_key_pkey primary key (game_id, key)
    )`
  // BRIN: rows arrive in the order of created_at, so a few bytes for each megabyte of table serve the clean-up.
  yield* sql`create index idempotency_key_created_at_idx on idempotency_key using brin (created_at)`
  yield* sql`comment on table idempotency_key is
    'Idempotency-Key of each recorded play, written in the play''s own transaction. Failures are never stored.'`
  yield* sql`comment on column idempotency_key.request_hash is 'SHA-256 of the decoded request: tells a retry from another request.'`
  yield* sql`comment on column idempotency_key.player_id is 'With play_id the key of the play.'`
})
