import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Sample items are looked up by id and by name, and listed by id, which begins with the time: the newest first. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table sample_item (
      id uuid not null,
      name text not null,
      note text,
      version integer not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint sample_item_pkey primary key (id),
      constraint sample_item_name_key unique (name),
      constraint sample_item_version_check check (version >= 1)
    )`
  // if --jobs
  yield* sql`create index sample_item_updated_at_idx on sample_item (updated_at)`
  // end if
  yield* sql`comment on table sample_item is 'One row a sample item.'`
  yield* sql`comment on column sample_item.id is 'UUID v7 made by the service: begins with the time, by which pages of the list go.'`
  yield* sql`comment on column sample_item.name is 'For people; no two have the same.'`
  yield* sql`comment on column sample_item.note is 'What else is to be known of it.'`
  yield* sql`comment on column sample_item.version is 'Counts the changes of the row: an edit that was meant for another version is refused.'`
  yield* sql`comment on column sample_item.created_at is 'When it was made.'`
  yield* sql`comment on column sample_item.updated_at is 'When it was changed last.'`
})
