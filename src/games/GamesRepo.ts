import { PgTypes } from "@effect/sql-pg"
import { type DateTime, Effect, Option, Result, Schema } from "effect"
import { SqlClient, SqlSchema } from "effect/sql"
import { isDataError } from "../platform/postgres/Transient.ts"
import { SlugTaken } from "./GameErrors.ts"
import { Game, Slug } from "./Game.ts"

const texts = (values: ReadonlyArray<string>) => Result.getOrThrow(PgTypes.array(values, PgTypes.OID.text))

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const find = SqlSchema.findOneOption({
    Request: Slug,
    Result: Game,
    execute: (slug) => sql`select * from game where slug = ${slug}`
  })

  const insertOrNothing = SqlSchema.findOneOption({
    Request: Game.insert,
    Result: Game,
    execute: (game) =>
      sql`insert into game ${sql.insert({ ...game, espTags: texts(game.espTags) })} on conflict on constraint game_slug_key do nothing returning *`
  })

  const insert = (game: typeof Game.insert.Type) =>
    Effect.flatMap(
      insertOrNothing(game),
      Option.match({
        onNone: () => Effect.fail(new SlugTaken({ slug: game.slug })),
        onSome: Effect.succeed
      })
    )

  /** Whether PostgreSQL knows the time zone. */
  const knowsTimeZone = (name: string) =>
    sql`select now() at time zone ${name}`.pipe(
      Effect.as(true),
      Effect.catchIf(isDataError, () => Effect.succeed(false))
    )

  const list = SqlSchema.findAll({
    Request: Schema.Void,
    Result: Game,
    execute: () => sql`select * from game order by slug`
  })

  const close = SqlSchema.findOneOption({
    Request: Schema.Struct({ slug: Slug, at: Schema.DateTimeUtcFromDate }),
    Result: Game,
    execute: ({ at, slug }) =>
      sql`
        update game set closes_at = least(closes_at, ${at}), opens_at = case when opens_at < ${at} then opens_at end,
          updated_at = ${at}
        where slug = ${slug}
        returning *`
  })

  const move = SqlSchema.findOneOption({
    Request: Schema.Struct({
      slug: Slug,
      at: Schema.DateTimeUtcFromDate,
      esp: Schema.String,
      espList: Schema.NullOr(Schema.String),
      espTags: Schema.Array(Schema.String)
    }),
    Result: Game,
    execute: ({ at, esp, espList, espTags, slug }) =>
      sql`
        update game set esp = ${esp}, esp_list = ${espList}, esp_tags = ${texts(espTags)}, updated_at = ${at}
        where slug = ${slug}
        returning *`
  })

  return {
    find,
    insert,
    knowsTimeZone,
    list: list(),
    move,
    close: (slug: Slug, at: DateTime.Utc) => close({ slug, at })
  }
})
