import { Effect } from "effect"
import { SqlClient } from "effect/sql"

/**
 * The pages that games are played on, what plays draw there, and how often pages are seen.
 *
 * `game_page` goes with its game, which is deleted only where nobody has ever played it. `play_prize` has the key of `play`, player
 * first, so that one index serves both the answer to a retry and the export of a person.
 */
export default Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    create table game_page (
      game_id uuid not null,
      version integer not null,
      settings jsonb not null,
      seed bytea,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      constraint game_page_pkey primary key (game_id),
      constraint game_page_game_fkey foreign key (game_id) references game (id) on delete cascade,
      constraint game_page_version_check check (version >= 2)
    )`
  yield* sql`comment on table game_page is 'How the page of a game looks and what it gives. A game without a row has a plain page.'`
  yield* sql`comment on column game_page.version is
    'Incremented by each change; 1 is the page of a game without a row. An edit that expects another version is refused.'`
  yield* sql`comment on column game_page.settings is 'All that staff set, as the API shows it to them.'`
  yield* sql`comment on column game_page.seed is
    'What plays are drawn by: 32 random bytes, encrypted with SECRETS_KEY. Null until a segment has a weight. Never changed.'`

  // Its row is locked until each change of a page is committed, so that whoever sees a number sees all changes up to it.
  yield* sql`
    create table game_page_revision (
      is_only boolean not null default true,
      revision bigint not null default 0,
      constraint game_page_revision_pkey primary key (is_only),
      constraint game_page_revision_is_only_check check (is_only)
    )`
  yield* sql`insert into game_page_revision default values`
  yield* sql`comment on table game_page_revision is
    'One row: how often pages were changed. Processes read it each second, to see whether what they know of pages is still right.'`
  yield* sql`comment on column game_page_revision.revision is 'How many changes of pages there were.'`
  yield* sql`comment on column game_page_revision.is_only is 'Always true: there is one row.'`

  yield* sql`
    create table game_page_consent (
      game_id uuid not null,
      language text collate "C" not null,
      version text collate "C" not null,
      text text not null,
      created_at timestamptz not null,
      constraint game_page_consent_pkey primary key (game_id, language, version),
      constraint game_page_consent_game_fkey foreign key (game_id) references game (id) on delete cascade
    )`
  yield* sql`comment on table game_page_consent is
    'Every consent text that a page has had: the plays name language and version, and this is what was agreed to.'`
  yield* sql`comment on column game_page_consent.language is 'BCP 47 tag, as the plays name it.'`
  yield* sql`comment on column game_page_consent.text is 'What visitors were asked to agree to.'`
  yield* sql`comment on column game_page_consent.version is 'The beginning of the SHA-256 of the text, in hexadecimal.'`
  yield* sql`comment on column game_page_consent.created_at is 'When the page had it first.'`

  yield* sql`
    create table play_prize (
      player_id uuid not null,
      play_id uuid not null,
      game_id uuid not null,
      segment text collate "C" not null,
      title text not null,
      is_win boolean not null,
      constraint play_prize_pkey primary key (player_id, play_id)
    )`
  yield* sql`comment on table play_prize is
    'What a play drew of the segments of its game''s page. Written with the play and never changed.'`
  yield* sql`comment on column play_prize.play_id is 'With player_id the key of the play.'`
  yield* sql`comment on column play_prize.segment is 'The id of the segment, as the page had it then.'`
  yield* sql`comment on column play_prize.title is 'Its title then, in the language of the play.'`
  yield* sql`comment on column play_prize.is_win is 'Whether it was a win then.'`

  yield* sql`
    create table game_view_origin (
      game_id uuid not null,
      origin text collate "C" not null,
      constraint game_view_origin_pkey primary key (game_id, origin)
    )`
  yield* sql`comment on table game_view_origin is
    'The origins that views of a game are counted by: a bounded number, because anybody can name any.'`
  yield* sql`comment on column game_view_origin.origin is 'Of a page that the game is in, such as https://shop.example.'`

  yield* sql`
    create table game_view (
      game_id uuid not null,
      quarter integer not null,
      origin text collate "C" not null,
      views integer not null,
      starts integer not null,
      consents integer not null,
      constraint game_view_pkey primary key (game_id, quarter, origin)
    ) with (fillfactor = 80)`
  yield* sql`comment on table game_view is
    'How often the page of a game was seen, by quarter of an hour and by the origin of the page that it was in.'`
  yield* sql`comment on column game_view.views is 'How often the game was shown.'`
  yield* sql`comment on column game_view.quarter is 'Quarter of an hour: whole quarters since 1970 in UTC.'`
  yield* sql`comment on column game_view.origin is 'Empty: no origin was named. other: one beyond those that are counted.'`
  yield* sql`comment on column game_view.starts is 'How often somebody began to play.'`
  yield* sql`comment on column game_view.consents is 'How often somebody ticked the box of the consent.'`
})
