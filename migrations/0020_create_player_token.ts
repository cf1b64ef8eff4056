import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** How players prove who they are: by a code that is mailed to their address, which is swapped for a token. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table player_code (
      email_key text collate "C" not null,
      id uuid not null,
      code bytea,
      tries smallint not null default 0,
      issued smallint not null default 1,
      issued_since timestamptz not null,
      expires_at timestamptz not null,
      created_at timestamptz not null,
      constraint player_code_pkey primary key (email_key),
      constraint player_code_tries_check check (tries between 0 and 5),
      constraint player_code_issued_check check (issued between 1 and 5)
    )`
  yield* sql`create index player_code_expiry_idx on player_code (expires_at)`
  yield* sql`comment on table player_code is 'The newest code of an address. Whoever asks for one has a row, players and others alike; only players get a mail.'`
  yield* sql`comment on column player_code.email_key is 'The address that was asked for, normalised as players'' are.'`
  yield* sql`comment on column player_code.id is 'UUID v7 made by the service: of the code, not of the address.'`
  yield* sql`comment on column player_code.code is 'Hash of the code and its id, encrypted: a code has few digits, and a hash alone could be tried out. Null: it was used.'`
  yield* sql`comment on column player_code.tries is 'How often it was tried. The fifth is the last.'`
  yield* sql`comment on column player_code.issued is 'Codes of the address since issued_since. More than five in an hour are not issued.'`
  yield* sql`comment on column player_code.issued_since is 'When the first of them was issued.'`
  yield* sql`comment on column player_code.expires_at is 'It does not work after this.'`
  yield* sql`
    create table player_token (
      id uuid not null,
      player_id uuid not null,
      token_hash bytea not null,
      expires_at timestamptz not null,
      created_at timestamptz not null,
      constraint player_token_pkey primary key (id),
      constraint player_token_hash_key unique (token_hash),
      constraint player_token_hash_check check (length(token_hash) = 32)
    )`
  yield* sql`create index player_token_player_idx on player_token (player_id, id)`
  yield* sql`create index player_token_expiry_idx on player_token (expires_at)`
  yield* sql`comment on table player_token is 'Proof that somebody reads the mail of a player''s address. One whose player was forgotten does not count.'`
  yield* sql`comment on column player_token.id is 'UUID v7 made by the service. Begins with the time.'`
  yield* sql`comment on column player_token.player_id is 'Of table player, without a foreign key, as everywhere.'`
  yield* sql`comment on column player_token.token_hash is 'SHA-256 of the token.'`
  yield* sql`comment on column player_token.expires_at is 'It ends then.'`
})
