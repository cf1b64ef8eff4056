import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * What managing games needs. Games are few: columns with a constant default are added without a rewrite, the checks and indexes read
 * a small table, and no play waits for longer than that. The statement that records plays stays as it was: an archived game is
 * a closed one, which it knows by closes_at.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    alter table game
      add column version integer not null default 1,
      add column archived_at timestamptz,
      add constraint game_version_check check (version >= 1),
      add constraint game_archived_check check (archived_at is null or (closes_at is not null and closes_at <= archived_at))`
  yield* sql`comment on table game is
    'One promotional game. Deleted only where nobody has ever played it: with plays it is archived, because they name it.'`
  yield* sql`comment on column game.version is 'Incremented by each change. An edit that expects another version is refused.'`
  yield* sql`comment on column game.archived_at is
    'When it was archived: it is closed for good and takes no changes; null: it is not. Not a state of its own for plays.'`
  // The list in the order of opening. Cursors have milliseconds, and only a time without a zone is cut to them immutably.
  yield* sql`
    create index game_opening_idx on game (date_trunc('milliseconds', coalesce(opens_at, created_at) at time zone 'UTC'), id)`
  // The search by the beginning of a title.
  yield* sql`create index game_title_idx on game (lower(title) collate "C")`
})
