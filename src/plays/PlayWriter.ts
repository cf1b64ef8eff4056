import { Clock, Context, Duration, Effect, Exit, Layer } from "effect"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { DatabaseUnavailable } from "../platform/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { Contacts, type NewContact } from "../contacts/Contacts.ts"
import * as ParkedPlays from "./ParkedPlays.ts"
import * as PlayBatch from "./PlayBatch.ts"
import * as PlaysHealth from "./PlaysHealth.ts"
import * as PlaysRepo from "./PlaysRepo.ts"

interface Writer extends GroupCommit.GroupCommit<PlaysRepo.Submission, PlayBatch.Written, PlayBatch.Refusal> {
  /** For some seconds plays have been tried, and none has got to disk. Asks the database where they cannot tell. */
  readonly isFailing: Effect.Effect<boolean>
}

/** Writes plays in shared transactions; each gets its own outcome, and each new contact its first attempt. */
export class PlayWriter extends Context.Service<PlayWriter, Writer>()("fairground/plays/PlayWriter") {
  /** Needs the database, contacts and the settings. */
  static readonly layer = Layer.effect(
    PlayWriter,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const settings = yield* PlaysSettings
      const contacts = yield* Contacts
      const plays = yield* PlaysRepo.make
      const health = yield* PlaysHealth.make(plays.probe)
      const deadline = Duration.toMillis(databaseDeadline)

      const repo: PlayBatch.Repo = {
        find: (ids) => Effect.tapError(plays.find(ids), note),
        unlocked: (batch) => Effect.tapError(plays.unlocked(batch), note),
        // The lease begins when the contact does: a play may have waited for its batch.
        record: (batch, isHurried) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Effect.tapError(plays.record(batch, contacts.leaseUntil(now), isHurried), note)
          )
      }
      const note = (error: unknown) => Effect.sync(() => health.note(error))

      /** Begun here and not by the request, whose client may have gone by now. */
      const beginAttempts = (batch: PlayBatch.Batch, outcomes: ReadonlyArray<PlayBatch.Outcome>) => {
        const begun = batch.flatMap((play, index) => {
          const outcome = outcomes[index]
          if (outcome === undefined || Exit.isFailure(outcome) || !outcome.value.isNewContact) return []
          const begin = contacts.begin(contactOf(play, outcome.value))
          return [play.span === undefined ? begin : Effect.withParentSpan(begin, play.span)]
        })
        return begun.length === 0 ? Effect.void : Effect.all(begun, { discard: true })
      }

      /** Those whose time is over are not tried any more. */
      const writeInTime = Effect.fnUntraced(function* (
        batch: PlayBatch.Batch,
        options: PlayBatch.Options
      ): Effect.fn.Return<ReadonlyArray<PlayBatch.Outcome>> {
        const now = yield* monotonicMillis
        const leftTo = (play: PlaysRepo.Submission) => deadline - (now - play.since)
        // The deadline is each play's own, the wait for its batch included.
        const inTime = batch.filter((play) => leftTo(play) > 0)
        // One that has waited long leaves the others of its batch a moment to try.
        const left = Math.max(Math.min(deadline, 1000), Math.min(deadline, ...inTime.map(leftTo)))
        const written = yield* PlayBatch.make(repo, retryTransient(left), options)(inTime)
        yield* beginAttempts(inTime, written)
        if (inTime.length === batch.length) return written
        const outcomes = new Map(inTime.map((play, index) => [play, written[index]]))
        return batch.map((play) => outcomes.get(play) ?? tooLate)
      })

      // Made before the queue, so that it closes after it.
      const parked = yield* ParkedPlays.make({
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        write: (batch) => writeInTime(batch, { isHurried: true, isParked: true }),
        health
      })

      const group = yield* GroupCommit.make<PlaysRepo.Submission, PlayBatch.Written, PlayBatch.Refusal>({
        name: "plays",
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        writers: settings.playWriters,
        run: Effect.fnUntraced(function* (batch: PlayBatch.Batch) {
          health.begin()
          // One who is known to meet a lock would keep the others waiting.
          const free = parked.isEmpty() ? batch : batch.filter((play) => !parked.holds(play))
          const outcomes = yield* Effect.onError(
            writeInTime(free, { isHurried: !parked.isEmpty(), isParked: false }),
            () => health.end([])
          )
          yield* health.end(outcomes)
          return yield* parked.replaceLocked(batch, free, outcomes)
        })
      })
      return PlayWriter.of({ ...group, isFailing: health.isFailing })
    })
  )
}

const tooLate: PlayBatch.Outcome = Exit.fail(new DatabaseUnavailable({}))

const contactOf = (play: PlaysRepo.Submission, written: PlayBatch.Written): NewContact => ({
  playerId: written.playerId,
  esp: written.esp,
  email: play.email,
  emailKey: play.emailKey,
  name: play.name,
  game: play.slug,
  plays: written.number,
  score: play.score,
  playedAt: written.playedAt,
  consent:
    play.consentTextVersion === null || play.consentLanguage === null
      ? null
      : { textVersion: play.consentTextVersion, language: play.consentLanguage, at: written.playedAt },
  data: play.data === null ? null : (JSON.parse(play.data) as NewContact["data"]),
  list: written.espList,
  tags: written.espTags
})
