import { Effect, Layer, Option } from "effect"
import { CurrentHolder } from "../../platform/contract/Access.ts"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { keyOf, prefixOf } from "../../players/Email.ts"
import { PlayerId } from "../../players/Player.ts"
import { PlayerNotFound } from "../../players/PlayerErrors.ts"
import { Entries } from "../Entries.ts"
import { EntriesApi } from "./EntriesApi.ts"
import { EntriesList } from "./EntriesList.ts"
import { answering, type PlayPart, PlayParts } from "../PlayPart.ts"
import { playersApi } from "./PlayersApi.ts"
import { PlayersList } from "./PlayersList.ts"
import { PlaysList } from "./PlaysList.ts"

/** Of a token's holder: only themselves. Others are answered as players whom there are not. */
const mayAsk = (id: PlayerId) =>
  Effect.flatMap(CurrentHolder, (holder) =>
    holder._tag === "Actor" || holder.playerId === id ? Effect.void : Effect.fail(new PlayerNotFound({}))
  )

const players = (parts: ReadonlyArray<PlayPart>) =>
  Handlers.group(
    contractOf(playersApi(answering(parts))),
    "players",
    Effect.fnUntraced(function* (handlers) {
      const list = yield* PlayersList
      const entries = yield* EntriesList
      const plays = yield* PlaysList
      return handlers.handleAll({
        list: ({ query: { cursor: after, email, emailPrefix, limit } }) =>
          list.list({
            after,
            limit,
            email: email === undefined ? undefined : keyOf(email),
            emailPrefix: emailPrefix === undefined ? undefined : Option.getOrThrow(prefixOf(emailPrefix))
          }),
        me: Effect.fnUntraced(function* () {
          const holder = yield* CurrentHolder
          if (holder._tag === "Actor" || holder.playerId === null) return yield* new PlayerNotFound({})
          return yield* list.find(PlayerId.make(holder.playerId))
        }),
        get: ({ params: { id } }) => Effect.andThen(mayAsk(id), list.find(id)),
        entries: ({ params: { id }, query: { cursor: after, limit } }) =>
          Effect.andThen(mayAsk(id), entries.ofPlayer(id, { after, limit })),
        plays: ({ params: { id }, query: { cursor: after, limit } }) =>
          Effect.andThen(mayAsk(id), plays.ofPlayer(id, { after, limit }))
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
      list: ({ params, query: { cursor: after, limit } }) => list.ofGame(params.slug, { after, limit }),
      get: ({ params }) => list.find(params.slug, params.playerId),
      reset: ({ params: { playerId, slug } }) =>
        Effect.andThen(entries.reset(slug, { playerId }), list.find(slug, playerId))
    })
  })
)

export const layer = Layer.merge(Layer.unwrap(Effect.map(PlayParts, players)), entries)
