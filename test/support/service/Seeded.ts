import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import { Audit } from "../../../src/audit/Audit.ts"
import { uuidV7At } from "../../../src/platform/Ids.ts"
import { keyOf } from "../../../src/players/Email.ts"
import { Players } from "../../../src/players/Players.ts"
import { Entries } from "../../../src/plays/Entries.ts"
import { EntriesList } from "../../../src/plays/lists/EntriesList.ts"
import { PlayersList } from "../../../src/plays/lists/PlayersList.ts"
import { PlaysList } from "../../../src/plays/lists/PlaysList.ts"

/** What staff see of players and plays. */
export const lists = Layer.mergeAll(PlaysList.layer, EntriesList.layer, PlayersList.layer, Entries.layer).pipe(
  Layer.provideMerge(Players.layer),
  Layer.provideMerge(Audit.layer)
)

export interface SeededPlay {
  readonly game: string
  readonly email: string
  readonly at: Date
  readonly name?: string
  readonly score?: number
  readonly data?: unknown
  readonly consent?: { readonly textVersion: string; readonly language: string }
}

/** Stores plays of the past as recording them in this order would, without contacts. Returns their ids, in this order. */
export const seedPlays = Effect.fnUntraced(function* (plays: ReadonlyArray<SeededPlay>) {
  const sql = yield* SqlClient.SqlClient
  const ids: Array<string> = []
  for (const { at, consent, data, email, game, name, score } of plays) {
    const id = uuidV7At(at.getTime())
    yield* sql`
      with new_player as (
        insert into player (id, email_key, email, created_at) values (${uuidV7At(at.getTime())}, ${keyOf(email)}, ${email}, ${at})
        on conflict on constraint player_pkey do update set email_key = excluded.email_key returning id
      ),
      new_entry as (
        insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
        select new_player.id, game.id, 1, 1, 1, ${at}, ${at} from new_player, game where slug = ${game}
        on conflict on constraint entry_pkey do update set plays = entry.plays + 1, updated_at = greatest(entry.updated_at, excluded.updated_at)
        returning player_id, game_id, plays
      )
      insert into play (id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data)
      select ${id}, player_id, game_id, plays, 'sandbox', ${at}, ${name ?? null}, ${score ?? null},
        ${consent?.textVersion ?? null}, ${consent?.language ?? null}, ${data === undefined ? null : JSON.stringify(data)}::jsonb
      from new_entry`
    ids.push(id)
  }
  return ids
})

/**
 * Adds `count` plays to a game, `gap` milliseconds apart from `at` on, each of a player of its own, `<prefix><n>@shop.example`, whose
 * contact has this verdict.
 */
export const seedMany = Effect.fnUntraced(function* (options: {
  readonly game: string
  readonly count: number
  readonly prefix: string
  readonly at: Date
  readonly gap?: number
  readonly verdict?: "created" | "rejected" | "unknown"
  readonly data?: unknown
}) {
  const sql = yield* SqlClient.SqlClient
  const { at, count, data = null, game, gap = 1000, prefix, verdict = "created" } = options
  yield* sql`
    with seeded as materialized (
      select n, moment, hex, ${prefix} || n || '@shop.example' as email,
        (hex || '7' || substr(md5(${prefix} || n), 1, 3) || '8' || substr(md5(${prefix} || n), 4, 15))::uuid as player_id,
        (hex || '7' || substr(md5(n || ${prefix}), 1, 3) || '9' || substr(md5(n || ${prefix}), 4, 15))::uuid as id
      from generate_series(1, ${count}::int) n,
        lateral (select ${at}::timestamptz + make_interval(secs => n * ${gap / 1000}::float8) as moment) time,
        lateral (select lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') as hex) id
    ),
    new_player as (
      insert into player (id, email_key, email, created_at) select player_id, email, initcap(email), moment from seeded order by n
    ),
    new_entry as (
      insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
      select player_id, game.id, 1, 1, 1, moment, moment from seeded, game where slug = ${game} order by n
    ),
    new_contact as (
      insert into contact (player_id, esp, play_id, verdict, attempts, settled_at, created_at, updated_at)
      select player_id, 'sandbox', id, ${verdict}::text, 1, case when ${verdict}::text <> 'unknown' then moment end, moment, moment
      from seeded order by n
    )
    insert into play (id, player_id, game_id, number, esp, played_at, name, score, data)
    select seeded.id, player_id, game.id, 1, 'sandbox', moment, 'Player ' || n, n,
      ${data === null ? null : JSON.stringify(data)}::jsonb
    from seeded, game where slug = ${game} order by n`
})
