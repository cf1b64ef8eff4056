import { DateTime, Effect } from "effect"
import { Connections } from "../esp/Connections.ts"
import { Games } from "../games/Games.ts"

/** Warns of games, open now or later, whose ESP connection does not exist: their contacts are never registered. */
export const warnOfUnknown = Effect.gen(function* () {
  const { names } = yield* Connections
  const games = yield* (yield* Games).list
  const now = yield* DateTime.now
  for (const game of games) {
    const isOver = game.closesAt !== null && !DateTime.isGreaterThan(game.closesAt, now)
    if (isOver || names.includes(game.esp)) continue
    yield* Effect.logWarning("A game names an ESP connection that does not exist: its contacts are not registered", {
      game: game.slug,
      esp: game.esp,
      connections: names.join(", ")
    })
  }
}).pipe(
  Effect.catchTag("DatabaseUnavailable", () =>
    Effect.logWarning("The games' ESP connections could not be looked at: the database does not answer")
  )
)
