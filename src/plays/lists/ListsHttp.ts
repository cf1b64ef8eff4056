import { Effect, Layer, Option } from "effect"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { keyOf, prefixOf } from "../../players/Email.ts"
import { Entries } from "../Entries.ts"
import { EntriesApi } from "./EntriesApi.ts"
import { EntriesList } from "./EntriesList.ts"
import { PlayersApi } from "./PlayersApi.ts"
import { PlayersList } from "./PlayersList.ts"
import { PlaysList } from "./PlaysList.ts"

const pageQuery = <Cursor>({ cursor, limit }: { readonly cursor?: Cursor; readonly limit?: number }) => ({
  ...(limit === undefined ? {} : { limit }),
  ...(cursor === undefined ? {} : { after: cursor })
})

const players = Handlers.group(
  contractOf(PlayersApi),
  "players",
  Effect.fnUntraced(function* (handlers) {
    const list = yield* PlayersList
    const entries = yield* EntriesList
    const plays = yield* PlaysList
    return handlers.handleAll({
      list: ({ query: { email, emailPrefix, ...page } }) =>
        list.list({
          ...pageQuery(page),
          ...(email === undefined ? {} : { email: keyOf(email) }),
          ...(emailPrefix === undefined ? {} : { emailPrefix: Option.getOrThrow(prefixOf(emailPrefix)) })
        }),
      get: ({ params }) => list.find(params.id),
      entries: ({ params, query }) => entries.ofPlayer(params.id, pageQuery(query)),
      plays: ({ params, query }) => plays.ofPlayer(params.id, pageQuery(query))
    })
  })
)

const entries = Handlers.group(
  contractOf(EntriesApi),
  "entries",
  Effect.fnUntraced(function* (handlers) {
    const list = yield* EntriesList
    const entries = yield* Entries
    return handlers.handleAll({
      list: ({ params, query }) => list.ofGame(params.slug, pageQuery(query)),
      get: ({ params }) => list.find(params.slug, params.playerId),
      reset: ({ params: { playerId, slug } }) =>
        Effect.andThen(entries.reset(slug, { playerId }), list.find(slug, playerId))
    })
  })
)

export const layer = Layer.merge(players, entries)
