import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * A handful of rows for each account at an ESP, written at every call to it. Unlogged: what they say is worthless after some
 * seconds, and a crash that empties them costs an answer 429 at most. The fill factor leaves each row room for its next version
 * on the same page.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create unlogged table esp_governor (
      account text collate "C" not null,
      bucket text collate "C" not null,
      slice_millis bigint not null,
      newest bigint not null,
      slices integer[] not null,
      leases jsonb not null,
      closed_until timestamptz not null,
      constraint esp_governor_pkey primary key (account, bucket)
    ) with (fillfactor = 30)`
  yield* sql`comment on table esp_governor is
    'How many calls the replicas have made to an account at an ESP. The bucket named "" holds calls under way and closings.'`
  yield* sql`comment on column esp_governor.account is 'The account at the ESP, or a hash of its key.'`
  yield* sql`comment on column esp_governor.bucket is 'The limit that is counted.'`
  yield* sql`comment on column esp_governor.slice_millis is 'Length of a slice.'`
  yield* sql`comment on column esp_governor.newest is 'The last slice in slices, counted from 1970.'`
  yield* sql`comment on column esp_governor.slices is 'Calls in each slice of the last window, oldest first.'`
  yield* sql`comment on column esp_governor.leases is
    'Calls under way: until when each counts at the latest, in milliseconds since 1970.'`
  yield* sql`comment on column esp_governor.closed_until is 'The provider takes no calls before this time.'`
})
