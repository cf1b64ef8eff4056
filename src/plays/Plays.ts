import { Clock, Context, DateTime, Effect, Layer } from "effect"
import { createHash } from "node:crypto"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { Contacts } from "../contacts/Contacts.ts"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import { uuidV7At } from "../platform/Ids.ts"
import { canonical } from "../platform/JsonData.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { type DatabaseUnavailable, type IdempotencyKeyReused, Overloaded } from "../platform/Problems.ts"
import { spanOf, spans } from "../platform/observe/Spans.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import { keyOf } from "../players/Email.ts"
import { PlayId, type PlayReceipt, type RecordPlay } from "./Play.ts"
import { type GameNotOpen, type PlayLimitReached, PlayNotFound } from "./PlayErrors.ts"
import * as PlaysRepo from "./PlaysRepo.ts"
import { PlayWriter } from "./PlayWriter.ts"
import { WriterSql } from "./WriterSql.ts"

export interface NewPlay {
  readonly slug: Slug
  readonly play: RecordPlay
  readonly key: string | undefined
}

export type RecordError =
  | GameNotFound
  | GameNotOpen
  | PlayLimitReached
  | IdempotencyKeyReused
  | Overloaded
  | DatabaseUnavailable

export class Plays extends Context.Service<
  Plays,
  {
    /** Records a play and finds out what the ESP says. It is on disk when this succeeds. */
    readonly record: (play: NewPlay) => Effect.Effect<PlayReceipt, RecordError>
    /** A recorded play, with the verdict as it stands. */
    readonly get: (id: PlayId) => Effect.Effect<PlayReceipt, PlayNotFound | DatabaseUnavailable>
    /** Whether the next play would be refused for want of room. */
    readonly isFull: Effect.Effect<boolean>
    /** For some seconds no play has got to disk, although there were some or could have been. */
    readonly isFailing: Effect.Effect<boolean>
    /** Forgets idempotency keys that have outlived IDEMPOTENCY_RETENTION; gives how many. */
    readonly forgetOldKeys: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/plays/Plays") {
  /** Needs the database, contacts and the settings. */
  static readonly layerNoDeps = Layer.effect(
    Plays,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const settings = yield* PlaysSettings
      const writer = yield* PlayWriter
      const withSpan = yield* spans
      const contacts = yield* Contacts
      const repo = yield* PlaysRepo.make
      const retry = retryTransient(databaseDeadline)

      const record = Effect.fnUntraced(function* ({ key, play, slug }: NewPlay) {
        const now = yield* Clock.currentTimeMillis
        const email = play.email.trim()
        const emailKey = keyOf(email)
        const written = yield* writer
          .submit({
            id: PlayId.make(uuidV7At(now)),
            slug,
            playedAt: new Date(now),
            playerId: uuidV7At(now),
            emailKey,
            email,
            name: play.name ?? null,
            score: play.score ?? null,
            consentTextVersion: play.consent?.textVersion ?? null,
            consentLanguage: play.consent?.language ?? null,
            data: play.data === undefined ? null : JSON.stringify(play.data),
            key: key ?? null,
            since: yield* monotonicMillis,
            span: yield* Effect.withFiber((fiber) => Effect.succeed(spanOf(fiber))),
            requestHash: key === undefined ? null : createHash("sha256").update(canonical(play)).digest()
          })
          .pipe(Effect.catchTag("QueueFull", () => Effect.fail(new Overloaded({}))))
        const { esp, playerId } = written
        const verdict = written.verdict === "unknown" ? yield* contacts.await(playerId, esp) : written.verdict
        return receipt(slug, written, verdict)
      }, withSpan("Plays.record"))

      const get = Effect.fn("Plays.get")(function* (id: PlayId) {
        const [play] = yield* retry(repo.find([id]))
        if (play === undefined) return yield* new PlayNotFound({})
        return receipt(play.slug, { ...play, playedAt: new Date(play.playedAt.epochMilliseconds) }, play.verdict)
      })

      const forgetOldKeys = Effect.gen(function* () {
        const before = DateTime.subtractDuration(yield* DateTime.now, settings.idempotencyRetention)
        // A bounded number a statement: a large one would hold its locks and its snapshot for long.
        return yield* retry(repo.forgetKeys(DateTime.toDateUtc(before), 10_000))
      })

      return Plays.of({ record, get, isFull: writer.isFull, isFailing: writer.isFailing, forgetOldKeys })
    })
  )

  /** Needs the database, contacts and the settings. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide(PlayWriter.layer), Layer.provide(WriterSql.layer))
}

const receipt = (
  slug: Slug,
  play: { readonly id: PlayId; readonly number: number; readonly playedAt: Date },
  contact: PlayReceipt["contact"]
): PlayReceipt => ({
  id: play.id,
  game: slug,
  playedAt: DateTime.fromDateUnsafe(play.playedAt),
  playedBefore: play.number > 1,
  plays: play.number,
  contact
})
