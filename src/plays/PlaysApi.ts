import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Slug } from "../games/Game.ts"
import { GameNotFound } from "../games/GameErrors.ts"
import { needs } from "../platform/contract/Access.ts"
import { idempotencyKey } from "../platform/contract/IdempotencyKey.ts"
import * as Moment from "../platform/contract/Moment.ts"
import * as Paging from "../platform/contract/Paging.ts"
import {
  bodyProblems,
  DatabaseUnavailable,
  IdempotencyKeyReused,
  Overloaded,
  TooManyRequests
} from "../platform/contract/Problems.ts"
import { type PlayField, PlayId, receiptWith, RecordPlay } from "./Play.ts"
import { detailsWith, GamePlaysCursor } from "./lists/PlayDetails.ts"
import { GameNotOpen, PlayLimitReached, PlayNotFound } from "./PlayErrors.ts"

const IdempotencyKey = idempotencyKey("play", "play that was recorded", "6c8e3a52-6a43-4c5e-9d5f-3d2d7c1f9a10")

/** The endpoints of plays. Parts add fields to the answer, and to plays as staff see them. */
export const playsApi = (parts: ReadonlyArray<PlayField>) => {
  const receipt = receiptWith(parts)
  const details = detailsWith(parts)
  const page = Paging.pageOf(details, GamePlaysCursor, {
    identifier: "GamePlayPage",
    description: "A page of a game's plays."
  })
  return HttpApiGroup.make("plays")
    .add(
      HttpApiEndpoint.post("record", "/games/:slug/plays", {
        params: { slug: Slug },
        headers: { "idempotency-key": Schema.optionalKey(IdempotencyKey) },
        payload: RecordPlay,
        success: receipt.pipe(HttpApiSchema.status(201)),
        error: [
          GameNotFound,
          PlayLimitReached,
          GameNotOpen,
          ...bodyProblems,
          IdempotencyKeyReused,
          TooManyRequests,
          Overloaded,
          DatabaseUnavailable
        ]
      })
        .annotate(OpenApi.Summary, "Record a play")
        .annotate(
          OpenApi.Description,
          "Records one play of a game, exactly once, and answers when it is on disk: was the address known to the brand's ESP, had it played this game before, how many plays is that now. A new contact is registered at the ESP on the way; where the ESP does not answer in time, `contact` is `unknown` and settled later.\n\nA play is counted once for each request that is answered with 201. Send an `Idempotency-Key` with every play: then a request whose answer was lost can be sent again, and the play is still counted once."
        ),
      HttpApiEndpoint.get("get", "/plays/:id", {
        params: { id: PlayId },
        success: receipt,
        error: [PlayNotFound, TooManyRequests, DatabaseUnavailable]
      })
        .annotate(OpenApi.Summary, "Show a play")
        .annotate(OpenApi.Description, "The answer to a play once more, with the verdict as it stands now."),
      HttpApiEndpoint.get("list", "/games/:slug/plays", {
        params: { slug: Slug },
        query: {
          ...Paging.query(GamePlaysCursor),
          from: Schema.optionalKey(Moment.fromClient("Only plays from then on.", "2026-11-20T00:00:00.000Z")),
          to: Schema.optionalKey(Moment.fromClient("Only plays before then.", "2026-11-21T00:00:00.000Z"))
        },
        success: page,
        error: [GameNotFound, TooManyRequests, DatabaseUnavailable]
      })
        .annotate(OpenApi.Summary, "List a game's plays")
        .annotate(OpenApi.Transform, Paging.limitIsNumber)
        .annotate(
          OpenApi.Description,
          `The plays of the game with all that is stored of them, newest first. ${Paging.mayBeShort}`
        )
        .pipe(needs("players:read")),
      HttpApiEndpoint.get("show", "/games/:slug/plays/:id", {
        params: { slug: Slug, id: PlayId },
        success: details,
        error: [GameNotFound, PlayNotFound, TooManyRequests, DatabaseUnavailable]
      })
        .annotate(OpenApi.Summary, "Show all of a play")
        .annotate(OpenApi.Description, "A play of the game with all that is stored of it.")
        .pipe(needs("players:read"))
    )
    .prefix("/api/v1")
    .annotate(OpenApi.Description, "Recording plays, and looking them up.")
}

export class PlaysApi extends playsApi([]) {}
