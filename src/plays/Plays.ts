import { Context, DateTime, Effect, Layer } from "effect"
import type { Verdict } from "../esp/Verdict.ts"
import { Contacts } from "../contacts/Contacts.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { type DatabaseUnavailable, Overloaded } from "../platform/contract/Problems.ts"
import { spans } from "../platform/observe/Spans.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import type { PlayId, PlayReceipt } from "./Play.ts"
import { PlayNotFound } from "./PlayErrors.ts"
import { type PlayFields, PlayParts, shownOf } from "./PlayPart.ts"
import type { Refusal } from "./PlayOutcome.ts"
import * as PlaysRepo from "./PlaysRepo.ts"
import { PlayWriter } from "./PlayWriter.ts"
import { type NewPlay, submissionOf } from "./Submission.ts"
import { WriterSql } from "./WriterSql.ts"

export type RecordError = Refusal | Overloaded

export class Plays extends Context.Service<
  Plays,
  {
    /** Records a play and waits for the ESP's verdict. The play is on disk when this succeeds. */
    readonly record: (play: NewPlay) => Effect.Effect<PlayReceipt, RecordError>
    /** A recorded play, with the current verdict. */
    readonly get: (id: PlayId) => Effect.Effect<PlayReceipt, PlayNotFound | DatabaseUnavailable>
    /** Whether the queue is full, so that the next play would be refused. */
    readonly isFull: Effect.Effect<boolean>
    /** Whether no play could get to disk for some seconds. */
    readonly isFailing: Effect.Effect<boolean>
    /** Deletes idempotency keys older than IDEMPOTENCY_RETENTION; gives how many. */
    readonly forgetOldKeys: Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/plays/Plays") {
  static readonly layerNoDeps = Layer.effect(
    Plays,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const settings = yield* PlaysSettings
      const writer = yield* PlayWriter
      const withSpan = yield* spans
      const contacts = yield* Contacts
      const repo = yield* PlaysRepo.make
      const parts = yield* PlayParts
      const retry = retryTransient(databaseDeadline)

      const record = Effect.fnUntraced(function* (asked: NewPlay) {
        const play = yield* Effect.catchTag(writer.submit(yield* submissionOf(asked)), "QueueFull", () =>
          Effect.fail(new Overloaded({}))
        )
        if (play.verdict !== "unknown") return receipt(play, play.verdict, play.fields)
        return receipt(play, yield* contacts.await(play.playerId, play.esp), play.fields)
      }, withSpan("Plays.record"))

      const get = Effect.fn("Plays.get")(function* (id: PlayId) {
        const [play] = yield* retry(repo.find([id]))
        if (play === undefined) return yield* new PlayNotFound({})
        return receipt(play, play.verdict, shownOf(parts, play.fields))
      })

      const forgetOldKeys = Effect.gen(function* () {
        const before = DateTime.subtractDuration(yield* DateTime.now, settings.idempotencyRetention)
        // A bounded number per statement: a large one would hold its locks and its snapshot for long.
        return yield* retry(repo.forgetKeys(DateTime.toDateUtc(before), 10_000))
      })

      return Plays.of({ record, get, isFull: writer.isFull, isFailing: writer.isFailing, forgetOldKeys })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(PlayWriter.layer), Layer.provide(WriterSql.layer))
}

const receipt = (
  { id, number, playedAt, slug }: PlaysRepo.RecordedPlay,
  contact: Verdict,
  fields: PlayFields
): PlayReceipt => ({
  ...fields,
  id,
  game: slug,
  playedAt,
  playedBefore: number > 1,
  plays: number,
  contact
})
