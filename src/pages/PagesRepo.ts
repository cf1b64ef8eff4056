import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { GameId, Slug } from "../games/Game.ts"
import { row, rows } from "../platform/postgres/Rows.ts"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { GamePage } from "./GamePage.ts"

const Row = Schema.Struct({
  version: Schema.Int,
  settings: GamePage,
  seed: Schema.NullOr(Schema.Uint8Array),
  updatedAt: Schema.DateTimeUtcFromDate
})
export type PageRow = typeof Row.Type

const HeldGame = Schema.Struct({ id: GameId, slug: Slug, version: Schema.Int, isArchived: Schema.Boolean })

const Summary = Schema.Struct({
  game: Slug,
  version: Schema.NullOr(Schema.Int),
  mechanic: Schema.NullOr(GamePage.fields.mechanic),
  isDraft: Schema.NullOr(Schema.Boolean)
})

/** What tells whether a page that was read is still the page. */
const Versions = Schema.Struct({ id: GameId, gameVersion: Schema.Int, pageVersion: Schema.NullOr(Schema.Int) })
export type Versions = typeof Versions.Type

/** What of a page every process keeps. */
const Kept = Schema.Struct({
  gameId: GameId,
  slug: Slug,
  languages: GamePage.fields.languages,
  segments: GamePage.fields.segments,
  embedOrigins: GamePage.fields.embedOrigins,
  seed: Schema.NullOr(Schema.Uint8Array)
})
export type Kept = typeof Kept.Type

const asPages = rows(Row)
const asGames = rows(HeldGame)
const asSummaries = rows(Summary)
const asVersions = rows(Versions)
const asKept = rows(Kept)
const asRevision = row(Schema.Struct({ revision: Schema.String }))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Undefined: it was never set up. */
  const find = (gameId: GameId) =>
    sql`select version, settings, seed, updated_at from game_page where game_id = ${gameId}`.pipe(
      asPages("PagesRepo.find"),
      Effect.map(([page]): PageRow | undefined => page)
    )

  /** The versions of a game and its page; undefined: there is no such game. */
  const versions = (slug: Slug) =>
    sql`
      select game.id, game.version as game_version, game_page.version as page_version
      from game left join game_page on game_page.game_id = game.id
      where game.slug = ${slug}`.pipe(
      asVersions("PagesRepo.versions"),
      Effect.map(([found]): Versions | undefined => found)
    )

  /**
   * The game, which nobody deletes before the end of the transaction, and whose page nobody else changes: pages are changed one after
   * the other. Undefined: there is no such game.
   */
  const hold = Effect.fn("PagesRepo.hold")(function* (slug: Slug) {
    const [game] = yield* sql`
      select id, slug, version, archived_at is not null as is_archived from game where slug = ${slug} for key share`.pipe(
      asGames()
    )
    if (game !== undefined) yield* sql`select revision from game_page_revision for update`
    return game
  })

  /** Stores the page of a game that is held. */
  const store = Effect.fn("PagesRepo.store")(function* (
    gameId: GameId,
    page: { readonly version: number; readonly settings: GamePage; readonly seed: Uint8Array | null },
    at: DateTime.Utc
  ) {
    const now = DateTime.toDateUtc(at)
    yield* sql`
      insert into game_page (game_id, version, settings, seed, created_at, updated_at)
      values (${gameId}, ${page.version}, ${JSON.stringify(page.settings)}::jsonb, ${page.seed}, ${now}, ${now})
      on conflict on constraint game_page_pkey do update set
        version = excluded.version, settings = excluded.settings, seed = excluded.seed,
        updated_at = greatest(game_page.updated_at, excluded.updated_at)`
    yield* sql`update game_page_revision set revision = revision + 1`
  })

  /** Keeps a consent text, unless it is there already. */
  const keepConsent = (gameId: GameId, language: string, version: string, text: string, at: DateTime.Utc) =>
    sql`
      insert into game_page_consent (game_id, language, version, text, created_at)
      values (${gameId}, ${language}, ${version}, ${text}, ${DateTime.toDateUtc(at)})
      on conflict on constraint game_page_consent_pkey do nothing`.pipe(
      Effect.asVoid,
      Effect.withSpan("PagesRepo.keepConsent")
    )

  /** The pages of these games, by slug; null: it was never set up. */
  const list = (games: ReadonlyArray<Slug>) =>
    sql`
      select game.slug as game, game_page.version, settings ->> 'mechanic' as mechanic,
        (settings -> 'isDraft')::boolean as is_draft
      from game left join game_page on game_page.game_id = game.id
      where game.slug = any(${array(games, OID.text)})
      order by game.slug`.pipe(asSummaries("PagesRepo.list"))

  /** Another one after each change of a page. A page that goes with its game changes nothing but how many there are. */
  const revision = sql`
    select revision || ' ' || (select count(*) from game_page) as revision from game_page_revision`.pipe(
    asRevision(),
    Effect.map(({ revision }) => revision)
  )

  /** Of every page that draws, or that is in other pages. */
  const kept = sql`
    select game_page.game_id, game.slug, game_page.settings -> 'languages' as languages,
      game_page.settings -> 'segments' as segments, game_page.settings -> 'embedOrigins' as embed_origins, game_page.seed
    from game_page join game on game.id = game_page.game_id
    where game_page.seed is not null or game_page.settings -> 'embedOrigins' <> '[]'
    order by game_page.game_id`.pipe(asKept("PagesRepo.kept"))

  return { find, versions, list, hold, store, keepConsent, revision, kept }
})
export type PagesRepo = Effect.Success<typeof make>
