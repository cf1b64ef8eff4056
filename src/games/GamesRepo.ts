import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { row, rows } from "../platform/postgres/Rows.ts"
import { isDataError } from "../platform/postgres/Transient.ts"
import { Game, type GameId, type GameState, type Slug } from "./Game.ts"
import type { GameSetup } from "./GameSetup.ts"
import type { GamePlace, GameSort } from "./ManagedGame.ts"

const asGames = rows(Game)
const asGame = row(Game)
const encode = Schema.encodeEffect(Game.insert)
const asHolders = rows(Schema.Struct({ holder: Schema.String }))
const asFlag = row(Schema.Struct({ isThere: Schema.Boolean }))
const asStep = row(Schema.Struct({ isPlayed: Schema.Boolean, last: Schema.NullOr(Schema.String) }))

export interface Filter {
  readonly sort: GameSort
  /** Null: from the beginning. */
  readonly after: GamePlace | null
  /** As it is at `now`. */
  readonly state: GameState | null
  /** The beginning of the slug or of the title. */
  readonly q: string | null
  readonly esp: string | null
  readonly now: DateTime.Utc
}

const date = (moment: DateTime.Utc | null): Date | null => (moment === null ? null : DateTime.toDateUtc(moment))

/** A pattern of `like` for texts that begin with this one. */
const startsWith = (text: string): string => `${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const first = Effect.map(([game]: ReadonlyArray<Game>): Game | undefined => game)

  /** Undefined: there is no such game. So it is with `findById` and `hold`. */
  const find = (slug: Slug) => sql`select * from game where slug = ${slug}`.pipe(asGames("GamesRepo.find"), first)

  /** Those that are there, in no order. */
  const findAll = (slugs: ReadonlyArray<Slug>) =>
    sql`select * from game where slug = any(${array(slugs, OID.text)})`.pipe(asGames("GamesRepo.findAll"))

  const findById = (id: GameId) => sql`select * from game where id = ${id}`.pipe(asGames("GamesRepo.findById"), first)

  /** The game, which nobody else changes before the end of the transaction. Plays read it without a lock. */
  const hold = (slug: Slug) =>
    sql`select * from game where slug = ${slug} for update`.pipe(asGames("GamesRepo.hold"), first)

  /** Undefined: the slug is taken, perhaps by this very row, if the connection of an earlier attempt broke. */
  const insert = Effect.fn("GamesRepo.insert")(function* (game: typeof Game.insert.Type) {
    const encoded = yield* Effect.orDie(encode(game))
    return yield* sql`
      insert into game ${sql.insert({ ...encoded, espTags: array(encoded.espTags, OID.text) })}
      on conflict on constraint game_slug_key do nothing
      returning *`.pipe(asGames(), first)
  })

  /** Of a game that is held, so it is there. */
  const update = (id: GameId, setup: GameSetup, at: DateTime.Utc) =>
    sql`
      update game set
        title = ${setup.title}, opens_at = ${date(setup.opensAt)}, closes_at = ${date(setup.closesAt)},
        time_zone = ${setup.timeZone}, limit_plays = ${setup.limit?.plays ?? null},
        limit_period = ${setup.limit?.period ?? null}, limit_window_seconds = ${setup.limit?.windowSeconds ?? null},
        esp = ${setup.esp}, esp_list = ${setup.espList}, esp_tags = ${array(setup.espTags, OID.text)},
        archived_at = ${date(setup.archivedAt)}, version = version + 1,
        updated_at = greatest(updated_at, ${DateTime.toDateUtc(at)})
      where id = ${id}
      returning *`.pipe(asGame("GamesRepo.update"))

  /** Undefined: no game has this id and version. */
  const remove = (id: GameId, version: number) =>
    sql`delete from game where id = ${id} and version = ${version} returning *`.pipe(asGames("GamesRepo.remove"), first)

  /** Whether PostgreSQL knows the time zone. */
  const knowsTimeZone = (name: string) =>
    sql`select now() at time zone ${name}`.pipe(
      Effect.as(true),
      Effect.catchIf(isDataError, () => Effect.succeed(false))
    )

  /** All games, by slug. */
  const all = sql`select * from game order by slug`.pipe(asGames("GamesRepo.all"))

  // To the letter that of the index game_opening_idx.
  const opening = sql.literal("date_trunc('milliseconds', coalesce(opens_at, created_at) at time zone 'UTC')")

  const isBeyond = (place: GamePlace) => {
    switch (place.sort) {
      case "newest":
        return sql`id < ${place.id}`
      case "slug":
        return sql`slug > ${place.slug}`
      case "opening":
        return sql`(${opening}, id) < (${new Date(place.at)}::timestamptz at time zone 'UTC', ${place.id}::uuid)`
    }
  }

  const isIn = (state: GameState, now: Date) => {
    const isPlanned = sql`archived_at is null and opens_at > ${now}`
    const isOver = sql`archived_at is null and closes_at <= ${now}`
    switch (state) {
      case "archived":
        return sql`archived_at is not null`
      case "scheduled":
        return isPlanned
      case "closed":
        return isOver
      case "open":
        return sql`archived_at is null and (opens_at is null or opens_at <= ${now})
          and (closes_at is null or closes_at > ${now})`
    }
  }

  const orders = {
    newest: sql`id desc`,
    slug: sql`slug`,
    opening: sql`${opening} desc, id desc`
  } satisfies Record<GameSort, unknown>

  /** Up to `count` games in the order of `sort`. */
  const list = ({ after, esp, now, q, sort, state }: Filter, count: number) => {
    const where = [
      ...(after === null ? [] : [isBeyond(after)]),
      ...(state === null ? [] : [isIn(state, DateTime.toDateUtc(now))]),
      ...(esp === null ? [] : [sql`esp = ${esp}`]),
      ...(q === null
        ? []
        : [sql`(slug like lower(${startsWith(q)}) or lower(title) collate "C" like lower(${startsWith(q)}))`])
    ]
    return sql`
      select * from game where ${where.length === 0 ? sql`true` : sql.and(where)}
      order by ${orders[sort]} limit ${count}`.pipe(asGames("GamesRepo.list"))
  }

  /** Whether a play of the game with an Idempotency-Key is remembered. The quick answer for most games that were played. */
  const hasKeys = (id: GameId) =>
    sql`select exists (select from idempotency_key where game_id = ${id}) as is_there`.pipe(
      asFlag("GamesRepo.hasKeys"),
      Effect.map(({ isThere }) => isThere)
    )

  /** Looks through the `count` plays of all games before this id. `last`: where to go on; null: these were the first ones. */
  const playsBefore = (id: GameId, before: string, count: number) =>
    sql`
      with step as (select id, game_id from play where id < ${before}::uuid order by id desc limit ${count})
      select exists (select from step where game_id = ${id}) as is_played,
        (select id from step order by id desc offset ${count - 1} limit 1) as last`.pipe(
      asStep("GamesRepo.playsBefore")
    )

  const isWritingPlays = sql`
    locktype = 'relation' and granted and mode = 'RowExclusiveLock' and pid <> pg_backend_pid()
    and relation = 'play'::regclass and database = (select oid from pg_database where datname = current_database())`

  /** The transactions that are writing plays. What begins after this has been read sees what was committed before. */
  const writersOfPlays = sql`select virtualtransaction as holder from pg_locks where ${isWritingPlays}`.pipe(
    asHolders("GamesRepo.writersOfPlays"),
    Effect.map((found) => found.map(({ holder }) => holder))
  )

  /** Whether any of these transactions goes on. */
  const areWriting = (holders: ReadonlyArray<string>) =>
    sql`
      select exists (
        select from pg_locks where ${isWritingPlays} and virtualtransaction = any(${array(holders, OID.text)})
      ) as is_there`.pipe(
      asFlag("GamesRepo.areWriting"),
      Effect.map(({ isThere }) => isThere)
    )

  return {
    find,
    findAll,
    findById,
    hold,
    insert,
    update,
    remove,
    knowsTimeZone,
    all,
    list,
    hasKeys,
    playsBefore,
    writersOfPlays,
    areWriting
  }
})
export type GamesRepo = Effect.Success<typeof make>
