import { Clock, Context, DateTime, Effect, Layer, Option, Stream } from "effect"
import { Audit } from "../audit/Audit.ts"
import type { Game } from "../games/Game.ts"
import { leastUuidAt } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as BacklogRepo from "./BacklogRepo.ts"

export type { ContactPlace, Ended, Open, Selection } from "./BacklogRepo.ts"

/** Contacts that one statement reads: some ten milliseconds of work. */
const contactsPerStep = 5000

/** Plays that one statement reads. It may add as many contacts, and a play that needs one of them waits for the statement. */
const playsPerStep = 2000

/** How many of these statements one request to the API waits for. */
const stepsPerRequest = 10

/** A generous bound on the difference between replicas' clocks, in milliseconds: a play's time may be before its game's. */
const clockSlack = 86_400_000

/** Contacts that were made due together; `at` identifies them. */
export interface Started {
  readonly at: Date
  readonly count: number
}

/** Called after each step with the number of contacts so far. */
export type OnProgress = (count: number) => Effect.Effect<void>

/** An operator's work on contacts without a verdict or rejected. Calls no ESP: the service's background workers do. */
export class Backlog extends Context.Service<
  Backlog,
  {
    /** Contacts that were given up after ESP_SETTLE_FOR or rejected, by player, read step by step. */
    readonly ended: (of: BacklogRepo.Ended) => Stream.Stream<BacklogRepo.Open, DatabaseUnavailable>
    /** Contacts that wait for an attempt or are in one, by due time. One postponed during the read may appear twice. */
    readonly waiting: (selection: BacklogRepo.Selection) => Stream.Stream<BacklogRepo.Open, DatabaseUnavailable>
    /**
     * Makes stuck or rejected contacts due now and restarts their ESP_SETTLE_FOR. Nothing else takes a verdict back: a rejected
     * contact is `unknown` until the ESP answers again.
     */
    readonly restart: (of: BacklogRepo.Ended, onProgress: OnProgress) => Effect.Effect<Started, DatabaseUnavailable>
    /** The same in bounded pieces: begins after `after` (undefined: at the first contact), and says where to go on (null: done). */
    readonly restartSome: (
      of: BacklogRepo.Ended,
      after: BacklogRepo.ContactPlace | undefined
    ) => Effect.Effect<{ readonly count: number; readonly next: BacklogRepo.ContactPlace | null }, DatabaseUnavailable>
    /** The same for one contact, whichever way it has ended. False: there is none, it waits, or its verdict stands. */
    readonly restartOne: (contact: BacklogRepo.ContactPlace) => Effect.Effect<boolean, DatabaseUnavailable>
    /**
     * Adds a contact, due now, for each player of the game who has none at the game's connection, from the player's newest play
     * of the game. Existing contacts do not change, so plays before the move still answer the old connection's verdicts. If
     * interrupted, run it again: it adds the missing ones.
     */
    readonly sync: (game: Game, onProgress: OnProgress) => Effect.Effect<Started, DatabaseUnavailable>
    /** How many of the started contacts still wait for a verdict. */
    readonly left: (started: Started) => Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/contacts/Backlog") {
  static readonly layer = Layer.effect(
    Backlog,
    Effect.gen(function* () {
      const audit = yield* Audit
      const repo = yield* BacklogRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const notifier = yield* Notifier

      /** Thousands may have changed: whoever follows reads again. */
      const tell = (hasChanged: boolean) => Effect.sync(() => (hasChanged ? notifier.miss("contacts") : undefined))

      const ended = (of: BacklogRepo.Ended) =>
        Stream.paginate(
          BacklogRepo.firstContact,
          Effect.fnUntraced(function* (after) {
            const to = yield* retry(repo.placeAfter(after, contactsPerStep))
            const found = to === undefined ? [] : yield* retry(repo.ended(of, after, to))
            return [found, Option.fromUndefinedOr(to)] as const
          })
        )

      const waiting = (selection: BacklogRepo.Selection) =>
        Stream.paginate({ ...BacklogRepo.firstContact, dueAt: new Date(0) }, (after) =>
          Effect.map(retry(repo.waiting(selection, after, contactsPerStep)), (found) => {
            const last = found.length < contactsPerStep ? undefined : found.at(-1)
            return [found, Option.fromUndefinedOr(last)] as const
          })
        )

      /** Runs `step` from place to place until there is no next one. */
      const walk = Effect.fnUntraced(function* <Place>(
        first: Place,
        onProgress: OnProgress,
        step: (
          after: Place,
          at: Date
        ) => Effect.Effect<{ readonly changed: number; readonly next: Place | undefined }, DatabaseUnavailable>
      ): Effect.fn.Return<Started, DatabaseUnavailable> {
        const at = new Date(yield* Clock.currentTimeMillis)
        let count = 0
        for (let place: Place | undefined = first; place !== undefined;) {
          const { changed, next }: { readonly changed: number; readonly next: Place | undefined } = yield* step(
            place,
            at
          )
          count += changed
          yield* onProgress(count)
          place = next
        }
        return { at, count }
      })

      /** Restarts contacts of the next step after a place. Each step is a transaction, with the audit entry of what it changed. */
      const restartAfter = Effect.fnUntraced(function* (
        of: BacklogRepo.Ended,
        after: BacklogRepo.ContactPlace,
        at: Date
      ) {
        const next = yield* retry(repo.placeAfter(after, contactsPerStep))
        if (next === undefined) return { changed: 0, next }
        const changed = yield* retry(
          audit.within(repo.restart(of, after, next, at), (started) =>
            started === 0
              ? undefined
              : {
                  action: "contact.retry",
                  details: { as: of.as, esp: of.esp, game: of.game, since: of.since?.toISOString() ?? null, started }
                }
          )
        )
        yield* tell(changed > 0)
        return { changed, next }
      })

      const restart = (of: BacklogRepo.Ended, onProgress: OnProgress) =>
        walk(BacklogRepo.firstContact, onProgress, (after, at) => restartAfter(of, after, at))

      const restartSome = Effect.fn("Backlog.restartSome")(function* (
        of: BacklogRepo.Ended,
        after: BacklogRepo.ContactPlace | undefined
      ) {
        const at = new Date(yield* Clock.currentTimeMillis)
        let place = after ?? BacklogRepo.firstContact
        let count = 0
        for (let step = 0; step < stepsPerRequest; step++) {
          const { changed, next } = yield* restartAfter(of, place, at)
          count += changed
          if (next === undefined) return { count, next: null }
          place = next
        }
        return { count, next: place }
      })

      const restartOne = Effect.fn("Backlog.restartOne")(function* (contact: BacklogRepo.ContactPlace) {
        const at = new Date(yield* Clock.currentTimeMillis)
        // Of the player's contacts up to this one, only those at its connection.
        const before = { ...contact, esp: "" }
        const as = (ended: BacklogRepo.Ended["as"]) =>
          repo.restart({ as: ended, esp: contact.esp, game: null, since: null }, before, contact, at)
        let tries = 0
        const once = Effect.suspend(() => {
          tries++
          return audit.within(
            Effect.zipWith(as("stuck"), as("rejected"), (stuck, rejected) => stuck + rejected > 0),
            (isStarted) =>
              isStarted
                ? { action: "contact.retry", target: { kind: "contact", id: `${contact.playerId}/${contact.esp}` } }
                : undefined
          )
        })
        const isRestarted = yield* retry(once)
        yield* tell(isRestarted)
        // Otherwise an earlier try may have been committed, and only its answer was lost.
        return isRestarted || (tries > 1 && (yield* retry(repo.isRestarted(contact, at))))
      })

      const sync = (game: Game, onProgress: OnProgress) =>
        // A play's id begins with its time, so all plays of the game come after this id.
        walk(leastUuidAt(DateTime.toEpochMillis(game.createdAt) - clockSlack), onProgress, (after, at) =>
          Effect.map(
            retry(
              audit.within(repo.add(game, after, playsPerStep, at), ({ added }) =>
                added === 0
                  ? undefined
                  : { action: "contact.add", target: { kind: "game", id: game.id }, details: { esp: game.esp, added } }
              )
            ),
            ({ added, last }) => ({ changed: added, next: last ?? undefined })
          ).pipe(Effect.tap(({ changed }) => tell(changed > 0)))
        )

      const left = ({ at }: Started) => retry(repo.countWaiting(at))

      return Backlog.of({ ended, waiting, restart, restartSome, restartOne, sync, left })
    })
  )
}
