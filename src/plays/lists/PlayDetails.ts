import { Schema } from "effect"
import { Verdict } from "../../esp/Verdict.ts"
import { Slug } from "../../games/Game.ts"
import * as Moment from "../../platform/contract/Moment.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { emailOrNull, playerExample, PlayerId, playerFields } from "../../players/Player.ts"
import { type PlayField, PlayId } from "../Play.ts"

const playExample = "019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b52"

const consentFields = {
  textVersion: Schema.String.annotate({
    description: "Version of the consent text that the player agreed to.",
    examples: ["2026-10"]
  }),
  language: Schema.String.annotate({ description: "BCP 47 tag of the language of that text.", examples: ["en"] })
}

/** A play with all that is stored of it, for those who run the game. */
export const PlayDetails = Schema.Struct({
  id: PlayId,
  game: Slug,
  playerId: PlayerId,
  email: emailOrNull,
  number: Schema.Int.annotate({
    description: "Which of the player's plays of this game it is: 1, 2, 3…",
    examples: [1]
  }),
  playedAt: Moment.toClient("When the play was recorded, in UTC.", "2026-11-20T10:00:00.000Z"),
  name: Schema.NullOr(Schema.String).annotate({
    description: "The player's name as typed with this play; null: none was, or the player was forgotten.",
    examples: ["Nora"]
  }),
  score: Schema.NullOr(Schema.Finite).annotate({
    description: "The score that was reached; null: none was sent.",
    examples: [120]
  }),
  consent: Schema.NullOr(
    Schema.Struct(consentFields).annotate({ identifier: "GivenConsent", description: "A consent to marketing." })
  ).annotate({ description: "The player's consent to marketing; null: the play gave none." }),
  data: Schema.NullOr(Schema.Record(Schema.String, Schema.Unknown)).annotate({
    description: "Whatever the game sent with the play; null: nothing, or the player was forgotten.",
    examples: [{ prize: "coffee" }]
  }),
  esp: Schema.String.annotate({
    description: "Name of the ESP connection that the game had then.",
    examples: ["sandbox"]
  }),
  contact: Verdict
}).annotate({ identifier: "PlayDetails", description: "A play with all that is stored of it." })
export type PlayDetails = typeof PlayDetails.Type

/** The same with the fields of parts. Each is optional: a play may be older than the module. */
export const detailsWith = (fields: ReadonlyArray<PlayField>): typeof PlayDetails => {
  if (fields.length === 0) return PlayDetails
  const added = Object.fromEntries(fields.map(({ field, schema }) => [field, Schema.optionalKey(schema)]))
  // As with the answer to a play, the static type stays the plain one.
  return Schema.Struct({ ...PlayDetails.fields, ...added }).annotate({ ...PlayDetails.ast.annotations })
}

/** Walks end at any row, or at a bound between rows, which has no version. */
const AnyUuid = Schema.String.check(Schema.isPattern(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u))

/** The list of a game's plays is ordered by id, and so by time, newest first. */
export const GamePlaysCursor = Paging.cursor("game-plays", AnyUuid, playExample)

/** A place in the plays of a player. */
export const PlayerPlaysPlace = Schema.Struct({
  id: AnyUuid,
  /** How many of the player's plays are older. */
  left: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
export type PlayerPlaysPlace = typeof PlayerPlaysPlace.Type

export const PlayerPlaysCursor = Paging.cursor("player-plays", PlayerPlaysPlace, { id: playExample, left: 3 })

/** What a player has done in a game. */
export const EntryFacts = Schema.Struct({
  game: Slug,
  playerId: PlayerId,
  email: emailOrNull,
  plays: Schema.Int.annotate({ description: "How many plays the player has in the game.", examples: [3] }),
  firstPlayedAt: Moment.toClient("When the player's first play was recorded, in UTC.", "2026-11-20T10:00:00.000Z"),
  lastSeenAt: Moment.toClient(
    "When the player last played, in UTC; also where the limit turned that play away.",
    "2026-11-21T18:30:00.000Z"
  ),
  periodPlays: Schema.Int.annotate({ description: "Plays in the current period of the game's limit.", examples: [1] }),
  periodEndsAt: Moment.toClientOrNull(
    "When that period ends, in UTC; null: it never does, or the next play begins one.",
    "2026-11-22T00:00:00.000Z"
  )
}).annotate({ identifier: "Entry", description: "A player in a game." })
export type EntryFacts = typeof EntryFacts.Type

/** The entries of a game are ordered by player, those of a player by game. */
export const GameEntriesCursor = Paging.cursor("game-entries", AnyUuid, playerExample)
export const PlayerEntriesCursor = Paging.cursor("player-entries", AnyUuid, playerExample)

/** A player, with a summary of what they have played. */
export const PlayerFacts = Schema.Struct({
  ...playerFields,
  name: Schema.NullOr(Schema.String).annotate({
    description:
      "A player has no name of their own: this is the one typed with the newest play; where a limit has turned away later ones, it may be the one typed with the first. Null: none was typed.",
    examples: ["Nora"]
  }),
  games: Schema.Int.annotate({ description: "How many games the player has played.", examples: [2] }),
  plays: Schema.Int.annotate({ description: "How many plays the player has in all of them.", examples: [4] }),
  lastSeenAt: Moment.toClientOrNull(
    "When the player last played, in UTC; also where a limit turned that play away. Null: no play is stored.",
    "2026-11-21T18:30:00.000Z"
  )
}).annotate({ identifier: "Player", description: "A person who plays, known by one address." })
export type PlayerFacts = typeof PlayerFacts.Type
