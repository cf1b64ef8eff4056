import { DateTime, Schema } from "effect"
import { Verdict } from "../esp/Verdict.ts"
import { nextDayAt } from "../games/Days.ts"
import { LimitPeriod } from "../games/Game.ts"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { PlayId } from "./Play.ts"
import type { Composed } from "./PlayPart.ts"
import type { Batch, Submission } from "./Submission.ts"

/** The statement's parameters: an array for each column of `input`, in the order of its columns. */
const columns: ReadonlyArray<readonly [oid: number, of: (play: Submission) => unknown]> = [
  [OID.uuid, ({ id }) => id],
  [OID.text, ({ slug }) => slug],
  [OID.timestamptz, ({ playedAt }) => DateTime.toDateUtc(playedAt)],
  [OID.uuid, ({ playerId }) => playerId],
  [OID.text, ({ emailKey }) => emailKey],
  [OID.text, ({ email }) => email],
  [OID.text, ({ play }) => play.name ?? null],
  [OID.float8, ({ play }) => play.score ?? null],
  [OID.text, ({ play }) => play.consent?.textVersion ?? null],
  [OID.text, ({ play }) => play.consent?.language ?? null],
  [OID.text, ({ play }) => (play.data === undefined ? null : JSON.stringify(play.data))],
  [OID.text, ({ key }) => key ?? null],
  [OID.bytea, ({ requestHash }) => requestHash ?? null]
]

/** The number of the statement's own parameters, without those of parts. */
export const own = columns.length + 1

/**
 * Records a batch: all of it or nothing, in one statement and so one transaction. Each play is judged on its own.
 *
 * - Lookups of stored rows are lateral, so that they stay index lookups (see WriterSql).
 * - Rows are written in the order of their keys, so that two writers wait for each other and never deadlock.
 * - An entry's row is locked by `on conflict do update`, which sees its newest version: the limit is decided there.
 *   `granted` is how many of the batch's plays of this entry the limit lets in. Their numbers follow those of earlier plays.
 * - Plays of an entry on both sides of a period's end cannot share a statement: those after it get the outcome `wait`.
 */
const textOf = (parts: Composed) => `
      with input as (
        select * from unnest(
          $1, $2,
          $3, $4,
          $5, $6,
          $7, $8,
          $9, $10,
          $11, $12,
          $13${parts.arrays}
        ) with ordinality as input (
          id, slug, played_at, candidate_id, email_key, email, name, score, consent_text_version, consent_language,
          data, key, request_hash${parts.columns}, place
        )
      ),
      judged as materialized (
        select input.*, game.id as game_id, game.esp, game.esp_list, game.esp_tags, game.opens_at, game.closes_at,
          game.limit_plays, game.limit_period, game.limit_window_seconds,
          player.id as known_player_id, earlier.play_id as earlier_play_id,
          case game.limit_period
            when 'day' then ${nextDayAt("input.played_at", "game.time_zone")}
            when 'window' then input.played_at + make_interval(secs => game.limit_window_seconds)
          end as period_ends_at,
          case
            when game.id is null then 'unknown-game'
            when earlier.request_hash = input.request_hash then 'earlier'
            when earlier.play_id is not null then 'key-reused'
            when input.played_at < game.opens_at or input.played_at >= game.closes_at then 'not-open'
            else 'open'
          end as judgement
        from input
        left join lateral (select * from game where game.slug = input.slug offset 0) game on true
        left join lateral (
          select * from idempotency_key where idempotency_key.game_id = game.id and idempotency_key.key = input.key offset 0
        ) earlier on true
        left join lateral (select player.id from player where player.email_key = input.email_key offset 0) player on true
      ),
      new_player as (
        insert into player (id, email_key, email, created_at)
        select distinct on (email_key) candidate_id, email_key, email, played_at
        from judged
        where judgement = 'open' and known_player_id is null
        order by email_key, place
        -- Another process may have added it since the statement began: its row is needed, and only an update returns it.
        on conflict on constraint player_pkey do update set email_key = excluded.email_key
        returning id, email_key
      ),
      known_play as materialized (
        select judged.*, coalesce(known_player_id, new_player.id) as player_id,
          case limit_period
            when 'day' then period_ends_at <> first_value(period_ends_at) over entry_plays
            -- When a window ends is the entry's to say: plays of one moment are surely on the same side of it.
            when 'window' then played_at <> first_value(played_at) over entry_plays
            else false
          end as must_wait
        from judged left join new_player using (email_key)
        where judgement = 'open'
        window entry_plays as (partition by judged.game_id, judged.email_key order by judged.place)
      ),
      open_play as materialized (
        select *, row_number() over (partition by game_id, email_key order by place) as nth
        from known_play
        where not must_wait
      ),
      touched_entry as (
        insert into entry (player_id, game_id, plays, granted, period_plays, period_ends_at, created_at, updated_at${parts.entry.names})
        select player_id, game_id, count(*), count(*), count(*), min(period_ends_at), min(played_at), max(played_at)${parts.entry.inserted}
        from open_play
        where limit_plays is null or nth <= limit_plays
        group by player_id, game_id
        order by player_id, game_id
        on conflict on constraint entry_pkey do update set
          (plays, granted, period_plays, period_ends_at, updated_at${parts.entry.names}) = (
            select entry.plays + let_in.granted, let_in.granted,
              case when let_in.is_new_period then 0 else entry.period_plays end + let_in.granted,
              case when let_in.is_new_period then excluded.period_ends_at else entry.period_ends_at end,
              greatest(entry.updated_at, excluded.updated_at)${parts.entry.updated}
            from (
              select period.is_new_period,
                case when game.limit_plays is null then excluded.plays
                  else least(excluded.plays, greatest(0, game.limit_plays - case
                    when excluded.period_ends_at is null then entry.plays
                    when period.is_new_period then 0
                    else entry.period_plays
                  end))
                end as granted
              from game
              cross join lateral (
                select coalesce(entry.period_ends_at <= excluded.created_at, excluded.period_ends_at is not null) as is_new_period
              ) period
              where game.id = excluded.game_id
            ) let_in
          )
        returning player_id, game_id, plays, granted, period_ends_at${parts.entry.names}
      ),
      settled_play as materialized (
        select open_play.*, touched_entry.period_ends_at as next_play_at${parts.entry.settled},
          contact.verdict, contact.player_id is null as lacks_contact,
          case when open_play.nth <= touched_entry.granted
            then touched_entry.plays - touched_entry.granted + open_play.nth
          end as number
        from open_play
        join touched_entry using (player_id, game_id)
        left join lateral (
          select * from contact where contact.player_id = open_play.player_id and contact.esp = open_play.esp offset 0
        ) contact on true
      ),
      new_play as (
        insert into play (
          id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data
        )
        select id, player_id, game_id, number, esp, played_at, name, score, consent_text_version, consent_language, data::jsonb
        from settled_play
        where number is not null
        order by id
      ),
      new_key as (
        insert into idempotency_key (game_id, key, request_hash, play_id, player_id, created_at)
        select game_id, key, request_hash, id, player_id, played_at
        from settled_play
        where key is not null and number is not null
        order by game_id, key
      ),
      new_contact as (
        insert into contact (player_id, esp, play_id, verdict, attempts, intended_at, due_at, created_at, updated_at)
        select distinct on (player_id, esp) player_id, esp, id, 'unknown', 1, played_at, $14::timestamptz, played_at, played_at
        from settled_play
        where lacks_contact and number is not null
        order by player_id, esp, place
        on conflict on constraint contact_pkey do nothing
        returning play_id
      )${parts.clauses}
      select judged.place::int, settled_play.number::int, settled_play.player_id, judged.esp, judged.esp_list, judged.esp_tags,
        settled_play.verdict,
        case
          when judged.judgement <> 'open' then judged.judgement
          when known_play.must_wait then 'wait'
          when settled_play.number is null then 'limit-reached'
          else 'recorded'
        end as outcome,
        new_contact.play_id is not null as is_new_contact, judged.earlier_play_id, settled_play.next_play_at,
        judged.opens_at, judged.closes_at, judged.limit_plays, judged.limit_period, judged.limit_window_seconds${parts.selected}
      from judged
      left join known_play using (place)
      left join settled_play using (place)
      left join new_contact on new_contact.play_id = judged.id${parts.joined}
      order by judged.place`

const place = { /** The play's position in the batch, from 1. */ place: Schema.Int }

const Recorded = Schema.Struct({
  ...place,
  outcome: Schema.Literal("recorded"),
  number: Schema.Int,
  playerId: Schema.String,
  esp: Schema.String,
  /** The game's own list and tags, for the contact that the play has created. */
  espList: Schema.NullOr(Schema.String),
  espTags: Schema.Array(Schema.String),
  /** Null: the contact was not known before the play. */
  verdict: Schema.NullOr(Verdict),
  isNewContact: Schema.Boolean
})

/** The statement's result for one play of the batch. */
const rowOf = (parts: Composed) =>
  Schema.Union([
    Schema.Struct({ ...parts.row, ...Recorded.fields }),
    Schema.Struct({ ...place, outcome: Schema.Literal("earlier"), earlierPlayId: PlayId }),
    Schema.Struct({
      ...place,
      outcome: Schema.Literal("limit-reached"),
      limitPlays: Schema.Int,
      limitPeriod: LimitPeriod,
      limitWindowSeconds: Schema.NullOr(Schema.Int),
      nextPlayAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
    }),
    Schema.Struct({
      ...place,
      outcome: Schema.Literal("not-open"),
      opensAt: Schema.NullOr(Schema.DateTimeUtcFromDate),
      closesAt: Schema.NullOr(Schema.DateTimeUtcFromDate)
    }),
    Schema.Struct({ ...place, outcome: Schema.Literal("key-reused") }),
    Schema.Struct({ ...place, outcome: Schema.Literal("unknown-game") }),
    Schema.Struct({ ...place, outcome: Schema.Literal("wait") })
  ])
export type Row = ReturnType<typeof rowOf>["Type"]

/** The statement with the parts of modules. `own` parameters precede those of the parts. */
export const make = (parts: Composed) => ({
  text: textOf(parts),
  parametersOf: (batch: Batch, leaseUntil: Date): ReadonlyArray<unknown> => [
    ...columns.map(([oid, of]) => array(batch.map(of), oid)),
    leaseUntil,
    ...parts.parametersOf(batch)
  ],
  row: rowOf(parts)
})
