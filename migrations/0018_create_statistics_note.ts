import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Notes on the charts of statistics. They are few, and read by the moment that they are about. A game that is deleted, which nobody has
 * played, takes its notes along.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table statistics_note (
      id uuid not null,
      game_id uuid,
      at timestamptz not null,
      text text not null,
      version integer not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint statistics_note_pkey primary key (id),
      constraint statistics_note_game_id_fkey foreign key (game_id) references game (id) on delete cascade,
      constraint statistics_note_text_check check (char_length(text) between 1 and 200),
      constraint statistics_note_version_check check (version >= 1)
    )`
  yield* sql`create index statistics_note_at_idx on statistics_note (at, id)`
  // For the deletion of a game.
  yield* sql`create index statistics_note_game_id_idx on statistics_note (game_id)`
  yield* sql`comment on table statistics_note is 'What people have noted on the charts of statistics, such as a mailing that was sent.'`
  yield* sql`comment on column statistics_note.id is 'UUID v7, made by the service.'`
  yield* sql`comment on column statistics_note.game_id is 'The game that it is about; null: all games.'`
  yield* sql`comment on column statistics_note.at is 'The moment that it is about, to the millisecond.'`
  yield* sql`comment on column statistics_note.text is 'One line for people.'`
  yield* sql`comment on column statistics_note.version is 'Incremented by each change. An edit that expects another version is refused.'`
  yield* sql`comment on column statistics_note.created_at is 'The time of creation.'`
  yield* sql`comment on column statistics_note.updated_at is 'The time of the last change.'`
})
