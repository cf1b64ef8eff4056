import { Effect, Layer } from "effect"
import { Argument, Command } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { limitOf, Slug } from "../games/Game.ts"
import { EmailInput, keyOf } from "../players/Email.ts"
import { Entries, type Entry } from "./Entries.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json } from "../platform/cli/Flags.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Terminal from "../platform/cli/Terminal.ts"

const which = {
  game: Argument.String("game").pipe(Argument.withDescription("The game's slug."), Argument.withSchema(Slug)),
  email: Argument.String("email").pipe(
    Argument.withDescription("The player's address."),
    Argument.withSchema(EmailInput)
  ),
  json
}

const linesOf = (entry: Entry): ReadonlyArray<string> => {
  const limit = limitOf(entry)
  const period =
    limit === null || limit.period === "ever"
      ? []
      : [
          entry.periodEndsAt === null
            ? "  period: the next play begins one"
            : `  period: ${entry.periodPlays} of ${limit.plays} plays, ends at ${Moment.iso(entry.periodEndsAt)}`
        ]
  return [
    `${entry.email} in ${entry.game}: ${entry.plays} plays, last seen at ${Moment.iso(entry.updatedAt)}`,
    ...period
  ]
}

const print = (entry: Entry, asJson: boolean) =>
  Terminal.print(
    asJson
      ? JSON.stringify({
          game: entry.game,
          email: entry.email,
          plays: entry.plays,
          limit: limitOf(entry),
          periodPlays: entry.periodPlays,
          periodEndsAt: Moment.iso(entry.periodEndsAt),
          createdAt: Moment.iso(entry.createdAt),
          updatedAt: Moment.iso(entry.updatedAt)
        })
      : linesOf(entry)
  )

const withEntries = Effect.provide(
  Entries.layer.pipe(Layer.provide(Audit.layer), Layer.provideMerge(commandDatabase()))
)

const show = Command.make(
  "show",
  which,
  Effect.fnUntraced(function* ({ email, game, json }) {
    yield* print(yield* (yield* Entries).find(game, { email: keyOf(email) }), json)
  }, withEntries)
).pipe(Command.withDescription("Show how often a player has played a game, and the current period of its limit."))

const reset = Command.make(
  "reset",
  which,
  Effect.fnUntraced(function* ({ email, game, json }) {
    yield* print(yield* (yield* Entries).reset(game, { email: keyOf(email) }), json)
  }, withEntries)
).pipe(
  Command.withDescription(
    "End the current period of a player's limit per day or window: the next play begins a new one. All plays stay."
  )
)

export const entry = Command.make("entry").pipe(
  Command.withDescription("Show a player's entry in a game, and put its limit right."),
  Command.withSubcommands([show, reset])
)
