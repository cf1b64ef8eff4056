import { DateTime, Effect, Schema } from "effect"
import { Connections } from "../esp/Connections.ts"
import { Games } from "./Games.ts"

/** No ESP connection has this name. */
export class UnknownEsp extends Schema.TaggedError<UnknownEsp>()("UnknownEsp", {
  esp: Schema.String,
  names: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `There is no ESP connection ${JSON.stringify(this.esp)}. There are: ${this.names.join(", ")}. ESP_CONNECTIONS names them.`
  }
}

/** Fails unless a connection has this name. */
export const requireEsp = Effect.fnUntraced(function* (esp: string) {
  const { names } = yield* Connections
  if (!names.includes(esp)) return yield* new UnknownEsp({ esp, names })
})

/** Warns of games that take plays, now or later, and name a connection that is not there: their contacts wait in vain. */
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
