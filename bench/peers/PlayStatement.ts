import type { Verdict } from "../../src/esp/Verdict.ts"
import { named } from "./Database.ts"
import type { NewPlay } from "./Peer.ts"

/** The result of the play. */
export interface Row {
  readonly outcome: "recorded" | "earlier" | "key-reused" | "limit-reached" | "not-open" | "unknown-game"
  readonly number: number | null
  readonly player_id: string | null
  readonly esp: string | null
  readonly verdict: Verdict | null
  readonly is_new_contact: boolean
  readonly earlier_play_id: string | null
  readonly next_play_at: Date | null
  readonly opens_at: Date | null
  readonly closes_at: Date | null
  readonly limit_plays: number | null
  readonly limit_period: string | null
  readonly limit_window_seconds: number | null
}

/** One statement that does everything for a play, as a transaction of its own. */
const query = named(
  "record_play",
  `with judged as materialized (
     select game.id as game_id, game.esp, game.opens_at, game.closes_at,
       game.limit_plays, game.limit_period, game.limit_window_seconds, earlier.play_id as earlier_play_id,
       case game.limit_period
         when 'day' then
           (date_trunc('day', $3::timestamptz at time zone game.time_zone) + interval '1 day') at time zone game.time_zone
         when 'window' then $3::timestamptz + make_interval(secs => game.limit_window_seconds)
       end as period_ends_at,
       case
         when game.id is null then 'unknown-game'
         when earlier.request_hash = $13::bytea then 'earlier'
         when earlier.play_id is not null then 'key-reused'
         when $3::timestamptz < game.opens_at or $3::timestamptz >= game.closes_at then 'not-open'
         else 'open'
       end as judgement
     from (select) always
     left join game on game.slug = $2::text
     left join idempotency_key earlier on earlier.game_id = game.id and earlier.key = $12::text
   ),
   known_player as materialized (
     select id from player where email_key = $5::text
   ),
   new_player as (
     insert into player (id, email_key, email, created_at)
     select $4::uuid, $5::text, $6::text, $3::timestamptz
     from judged where judgement = 'open' and not exists (select from known_player)
     on conflict on constraint player_pkey do update set email_key = excluded.email_key
     returning id
   ),
   open_play as materialized (
     select judged.*, person.id as player_id
     from judged, (select id from known_player union all select id from new_player) person
     where judgement = 'open'
   ),
   touched_entry as (
     insert into entry (player_id, game_id, plays, granted, period_plays, period_ends_at, created_at, updated_at)
     select player_id, game_id, 1, 1, 1, period_ends_at, $3::timestamptz, $3::timestamptz from open_play
     on conflict on constraint entry_pkey do update set
       plays = entry.plays + 1,
       granted = 1,
       period_plays = case when entry.period_ends_at <= excluded.updated_at then 1 else entry.period_plays + 1 end,
       period_ends_at = case
         when coalesce(entry.period_ends_at <= excluded.updated_at, true) then excluded.period_ends_at
         else entry.period_ends_at
       end,
       updated_at = greatest(entry.updated_at, excluded.updated_at)
     where coalesce((select limit_plays from open_play) > case
       when excluded.period_ends_at is null then entry.plays
       when coalesce(entry.period_ends_at <= excluded.updated_at, true) then 0
       else entry.period_plays
     end, true)
     returning plays
   ),
   new_play as (
     insert into play (
       id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data
     )
     select $1::uuid, player_id, game_id, plays, esp, $3::timestamptz, $7::text, $8::float8, $9::text, $10::text, $11::jsonb
     from open_play, touched_entry
   ),
   new_key as (
     insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
     select game_id, $12::text, $13::bytea, $1::uuid, player_id, $3::timestamptz
     from open_play, touched_entry
     where $12::text is not null
   ),
   known_contact as materialized (
     select contact.verdict from contact join open_play using (player_id, esp)
   ),
   new_contact as (
     insert into contact (player_id, esp, play_id, verdict, attempts, intended_at, due_at, created_at, updated_at)
     select player_id, esp, $1::uuid, 'unknown', 1, $3::timestamptz, $14::timestamptz, $3::timestamptz, $3::timestamptz
     from open_play, touched_entry
     where not exists (select from known_contact)
     on conflict on constraint contact_pkey do nothing
     returning play_id
   )
   select
     case
       when judged.judgement <> 'open' then judged.judgement
       when touched_entry.plays is null then 'limit-reached'
       else 'recorded'
     end as outcome,
     touched_entry.plays as number, open_play.player_id, judged.esp, known_contact.verdict,
     new_contact.play_id is not null as is_new_contact, judged.earlier_play_id,
     case when touched_entry.plays is null then (
       select entry.period_ends_at from entry
       where entry.player_id = open_play.player_id and entry.game_id = open_play.game_id
     ) end as next_play_at,
     judged.opens_at, judged.closes_at, judged.limit_plays, judged.limit_period, judged.limit_window_seconds
   from judged
   left join open_play on true
   left join touched_entry on true
   left join known_contact on true
   left join new_contact on true`
)

export const recordPlay = (play: NewPlay) =>
  query([
    play.id,
    play.slug,
    play.playedAt,
    play.candidateId,
    play.emailKey,
    play.email,
    play.name,
    play.score,
    play.consentTextVersion,
    play.consentLanguage,
    play.data,
    play.key,
    play.requestHash,
    play.leaseUntil
  ])
