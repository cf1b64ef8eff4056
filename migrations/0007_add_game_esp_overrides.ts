import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/** Games are few, and columns with a constant default are added without a rewrite. */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`alter table game add column esp_list text, add column esp_tags text[] not null default '{}'`
  yield* sql`comment on column game.esp_list is
    'List at the ESP that the game''s contacts are added to instead of the connection''s own; null: the connection''s.'`
  yield* sql`comment on column game.esp_tags is 'Tags that the game''s contacts get beside those of the connection.'`
})
