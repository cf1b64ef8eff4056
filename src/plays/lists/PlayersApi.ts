import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { holds, needs } from "../../platform/contract/Access.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import { DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { EmailInput, EmailPrefix } from "../../players/Email.ts"
import { PlayerCursor, PlayerId } from "../../players/Player.ts"
import { PlayerNotFound } from "../../players/PlayerErrors.ts"
import type { PlayField } from "../Play.ts"
import { detailsWith, EntryFacts, PlayerEntriesCursor, PlayerFacts, PlayerPlaysCursor } from "./PlayDetails.ts"

const any = [TooManyRequests, DatabaseUnavailable] as const
const params = { id: PlayerId }

const PlayerPage = Paging.pageOf(PlayerFacts, PlayerCursor, {
  identifier: "PlayerPage",
  description: "A page of the players."
})
const PlayerEntryPage = Paging.pageOf(EntryFacts, PlayerEntriesCursor, {
  identifier: "PlayerEntryPage",
  description: "A page of a player's entries."
})
/**
 * Players, with what they have played. They are listed here because plays know what they have played. Parts add fields to plays.
 */
export const playersApi = (parts: ReadonlyArray<PlayField>) =>
  HttpApiGroup.make("players")
    .add(
      HttpApiEndpoint.get("list", "/", {
        query: {
          ...Paging.query(PlayerCursor),
          email: Schema.optionalKey(EmailInput),
          emailPrefix: Schema.optionalKey(EmailPrefix)
        },
        success: PlayerPage,
        error: any
      })
        .annotate(OpenApi.Summary, "List players")
        .annotate(OpenApi.Transform, Paging.limitIsNumber)
        .annotate(
          OpenApi.Description,
          "All players, newest first; with `email` the player of that address, if there is one; with `emailPrefix` those whose address begins so, by address."
        )
        .pipe(needs("players:read")),
      HttpApiEndpoint.get("me", "/me", { success: PlayerFacts, error: [PlayerNotFound, ...any] })
        .annotate(OpenApi.Summary, "Show the player of a token")
        .annotate(
          OpenApi.Description,
          "The player whom the token speaks for, with a summary of what they have played. 404 `player-not-found`: the brand's server vouches for an address that nobody has played with."
        )
        .pipe(holds("token")),
      HttpApiEndpoint.get("get", "/:id", { params, success: PlayerFacts, error: [PlayerNotFound, ...any] })
        .annotate(OpenApi.Summary, "Show a player")
        .annotate(OpenApi.Description, "The player, with a summary of what they have played.")
        .pipe(holds("players:read")),
      HttpApiEndpoint.get("entries", "/:id/entries", {
        params,
        query: Paging.query(PlayerEntriesCursor),
        success: PlayerEntryPage,
        error: [PlayerNotFound, ...any]
      })
        .annotate(OpenApi.Summary, "List a player's entries")
        .annotate(OpenApi.Transform, Paging.limitIsNumber)
        .annotate(
          OpenApi.Description,
          "The games that the player has played, by the games' ids. Of a forgotten player the numbers are still there."
        )
        .pipe(holds("players:read")),
      HttpApiEndpoint.get("plays", "/:id/plays", {
        params,
        query: Paging.query(PlayerPlaysCursor),
        success: Paging.pageOf(detailsWith(parts), PlayerPlaysCursor, {
          identifier: "PlayerPlayPage",
          description: "A page of a player's plays."
        }),
        error: [PlayerNotFound, ...any]
      })
        .annotate(OpenApi.Summary, "List a player's plays")
        .annotate(OpenApi.Transform, Paging.limitIsNumber)
        .annotate(
          OpenApi.Description,
          `The player's plays of all games, newest first. Of a forgotten player they are still there, without what names the player. ${Paging.mayBeShort}`
        )
        .pipe(holds("players:read"))
    )
    .prefix("/api/v1/players")
    .annotate(OpenApi.Description, "Players, and what they have played.")

export class PlayersApi extends playersApi([]) {}
