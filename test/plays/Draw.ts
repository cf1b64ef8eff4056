import { Effect, Schema } from "effect"
import { SqlClient } from "effect/sql"
import { OID } from "../../src/platform/postgres/Arrays.ts"
import * as PlayPart from "../../src/plays/PlayPart.ts"

/** Creates tables that no migration has: prizes with their shares, and what was drawn, with a unique number. */
export const makeTables = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  yield* sql`create table prize (name text constraint prize_pkey primary key, up_to float8 not null)`
  yield* sql`insert into prize values ('none', 0.5), ('coffee', 0.9), ('car', 1)`
  yield* sql`
    create table drawn (
      play_id uuid constraint drawn_pkey primary key,
      prize text not null,
      ticket int constraint drawn_ticket_key unique,
      code text not null
    )`
})

const Drawn = Schema.Struct({ prize: Schema.String, code: Schema.String })

/**
 * A part that draws a prize for each play, weighted by the play's score, with a code that only its player is shown, and takes the
 * ticket that the play names. A score of 1 and more draws nothing.
 */
export const draw = PlayPart.make({
  field: "draw",
  schema: Schema.Struct({ prize: Schema.String, code: Schema.optionalKey(Schema.String) }).annotate({
    identifier: "Draw",
    description: "What the play has drawn."
  }),
  parameters: {
    point: PlayPart.forEachPlay(OID.float8, ({ play }) => play.score ?? 0),
    ticket: PlayPart.forEachPlay(OID.int4, ({ play }) => play.data?.["ticket"] ?? null),
    secret: PlayPart.forTheBatch("text", (batch) => `secret of ${batch.length}`)
  },
  statement: ({ point, secret, ticket }) => `
      new_drawn as (
        insert into drawn (play_id, prize, ticket, code)
        select settled_play.id, drawn_prize.name, settled_play.${ticket}, md5(settled_play.id || ${secret})
        from settled_play
        cross join lateral (
          select prize.name from prize where prize.up_to > settled_play.${point} order by prize.up_to limit 1
        ) drawn_prize
        where settled_play.number is not null
        order by settled_play.id
        returning play_id, jsonb_build_object('prize', prize, 'code', code) as value
      )`,
  result: "new_drawn",
  recorded: "select jsonb_build_object('prize', prize, 'code', code) as value from drawn where drawn.play_id = play.id",
  column: Drawn,
  shown: ({ prize }) => ({ prize })
})

/** A second part, which writes nothing and has no parameters. */
export const first = PlayPart.make({
  field: "isFirst",
  schema: Schema.Boolean.annotate({ description: "Whether it is the player's first play of this game." }),
  statement: () => `
      first as (select id as play_id, number = 1 as value from settled_play where number is not null)`,
  result: "first",
  recorded: "select play.number = 1 as value",
  column: Schema.Boolean,
  shown: (isFirst) => isFirst
})
