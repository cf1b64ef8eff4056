import { Clock, Context, DateTime, Effect, Layer, Option, Stream } from "effect"
import type { Game } from "../games/Game.ts"
import { uuidV7At } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as BacklogRepo from "./BacklogRepo.ts"

export type { Ended, Open, Selection } from "./BacklogRepo.ts"

/** Contacts looked at in one statement: some ten milliseconds' work. */
const contactsAStep = 5000

/** Plays looked at in one statement, which may add as many contacts: a play that meets one of them waits for its end. */
const playsAStep = 2000

/** By how much the clocks of replicas may differ, generously: a play may be older than its game. */
const clockSlack = 86_400_000

/** Contacts that were made due together; the moment is what they are known by. */
export interface Started {
  readonly at: Date
  readonly count: number
}

/** Told after each step how many contacts there have been. */
export type Told = (count: number) => Effect.Effect<void>

/** What an operator does about contacts that the ESP has not taken. Calls no ESP: the background of the service does. */
export class Backlog extends Context.Service<
  Backlog,
  {
    /** Those that have been given up after ESP_SETTLE_FOR, or were rejected, by player; read step by step. */
    readonly ended: (of: BacklogRepo.Ended) => Stream.Stream<BacklogRepo.Open, DatabaseUnavailable>
    /** Those that wait for an attempt or are in one, by when they are due. One that is put off meanwhile may come twice. */
    readonly waiting: (selection: BacklogRepo.Selection) => Stream.Stream<BacklogRepo.Open, DatabaseUnavailable>
    /**
     * Makes stuck or rejected ones due now, with ESP_SETTLE_FOR before them again. It is the one way in which a verdict is taken
     * back: until the ESP has answered anew, a rejected contact is `unknown`.
     */
    readonly restart: (of: BacklogRepo.Ended, told: Told) => Effect.Effect<Started, DatabaseUnavailable>
    /**
     * Adds a contact, due now, for each player of the game who has none at the game's connection, with the player's newest play
     * of it. What is there stays, and so do the verdicts of other connections, which older plays go on to answer. Interrupted or
     * killed, it has added some; run again, it adds the others.
     */
    readonly sync: (game: Game, told: Told) => Effect.Effect<Started, DatabaseUnavailable>
    /** How many of them still wait. */
    readonly left: (started: Started) => Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/contacts/Backlog") {
  /** Needs the database and the settings. */
  static readonly layer = Layer.effect(
    Backlog,
    Effect.gen(function* () {
      const repo = yield* BacklogRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const ended = (of: BacklogRepo.Ended) =>
        Stream.paginate(
          BacklogRepo.firstContact,
          Effect.fnUntraced(function* (after) {
            const to = yield* retry(repo.placeAfter(after, contactsAStep))
            const found = to === undefined ? [] : yield* retry(repo.ended(of, after, to))
            return [found, Option.fromUndefinedOr(to)] as const
          })
        )

      const waiting = (selection: BacklogRepo.Selection) =>
        Stream.paginate({ ...BacklogRepo.firstContact, dueAt: new Date(0) }, (after) =>
          Effect.map(retry(repo.waiting(selection, after, contactsAStep)), (found) => {
            const last = found.length < contactsAStep ? undefined : found.at(-1)
            return [found, Option.fromUndefinedOr(last)] as const
          })
        )

      /** Step after step until there is no next place. */
      const walk = Effect.fnUntraced(function* <Place>(
        first: Place,
        told: Told,
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
          yield* told(count)
          place = next
        }
        return { at, count }
      })

      const restart = (of: BacklogRepo.Ended, told: Told) =>
        walk(
          BacklogRepo.firstContact,
          told,
          Effect.fnUntraced(function* (after, at) {
            const next = yield* retry(repo.placeAfter(after, contactsAStep))
            const changed = next === undefined ? 0 : yield* retry(repo.restart(of, after, next, at))
            return { changed, next }
          })
        )

      const sync = (game: Game, told: Told) =>
        // Ids of plays begin with their time, so none of the game's comes before this one.
        walk(uuidV7At(Math.max(0, DateTime.toEpochMillis(game.createdAt) - clockSlack)), told, (after, at) =>
          Effect.map(retry(repo.add(game, after, playsAStep, at)), ({ added, last }) => ({
            changed: added,
            next: last ?? undefined
          }))
        )

      const left = ({ at }: Started) => retry(repo.countWaiting(at))

      return Backlog.of({ ended, waiting, restart, sync, left })
    })
  )
}
