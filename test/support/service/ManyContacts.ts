import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * Adds players `many1@shop.example` to `many<count>@shop.example` to a game, each with this many plays. If `contact` is
 * given, each has a contact at that ESP that was given up, or that waits and is due at 2026-11-20T13:00:00Z. `prefix`
 * replaces `many`, and `at` is the time of the plays, by default an hour earlier.
 */
export const addMany = Effect.fnUntraced(function* (options: {
  readonly slug: string
  readonly count: number
  readonly plays?: number
  readonly contact?: { readonly esp: string; readonly isStuck: boolean }
  readonly prefix?: string
  readonly at?: Date
}) {
  const sql = yield* SqlClient.SqlClient
  const { at = new Date("2026-11-20T12:00:00Z"), contact, count, plays = 1, prefix = "many", slug } = options
  yield* sql`
    with added as (
      insert into player (id, email_key, email, created_at)
      select gen_random_uuid(), ${prefix} || n || '@shop.example', initcap(${prefix}) || n || '@shop.example', ${at}
      from generate_series(1, ${count}::int) n
      returning id
    ),
    entered as (
      insert into entry (player_id, game_id, plays, granted, period_plays, created_at, updated_at)
      select added.id, game.id, ${plays}, 1, 0, ${at}, ${at} from added, game where slug = ${slug}
    ),
    played as (
      insert into play (id, player_id, game_id, number, esp, played_at)
      select (substr(time, 1, 8) || '-' || substr(time, 9, 4) || substr(gen_random_uuid()::text, 14))::uuid, added.id, game.id, n, game.esp, ${at}
      from added, game, generate_series(1, ${plays}::int) n,
        lpad(to_hex((extract(epoch from ${at}::timestamptz) * 1000)::bigint + n), 12, '0') as time
      where slug = ${slug}
      returning id, player_id, number
    )
    insert into contact (player_id, esp, play_id, verdict, reason, attempts, due_at, created_at, updated_at)
    select player_id, ${contact?.esp ?? ""}::text, id, 'unknown', 'unreachable', 9,
      case when ${contact?.isStuck ?? false} then null else '2026-11-20T13:00:00Z'::timestamptz end, ${at}, ${at}
    from played where number = ${plays} and ${contact !== undefined}`
})
