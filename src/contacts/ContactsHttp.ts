import { DateTime, Effect } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { Connections } from "../esp/Connections.ts"
import { EspNotFound } from "../esp/EspErrors.ts"
import { Games } from "../games/Games.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { Backlog } from "./Backlog.ts"
import { ContactNotEnded } from "./ContactErrors.ts"
import { ContactsApi } from "./ContactsApi.ts"
import { ContactsList } from "./ContactsList.ts"

export const layer = Handlers.group(
  contractOf(ContactsApi),
  "contacts",
  Effect.fnUntraced(function* (handlers) {
    const list = yield* ContactsList
    const backlog = yield* Backlog
    const games = yield* Games
    const { names } = yield* Connections

    /** A contact at a connection that is gone would be attempted in vain. */
    const requireEsp = (esp: string) => (names.includes(esp) ? Effect.void : Effect.fail(new EspNotFound({})))

    return handlers.handleAll({
      list: ({ query: { cursor: after, stuck: isStuck, ...query } }) => list.list({ ...query, after, isStuck }),
      get: ({ params }) => list.find(params.playerId, params.esp),
      ofPlayer: ({ params, query: { cursor: after, limit } }) => list.ofPlayer(params.id, { after, limit }),
      retry: Effect.fnUntraced(function* ({ params: { esp, playerId } }) {
        yield* list.find(playerId, esp)
        yield* requireEsp(esp)
        if (!(yield* backlog.restartOne({ playerId, esp }))) return yield* new ContactNotEnded({})
        return yield* list.find(playerId, esp)
      }),
      retryAll: Effect.fnUntraced(function* ({ payload: { as, cursor, esp, game, since } }) {
        if (game !== undefined) yield* games.find(game)
        if (esp !== undefined) yield* requireEsp(esp)
        const { count, next } = yield* backlog.restartSome(
          { as, esp: esp ?? null, game: game ?? null, since: since === undefined ? null : DateTime.toDateUtc(since) },
          cursor
        )
        return { started: count, nextCursor: next === null ? null : { ...next, dueAt: null } }
      })
    })
  })
)
