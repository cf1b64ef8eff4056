import { DateTime, Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { array, OID } from "../platform/postgres/Arrays.ts"
import { rows } from "../platform/postgres/Rows.ts"
import { isDataError } from "../platform/postgres/Transient.ts"
import { SlugTaken } from "./GameErrors.ts"
import { Game, type Slug } from "./Game.ts"

const asGames = rows(Game)
const encode = Schema.encodeEffect(Game.insert)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  /** Undefined: there is no such game. So it is with `close` and `move`. */
  const find = (slug: Slug) =>
    sql`select * from game where slug = ${slug}`.pipe(
      asGames("GamesRepo.find"),
      Effect.map(([game]) => game)
    )

  const insert = Effect.fn("GamesRepo.insert")(function* (game: typeof Game.insert.Type) {
    const row = yield* Effect.orDie(encode(game))
    const [added] = yield* sql`
      insert into game ${sql.insert({ ...row, espTags: array(row.espTags, OID.text) })}
      on conflict on constraint game_slug_key do nothing
      returning *`.pipe(asGames())
    return added ?? (yield* new SlugTaken({ slug: game.slug }))
  })

  /** Whether PostgreSQL knows the time zone. */
  const knowsTimeZone = (name: string) =>
    sql`select now() at time zone ${name}`.pipe(
      Effect.as(true),
      Effect.catchIf(isDataError, () => Effect.succeed(false))
    )

  /** All games, by slug. */
  const list = sql`select * from game order by slug`.pipe(asGames("GamesRepo.list"))

  const close = (slug: Slug, at: DateTime.Utc) => {
    const now = DateTime.toDateUtc(at)
    return sql`
      update game set closes_at = least(closes_at, ${now}), opens_at = case when opens_at < ${now} then opens_at end,
        updated_at = ${now}
      where slug = ${slug}
      returning *`.pipe(
      asGames("GamesRepo.close"),
      Effect.map(([game]) => game)
    )
  }

  const move = (
    slug: Slug,
    to: { readonly esp: string; readonly espList: string | null; readonly espTags: ReadonlyArray<string> },
    at: DateTime.Utc
  ) =>
    sql`
      update game set esp = ${to.esp}, esp_list = ${to.espList}, esp_tags = ${array(to.espTags, OID.text)},
        updated_at = ${DateTime.toDateUtc(at)}
      where slug = ${slug}
      returning *`.pipe(
      asGames("GamesRepo.move"),
      Effect.map(([game]) => game)
    )

  return { find, insert, knowsTimeZone, list, close, move }
})
