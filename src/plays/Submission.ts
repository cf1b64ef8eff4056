import { Clock, DateTime, Effect, type Tracer } from "effect"
import { monotonicMillis } from "../platform/Monotonic.ts"
import type { Slug } from "../games/Game.ts"
import { uuidV7At } from "../platform/Ids.ts"
import { requestHash } from "../platform/RequestHash.ts"
import { spanOf } from "../platform/observe/Spans.ts"
import { type EmailKey, keyOf } from "../players/Email.ts"
import { PlayId, type RecordPlay } from "./Play.ts"

/** A play that a page asks to record. */
export interface NewPlay {
  readonly slug: Slug
  readonly play: RecordPlay
  readonly key: string | undefined
}

/** A play on its way to the database: the request, and what the service adds to it. */
export interface Submission extends NewPlay {
  readonly id: PlayId
  readonly playedAt: DateTime.Utc
  /** The id that a new player gets if this is the address's first play. */
  readonly playerId: string
  /** The address, trimmed. */
  readonly email: string
  readonly emailKey: EmailKey
  /** SHA-256 of the request, where there is a key. */
  readonly requestHash: Uint8Array | undefined
  /** When it was submitted, in milliseconds of the monotonic clock. Its deadline counts from then. */
  readonly since: number
  /** The span of the request, under which the call to the ESP is shown. */
  readonly span: Tracer.AnySpan | undefined
}

export type Batch = ReadonlyArray<Submission>

/** Makes the submission of a play. Its time is now. */
export const submissionOf = ({ key, play, slug }: NewPlay): Effect.Effect<Submission> =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const email = play.email.trim()
    return {
      slug,
      play,
      key,
      id: PlayId.make(uuidV7At(now)),
      playedAt: DateTime.makeUnsafe(now),
      playerId: uuidV7At(now),
      email,
      emailKey: keyOf(email),
      requestHash: key === undefined ? undefined : requestHash(play),
      since: yield* monotonicMillis,
      span: yield* Effect.withFiber((fiber) => Effect.succeed(spanOf(fiber)))
    }
  })

/** Identifies the entry: equal for plays of the same player in the same game. */
export const entryOf = (play: Submission) => `${play.slug} ${play.emailKey}`
