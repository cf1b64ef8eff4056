import { Schema } from "effect"
import type { Slug } from "../games/Game.ts"
import { array, OID } from "../platform/postgres/Arrays.ts"
import * as PlayPart from "../plays/PlayPart.ts"
import type { Draw, Draws } from "./Draws.ts"
import { languageOf, titleIn } from "./Draws.ts"
import { valueSql } from "./Odds.ts"

/** What a play has drawn. Its members are those of prizes too, so that pages need not tell the two apart. */
export const Prize = Schema.Struct({
  segment: Schema.String.annotate({
    description: "The id of the page's segment that was drawn.",
    examples: ["coffee"]
  }),
  title: Schema.String.annotate({
    description: "The segment's title, in the language of the play's consent or else in the page's first.",
    examples: ["Free coffee"]
  }),
  isWin: Schema.Boolean.annotate({ description: "Whether it is a win.", examples: [true] })
}).annotate({
  identifier: "PlayPrize",
  description:
    "What the play has drawn of the segments of the game's page. Left out where nothing can be drawn. The same for a retry."
})

/** The games whose plays draw. The module sets them when a page changes. */
export const draws: PlayPart.Kept<Draws> = { initial: new Map() }

type Plays = Parameters<Parameters<typeof PlayPart.forTheBatch>[1]>[0]
type Play = Plays[number]

/** Plays with the same name draw from the same shares, with titles in the same language. */
const nameOf = (slug: Slug, language: string) => `${slug} ${language}`

const drawnBy = (play: Play, memory: PlayPart.Memory): string | null => {
  const draw = memory.get(draws).get(play.slug)
  return draw === undefined ? null : nameOf(play.slug, languageOf(draw, play.play.consent?.language))
}

interface Named {
  readonly name: string
  readonly draw: Draw
  readonly language: string
}

/** What the plays of a batch are drawn by, each once. */
const named = (batch: Plays, memory: PlayPart.Memory): ReadonlyArray<Named> => {
  const found = new Map<string, Named>()
  for (const { play, slug } of batch) {
    const draw = memory.get(draws).get(slug)
    if (draw === undefined) continue
    const language = languageOf(draw, play.consent?.language)
    const name = nameOf(slug, language)
    found.set(name, { name, draw, language })
  }
  return [...found.values()]
}

const seeded = (type: string, oid: number, of: (one: Named) => unknown) =>
  PlayPart.forTheBatch(`${type}[]`, (batch, memory) => array(named(batch, memory).map(of), oid))

type Shared = Named & { readonly share: Draw["shares"][number] }

const shared = (type: string, oid: number, of: (one: Shared) => unknown) =>
  PlayPart.forTheBatch(`${type}[]`, (batch, memory) =>
    array(
      named(batch, memory)
        .flatMap((one) => one.draw.shares.map((share) => ({ ...one, share })))
        .map(of),
      oid
    )
  )

/**
 * Draws a segment for each play of a game whose page has weighted ones, and stores it with the play. Only the statement knows the
 * number of a play, so that it computes what hangs on the number; seed and shares are parameters.
 */
export const part = PlayPart.make({
  field: "prize",
  schema: Prize,
  isNeeded: (batch, memory) => {
    const drawing = memory.get(draws)
    return drawing.size > 0 && batch.some(({ slug }) => drawing.has(slug))
  },
  parameters: {
    draw: PlayPart.forEachPlay(OID.text, drawnBy),
    names: seeded("text", OID.text, ({ name }) => name),
    inner: seeded("bytea", OID.bytea, ({ draw }) => draw.pads.inner),
    outer: seeded("bytea", OID.bytea, ({ draw }) => draw.pads.outer),
    ofNames: shared("text", OID.text, ({ name }) => name),
    segments: shared("text", OID.text, ({ share }) => share.segment),
    titles: shared("text", OID.text, ({ draw, language, share }) => titleIn(draw, share, language)),
    wins: shared("boolean", OID.bool, ({ share }) => share.isWin),
    lasts: shared("bigint", OID.int8, ({ share }) => share.last)
  },
  statement: ({ draw, inner, lasts, names, ofNames, outer, segments, titles, wins }) => `
      drawing_play as materialized (
        select settled_play.id, settled_play.player_id, settled_play.game_id, settled_play.${draw} as draw,
          ${valueSql({ inner: "seeded.inner_pad", outer: "seeded.outer_pad", emailKey: "settled_play.email_key", number: "settled_play.number::int" })} as value
        from settled_play
        join unnest(${names}, ${inner}, ${outer}) as seeded (draw, inner_pad, outer_pad) on seeded.draw = settled_play.${draw}
        where settled_play.number is not null
      ),
      new_prize as (
        insert into play_prize (player_id, play_id, game_id, segment, title, is_win)
        select drawing_play.player_id, drawing_play.id, drawing_play.game_id, drawn.segment, drawn.title, drawn.is_win
        from drawing_play
        cross join lateral (
          select share.segment, share.title, share.is_win
          from unnest(${ofNames}, ${segments}, ${titles}, ${wins}, ${lasts}) as share (draw, segment, title, is_win, last)
          where share.draw = drawing_play.draw and share.last >= drawing_play.value
          order by share.last
          limit 1
        ) drawn
        order by drawing_play.player_id, drawing_play.id
        returning play_id, jsonb_build_object('segment', segment, 'title', title, 'isWin', is_win) as value
      )`,
  result: "new_prize",
  recorded: `
      select jsonb_build_object('segment', play_prize.segment, 'title', play_prize.title, 'isWin', play_prize.is_win) as value
      from play_prize where play_prize.player_id = play.player_id and play_prize.play_id = play.id`,
  column: Prize,
  shown: (prize) => prize
})
