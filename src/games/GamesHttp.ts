import { DateTime, Effect, Option } from "effect"
import * as Handlers from "../platform/edge/Handlers.ts"
import { Connections } from "../esp/Connections.ts"
import { sandboxName } from "../esp/sandbox/EspSandbox.ts"
import { requireEsp } from "../esp/UnknownEsp.ts"
import { PossibleActor } from "../platform/contract/Access.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { ValidationFailed } from "../platform/contract/Problems.ts"
import type { Game } from "./Game.ts"
import { Games } from "./Games.ts"
import { GamesApi } from "./GamesApi.ts"
import { factsOf, managedOf } from "./ManagedGame.ts"

const invalid = (message: string, ...path: ReadonlyArray<string>) =>
  Effect.fail(new ValidationFailed({ errors: [{ path, message }] }))

/** What only the database or the stored game can tell of a body's fields. */
const refused = {
  TimesReversed: ({ message }: { readonly message: string }) => invalid(message, "payload", "closesAt"),
  TimeZoneUnknown: ({ message }: { readonly message: string }) => invalid(message, "payload", "timeZone")
}

const managed = (game: Game) => Effect.map(DateTime.now, (now) => managedOf(game, now))

export const layer = Handlers.group(
  contractOf(GamesApi),
  "games",
  Effect.fnUntraced(function* (handlers) {
    const games = yield* Games
    const connections = yield* Connections

    const requireConnection = (esp: string, ...path: ReadonlyArray<string>) =>
      requireEsp(esp).pipe(
        Effect.provideService(Connections, connections),
        Effect.catchTag("UnknownEsp", ({ message }) => invalid(message, ...path))
      )

    return handlers.handleAll({
      list: Effect.fnUntraced(function* ({ query }) {
        const { cursor: after, sort = "newest", ...filter } = query
        if (after !== undefined && after.sort !== sort) {
          return yield* invalid(`Expected a cursor of the order ${sort}`, "query", "cursor")
        }
        const page = yield* games.page({ ...filter, sort, after })
        const now = yield* DateTime.now
        return { ...page, items: page.items.map((game) => managedOf(game, now)) }
      }),
      create: Effect.fnUntraced(function* ({ payload }) {
        const { closesAt = null, esp = sandboxName, limit = null, opensAt = null, timeZone = "UTC", ...rest } = payload
        yield* requireConnection(esp, "payload", "esp")
        const added = yield* games
          .add({ ...rest, closesAt, esp, limit, opensAt, timeZone })
          .pipe(Effect.catchTags(refused))
        return yield* managed(added)
      }),
      get: Effect.fnUntraced(function* ({ params }) {
        const game = yield* games.lookUp(params.slug)
        const actor = yield* PossibleActor
        const now = yield* DateTime.now
        return Option.exists(actor, ({ permissions }) => permissions.has("games:read"))
          ? managedOf(game, now)
          : factsOf(game, now)
      }),
      update: Effect.fnUntraced(function* ({ headers, params, payload }) {
        if (payload.esp !== undefined) yield* requireConnection(payload.esp, "payload", "esp")
        const changed = yield* games
          .change(params.slug, payload, headers["if-match"] ?? null)
          .pipe(Effect.catchTags(refused))
        return yield* managed(changed)
      }),
      open: ({ headers, params }) => Effect.flatMap(games.open(params.slug, headers["if-match"] ?? null), managed),
      close: ({ headers, params }) => Effect.flatMap(games.close(params.slug, headers["if-match"] ?? null), managed),
      duplicate: Effect.fnUntraced(function* ({ params, payload }) {
        yield* requireConnection((yield* games.find(params.slug)).esp, "params", "slug")
        return yield* Effect.flatMap(games.duplicate(params.slug, payload), managed)
      }),
      delete: Effect.fnUntraced(function* ({ headers, params }) {
        const archived = yield* games.remove(params.slug, headers["if-match"] ?? null)
        return archived === undefined ? undefined : yield* managed(archived)
      })
    })
  })
)
