import { Clock, Context, DateTime, Duration, Effect, Exit, Layer } from "effect"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { PlaysSettings } from "./PlaysSettings.ts"
import { monotonicMillis } from "../platform/Monotonic.ts"
import { Contacts, type NewContact } from "../contacts/Contacts.ts"
import * as ParkedPlays from "./ParkedPlays.ts"
import { type Outcome, type Outcomes, type Refusal } from "./PlayOutcome.ts"
import * as PlaysHealth from "./PlaysHealth.ts"
import * as PlaysRepo from "./PlaysRepo.ts"
import type { Options } from "./RecordAroundLocks.ts"
import type { Database } from "./RecordBatch.ts"
import { recordPlays } from "./RecordPlays.ts"
import type { Batch, Submission } from "./Submission.ts"

interface Writer extends GroupCommit.GroupCommit<Submission, PlaysRepo.RecordedPlay, Refusal> {
  /** Whether plays have been tried for some seconds without one getting to disk. Probes the database if the plays cannot tell. */
  readonly isFailing: Effect.Effect<boolean>
}

/** Writes plays in shared transactions. Each play gets its own outcome, and each new contact its first attempt at the ESP. */
export class PlayWriter extends Context.Service<PlayWriter, Writer>()("fairground/plays/PlayWriter") {
  static readonly layer = Layer.effect(
    PlayWriter,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const settings = yield* PlaysSettings
      const contacts = yield* Contacts
      const notifier = yield* Notifier
      const plays = yield* PlaysRepo.make
      const health = yield* PlaysHealth.make(plays.probe)
      const deadline = Duration.toMillis(databaseDeadline)

      const database: Omit<Database, "deadline"> = {
        hasParts: plays.hasParts,
        find: (ids) => Effect.tapError(plays.find(ids), note),
        unlocked: (batch) => Effect.tapError(plays.unlocked(batch), note),
        // The lease begins when the contact does: a play may have waited for its batch.
        record: (batch, isHurried) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            Effect.tapError(plays.record(batch, contacts.leaseUntil(now), isHurried), note)
          )
      }
      const note = (error: unknown) => Effect.sync(() => health.note(error))

      /** Begins the first attempts of new contacts. The request does not do so, because its client may have left by now. */
      const beginAttempts = (batch: Batch, outcomes: Outcomes) => {
        const begun = batch.flatMap((play) => {
          const outcome = outcomes.get(play)
          if (outcome === undefined || Exit.isFailure(outcome) || !outcome.value.isNewContact) return []
          const begin = contacts.begin(contactOf(play, outcome.value))
          return [play.span === undefined ? begin : Effect.withParentSpan(begin, play.span)]
        })
        return begun.length === 0 ? Effect.void : Effect.all(begun, { discard: true })
      }

      /** Records the plays whose deadline is not over; the others fail. */
      const recordInTime = Effect.fnUntraced(function* (batch: Batch, options: Options): Effect.fn.Return<Outcomes> {
        const now = yield* monotonicMillis
        const leftTo = (play: Submission) => deadline - (now - play.since)
        // Each play has its own deadline, which includes the wait for its batch.
        const inTime = batch.filter((play) => leftTo(play) > 0)
        // A play that has waited long leaves its batch a second at least.
        const left = Math.max(Math.min(deadline, 1000), Math.min(deadline, ...inTime.map(leftTo)))
        const recorded = yield* recordPlays({ ...database, deadline: left }, inTime, options)
        notifier.tell("plays", () => newsOf(recorded))
        yield* beginAttempts(inTime, recorded)
        if (inTime.length === batch.length) return recorded
        return new Map(batch.map((play) => [play, recorded.get(play) ?? tooLate]))
      })

      // Made before the queue, so that it closes after the queue.
      const parked = yield* ParkedPlays.make({
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        record: (batch) => recordInTime(batch, { isHurried: true, isParked: true }),
        health
      })

      const group = yield* GroupCommit.make<Submission, PlaysRepo.RecordedPlay, Refusal>({
        name: "plays",
        capacity: settings.playQueue,
        maxBatch: settings.playBatch,
        writers: settings.playWriters,
        run: Effect.fnUntraced(function* (batch: Batch) {
          health.begin()
          // A play that is known to meet a lock would make the others of the batch wait.
          const free = parked.isEmpty() ? batch : batch.filter((play) => !parked.holds(play))
          const outcomes = yield* Effect.onError(
            recordInTime(free, { isHurried: !parked.isEmpty(), isParked: false }),
            () => health.end([])
          )
          yield* health.end(outcomes.values())
          return yield* parked.replaceLocked(batch, outcomes)
        })
      })
      return PlayWriter.of({ ...group, isFailing: health.isFailing })
    })
  )
}

const tooLate: Outcome = Exit.fail(new DatabaseUnavailable({}))

/** What there is to tell of a batch: the plays that it has recorded. A retry finds one that was told before. */
const newsOf = (outcomes: Outcomes) =>
  [...outcomes].flatMap(([{ id }, outcome]) => {
    if (Exit.isFailure(outcome) || outcome.value.id !== id) return []
    const { number, playedAt, slug, verdict } = outcome.value
    return [{ game: slug, item: { id, playedAt: DateTime.formatIso(playedAt), number, contact: verdict } }]
  })

const contactOf = ({ email, emailKey, play, slug }: Submission, recorded: PlaysRepo.RecordedPlay): NewContact => {
  const playedAt = DateTime.toDateUtc(recorded.playedAt)
  return {
    playerId: recorded.playerId,
    esp: recorded.esp,
    email,
    emailKey,
    name: play.name ?? null,
    game: slug,
    plays: recorded.number,
    score: play.score ?? null,
    playedAt,
    consent: play.consent === undefined ? null : { ...play.consent, at: playedAt },
    data: play.data ?? null,
    list: recorded.espList,
    tags: recorded.espTags
  }
}
