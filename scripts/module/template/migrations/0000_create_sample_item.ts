import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Sample items are looked up by id. The list is ordered by id too: a UUID v7 begins with the time. */
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
  yield* sql`comment on table sample_item is 'One row per sample item.'`
  yield* sql`comment on column sample_item.id is 'UUID v7, made by the service. It begins with the time, which orders the list.'`
  yield* sql`comment on column sample_item.name is 'The name that people see; unique.'`
  yield* sql`comment on column sample_item.note is 'A note; null: none.'`
  yield* sql`comment on column sample_item.version is 'Incremented by each change. An edit that expects another version is refused.'`
  yield* sql`comment on column sample_item.created_at is 'The time of creation.'`
  yield* sql`comment on column sample_item.updated_at is 'The time of the last change.'`
})
