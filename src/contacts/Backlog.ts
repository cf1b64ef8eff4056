import { Clock, Context, DateTime, Effect, Layer, Option, Stream } from "effect"
import type { Game } from "../games/Game.ts"
import { leastUuidAt } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as BacklogRepo from "./BacklogRepo.ts"

export type { Ended, Open, Selection } from "./BacklogRepo.ts"

/** Contacts that one statement reads: some ten milliseconds of work. */
const contactsPerStep = 5000

/** Plays that one statement reads. It may add as many contacts, and a play that needs one of them waits for the statement. */
const playsPerStep = 2000

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
      const repo = yield* BacklogRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

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

      const restart = (of: BacklogRepo.Ended, onProgress: OnProgress) =>
        walk(
          BacklogRepo.firstContact,
          onProgress,
          Effect.fnUntraced(function* (after, at) {
            const next = yield* retry(repo.placeAfter(after, contactsPerStep))
            const changed = next === undefined ? 0 : yield* retry(repo.restart(of, after, next, at))
            return { changed, next }
          })
        )

      const sync = (game: Game, onProgress: OnProgress) =>
        // A play's id begins with its time, so all plays of the game come after this id.
        walk(leastUuidAt(DateTime.toEpochMillis(game.createdAt) - clockSlack), onProgress, (after, at) =>
          Effect.map(retry(repo.add(game, after, playsPerStep, at)), ({ added, last }) => ({
            changed: added,
            next: last ?? undefined
          }))
        )

      const left = ({ at }: Started) => retry(repo.countWaiting(at))

      return Backlog.of({ ended, waiting, restart, sync, left })
    })
  )
}
