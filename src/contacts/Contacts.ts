import {
  Cause,
  Clock,
  Context,
  Deferred,
  Duration,
  Effect,
  Exit,
  FiberSet,
  Layer,
  Option,
  Random,
  Semaphore
} from "effect"
import * as GroupCommit from "../platform/GroupCommit.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import type { Verdict } from "../esp/Verdict.ts"
import * as ContactsRepo from "./ContactsRepo.ts"
import { ContactsSettings } from "./ContactsSettings.ts"
import { EspClient, type EspError, type Registration } from "../esp/EspClient.ts"
import { type ContactPlay, nothingAdded, toEspContact } from "../esp/EspContact.ts"
import { EspGuard, noSlot } from "../esp/EspGuard.ts"
import { EspSettings } from "../esp/EspSettings.ts"
import type { Priority } from "../esp/governor/GovernorPolicy.ts"

/** A contact that a play has just brought into being; the lease on its first attempt is this process's. */
export interface NewContact extends ContactPlay {
  readonly playerId: string
}

/** Finds out, and stores for good, what the ESP says of a contact. */
export class Contacts extends Context.Service<
  Contacts,
  {
    /** Until when a contact that is born at `now` belongs to this process. */
    readonly leaseUntil: (now: number) => Date
    /** Starts the first attempt, which goes on whether or not anybody waits for it. */
    readonly begin: (contact: NewContact) => Effect.Effect<void>
    /** The verdict of the attempt that is under way in this process, else the stored one; `unknown` after ESP_DEADLINE. */
    readonly await: (playerId: string, esp: string) => Effect.Effect<Verdict>
    /** Claims up to `limit` contacts that are due, oldest first, and gives their attempts, which are the caller's to run. */
    readonly claimDue: (limit: number) => Effect.Effect<ReadonlyArray<Effect.Effect<void>>, DatabaseUnavailable>
    /**
     * The same for one contact at a connection where no such attempt runs in this process: when one connection's attempts hold
     * all workers, the others get on.
     */
    readonly claimPassedOver: Effect.Effect<ReadonlyArray<Effect.Effect<void>>, DatabaseUnavailable>
    /** Claims up to `limit` contacts that are due and attempts them side by side; gives how many there were. */
    readonly settleDue: (limit: number) => Effect.Effect<number, DatabaseUnavailable>
  }
>()("fairground/contacts/Contacts") {
  /** Needs the database, the ESPs, the guard, the shutdown and the settings. */
  static readonly layerNoDeps = Layer.effect(
    Contacts,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const { espAttemptDeadline } = yield* EspSettings
      const settings = yield* ContactsSettings
      const guard = yield* EspGuard
      const shutdown = yield* Shutdown
      const { connections } = yield* EspClient
      const repo = yield* ContactsRepo.make
      const retry = retryTransient(databaseDeadline)
      const running = new Map<string, Deferred.Deferred<Verdict>>()
      // The ESPs whose circuits this process may have opened.
      const called = new Set<string>()
      // Claimed attempts that have not ended, by ESP.
      const underWay = new Map<string, number>()
      const room = yield* Semaphore.make(settings.espConcurrency)

      // Longer than an attempt and the storing of its end can take: a lease that ran out early would be a second call.
      const lease = Duration.toMillis(espAttemptDeadline) + Duration.toMillis(databaseDeadline) + 10_000
      const leaseUntil = (now: number) => new Date(now + lease)

      const endings = yield* GroupCommit.make<ContactsRepo.Ending, Verdict, DatabaseUnavailable>({
        name: "contacts",
        // Whoever begins attempts bounds them: the workers, and the queue of the plays. An end that was refused would leave its
        // contact to the next attempt.
        capacity: Number.POSITIVE_INFINITY,
        maxBatch: 256,
        writers: 1,
        run: (batch) =>
          repo.end(batch).pipe(
            retry,
            Effect.exit,
            Effect.map((exit) => batch.map((_, index) => Exit.map(exit, (verdicts) => verdicts[index] ?? "unknown")))
          )
      })

      const longestPause = Duration.toMillis(settings.espSettlePauseMax)
      const pauseBefore = (attempts: number) =>
        Effect.map(Random.next, (random) => {
          const pause = Duration.toMillis(settings.espSettlePause) * 2 ** Math.max(0, Math.min(attempts - 1, 30))
          return Math.min(pause, longestPause) * (0.5 + random)
        })

      const endingOf = Effect.fnUntraced(function* (
        contact: {
          readonly playerId: string
          readonly esp: string
          readonly attempts: number
          readonly since: Date
          readonly dueSince?: Date
        },
        exit: Exit.Exit<Registration, EspError>
      ): Effect.fn.Return<ContactsRepo.Ending> {
        const now = yield* Clock.currentTimeMillis
        const { attempts, dueSince, esp, playerId } = contact
        const ending = { playerId, esp, attempts, at: new Date(now), mailability: null, hasCalled: true }
        if (Exit.isSuccess(exit)) return { ...ending, ...exit.value, reason: null, dueAt: null, mayHaveActed: false }
        const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
        if (error?._tag === "EspRejected") {
          return { ...ending, verdict: "rejected", reason: error.reason, dueAt: null, mayHaveActed: false }
        }
        // Interrupted: the process is stopping, and the next one may go on at once.
        if (error === undefined) {
          return { ...ending, verdict: "unknown", reason: "interrupted", dueAt: new Date(now), mayHaveActed: true }
        }
        const hasCalled = error.reason !== noSlot && error.reason !== "circuit-open"
        const asked =
          error._tag === "EspUnavailable" && error.retryAfter !== undefined ? Duration.toMillis(error.retryAfter) : 0
        // No call, no growing: the governor says when to come again, and the circuit has pauses of its own.
        const ownPause =
          error.reason === noSlot ? Effect.succeed(0) : Effect.map(Random.next, (random) => 1000 * (1 + random))
        const pause = yield* hasCalled ? pauseBefore(attempts) : ownPause
        // An ESP may ask for more patience than there is. What the background had no slot for keeps its place: until there
        // are some again, its connection is passed over, and the oldest are to be the first then.
        const dueAt =
          error.reason === noSlot && dueSince !== undefined
            ? dueSince.getTime()
            : now + Math.max(pause, Math.min(asked, longestPause))
        const isGivenUp = now - contact.since.getTime() > Duration.toMillis(settings.espSettleFor)
        return {
          ...ending,
          verdict: "unknown",
          reason: error.reason,
          dueAt: isGivenUp ? null : new Date(dueAt),
          mayHaveActed: error.mayHaveActed,
          hasCalled
        }
      })

      const store = (ending: ContactsRepo.Ending) =>
        endings.submit(ending).pipe(
          // What could not be stored is done again when the lease runs out.
          Effect.catch((error) =>
            Effect.as(
              Effect.logWarning("The end of an ESP attempt could not be stored", { reason: error._tag }),
              "unknown" as const
            )
          )
        )

      /** One attempt and the storing of its end, which an interruption does not skip. */
      const attempt = (
        contact: NewContact & { readonly attempts: number; readonly since: Date; readonly dueSince?: Date },
        options: { readonly unresolved: boolean; readonly priority: Priority }
      ) =>
        Effect.uninterruptibleMask((restore) => {
          const given = toEspContact(connections.get(contact.esp) ?? nothingAdded, contact)
          return Effect.exit(restore(guard.attempt(given, options))).pipe(
            Effect.flatMap((exit) => endingOf(contact, exit)),
            Effect.flatMap(store)
          )
        })

      // Built after `endings`, so that on shutdown the attempts end first, and their ends are still stored.
      const attempts = yield* FiberSet.make<void>()
      // Cut off, an attempt leaves open what the ESP has done: they are given the time that there is.
      yield* Effect.addFinalizer(() =>
        Effect.flatMap(shutdown.left, (left) => Effect.timeoutOption(FiberSet.awaitEmpty(attempts), left))
      )
      const nameOf = (playerId: string, esp: string) => `${playerId} ${esp}`

      const begin = Effect.fnUntraced(function* (contact: NewContact) {
        const since = new Date(yield* Clock.currentTimeMillis)
        const name = nameOf(contact.playerId, contact.esp)
        const verdict = Deferred.makeUnsafe<Verdict>()
        running.set(name, verdict)
        called.add(contact.esp)
        const withRoom = room.withPermitsIfAvailable(1)(
          attempt({ ...contact, attempts: 1, since }, { unresolved: false, priority: "live" })
        )
        yield* withRoom.pipe(
          Effect.flatMap(
            Option.match({
              onSome: Effect.succeed,
              // Enough attempts are running: this one is the background's, at once.
              onNone: () =>
                store({
                  playerId: contact.playerId,
                  esp: contact.esp,
                  at: since,
                  verdict: "unknown",
                  mailability: null,
                  reason: "busy",
                  dueAt: since,
                  mayHaveActed: false,
                  attempts: 1,
                  hasCalled: false
                })
            })
          ),
          Effect.onExit((exit) =>
            Effect.sync(() => {
              running.delete(name)
              Deferred.doneUnsafe(verdict, Exit.isSuccess(exit) ? exit : Exit.succeed("unknown"))
            })
          ),
          FiberSet.run(attempts, { startImmediately: true })
        )
      })

      const awaitVerdict = (playerId: string, esp: string) =>
        Effect.suspend(() => {
          const verdict = running.get(nameOf(playerId, esp))
          // None runs here, or the one that did has ended since the caller read `unknown`: then the verdict is stored.
          const answer = verdict === undefined ? retry(repo.verdict(playerId, esp)) : Deferred.await(verdict)
          return answer.pipe(
            Effect.timeout(settings.espDeadline),
            Effect.orElseSucceed(() => "unknown" as const)
          )
        })

      const count = (esp: string, by: 1 | -1) => {
        const running = (underWay.get(esp) ?? 0) + by
        if (running === 0) underWay.delete(esp)
        else underWay.set(esp, running)
      }

      const claim = Effect.fnUntraced(function* (limit: number, except: Iterable<string>) {
        const now = yield* Clock.currentTimeMillis
        // What is due at an ESP that is down, or has no slots, stays as it is: claiming it would write two rows to no end.
        const shut = yield* Effect.filter([...called], (esp) =>
          Effect.map(Effect.all([guard.isOpen(esp), guard.hasNoSlot(esp)]), (reasons) => reasons.includes(true))
        )
        const due = yield* retry(repo.claimDue(new Date(now), leaseUntil(now), limit, [...shut, ...except]))
        return due.map(({ unresolved, ...contact }) => {
          called.add(contact.esp)
          count(contact.esp, 1)
          return attempt(contact, { unresolved, priority: "background" }).pipe(
            Effect.ensuring(Effect.sync(() => count(contact.esp, -1))),
            Effect.asVoid
          )
        })
      })

      const claimDue = (limit: number) => claim(limit, [])
      const claimPassedOver = Effect.suspend(() => claim(1, underWay.keys()))

      const settleDue = (limit: number) =>
        Effect.flatMap(claimDue(limit), (attempts) =>
          Effect.as(Effect.all(attempts, { concurrency: "unbounded", discard: true }), attempts.length)
        )

      return Contacts.of({ leaseUntil, begin, await: awaitVerdict, claimDue, claimPassedOver, settleDue })
    })
  )
}
