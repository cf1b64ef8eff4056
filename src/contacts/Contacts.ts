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
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
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

/** A contact that a play has just created. This process holds the lease on its first attempt. */
export interface NewContact extends ContactPlay {
  readonly playerId: string
}

/** With the slug of the game whose play asked for the contact, which is told and not stored. */
interface EndingOfGame extends ContactsRepo.Ending {
  readonly game: string
}

/** What there is to tell of the ends of attempts: the stored verdicts, and contacts that were given up. */
const newsOf = (batch: ReadonlyArray<EndingOfGame>, verdicts: ReadonlyArray<Verdict>) =>
  batch.flatMap(({ dueAt, esp, game, playerId }, at) => {
    const verdict = verdicts[at] ?? "unknown"
    return verdict === "unknown" && dueAt !== null ? [] : [{ game, item: { playerId, esp, verdict } }]
  })

/** Registers contacts with their ESPs and stores the verdicts. */
export class Contacts extends Context.Service<
  Contacts,
  {
    /** Until when this process holds the lease on a contact created at `now`. */
    readonly leaseUntil: (now: number) => Date
    /** Starts the first attempt, which runs to its end even if nobody waits for it. */
    readonly begin: (contact: NewContact) => Effect.Effect<void>
    /** The verdict of the attempt that runs in this process, else the stored one; `unknown` after ESP_DEADLINE. */
    readonly await: (playerId: string, esp: string) => Effect.Effect<Verdict>
    /** Claims up to `limit` due contacts, oldest first, and returns their attempts for the caller to run. */
    readonly claimDue: (limit: number) => Effect.Effect<ReadonlyArray<Effect.Effect<void>>, DatabaseUnavailable>
    /**
     * Claims one due contact at a connection for which this process runs no claimed attempt. Other connections thus make
     * progress while one connection's attempts hold all workers.
     */
    readonly claimPassedOver: Effect.Effect<ReadonlyArray<Effect.Effect<void>>, DatabaseUnavailable>
  }
>()("fairground/contacts/Contacts") {
  static readonly layer = Layer.effect(
    Contacts,
    Effect.gen(function* () {
      const { databaseDeadline } = yield* Settings
      const { espAttemptDeadline } = yield* EspSettings
      const settings = yield* ContactsSettings
      const guard = yield* EspGuard
      const shutdown = yield* Shutdown
      const notifier = yield* Notifier
      const { connections } = yield* EspClient
      const repo = yield* ContactsRepo.make
      const retry = retryTransient(databaseDeadline)
      const running = new Map<string, Deferred.Deferred<Verdict>>()
      // The ESPs that this process has called: only their circuits can be open here.
      const called = new Set<string>()
      // The number of running claimed attempts, by ESP.
      const claimedRunning = new Map<string, number>()
      const liveAttempts = yield* Semaphore.make(settings.espConcurrency)

      // Longer than an attempt and the storing of its ending can take: a lease that expired early would cause a second call.
      const lease = Duration.toMillis(espAttemptDeadline) + Duration.toMillis(databaseDeadline) + 10_000
      const leaseUntil = (now: number) => new Date(now + lease)

      const endings = yield* GroupCommit.make<EndingOfGame, Verdict, DatabaseUnavailable>({
        name: "contacts",
        // Unbounded, because the workers and the play queue limit the attempts. A refused ending would cost its contact another
        // attempt.
        capacity: Number.POSITIVE_INFINITY,
        maxBatch: 256,
        writers: 1,
        run: (batch) =>
          repo.end(batch).pipe(
            retry,
            Effect.tap((verdicts) => Effect.sync(() => notifier.tell("contacts", () => newsOf(batch, verdicts)))),
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
          readonly game: string
          readonly attempts: number
          readonly since: Date
          readonly dueSince?: Date
        },
        exit: Exit.Exit<Registration, EspError>
      ): Effect.fn.Return<EndingOfGame> {
        const now = yield* Clock.currentTimeMillis
        const { attempts, dueSince, esp, game, playerId } = contact
        const ending = { playerId, esp, game, attempts, at: new Date(now), mailability: null, hasCalled: true }
        if (Exit.isSuccess(exit)) return { ...ending, ...exit.value, reason: null, dueAt: null, mayHaveActed: false }
        const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
        if (error?._tag === "EspRejected") {
          return { ...ending, verdict: "rejected", reason: error.reason, dueAt: null, mayHaveActed: false }
        }
        // Interrupted: this process stops, so the contact is due at once for another one.
        if (error === undefined) {
          return { ...ending, verdict: "unknown", reason: "interrupted", dueAt: new Date(now), mayHaveActed: true }
        }
        const hasCalled = error.reason !== noSlot && error.reason !== "circuit-open"
        const asked =
          error._tag === "EspUnavailable" && error.retryAfter !== undefined ? Duration.toMillis(error.retryAfter) : 0
        // Without a call the pause does not grow: the governor names its own wait, and the circuit has its own pauses.
        const ownPause =
          error.reason === noSlot ? Effect.succeed(0) : Effect.map(Random.next, (random) => 1000 * (1 + random))
        const pause = yield* hasCalled ? pauseBefore(attempts) : ownPause
        // The wait that an ESP asks for is capped. A background attempt without a slot keeps its due time: its connection is
        // skipped until there are slots again, and then the oldest contacts come first.
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

      const store = (ending: EndingOfGame) =>
        endings.submit(ending).pipe(
          // An ending that could not be stored leaves the contact due again when its lease expires.
          Effect.catch((error) =>
            Effect.as(
              Effect.logWarning("The end of an ESP attempt could not be stored", { reason: error._tag }),
              "unknown" as const
            )
          )
        )

      /** Runs one attempt and stores its ending, even when interrupted. */
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

      // Created after `endings`, so that on shutdown the attempts end first and their endings are still stored.
      const attempts = yield* FiberSet.make<void>()
      // An interrupted attempt leaves open what the ESP did, so attempts get the time that is left of the shutdown.
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
        const limited = liveAttempts.withPermitsIfAvailable(1)(
          attempt({ ...contact, attempts: 1, since }, { unresolved: false, priority: "live" })
        )
        yield* limited.pipe(
          Effect.flatMap(
            Option.match({
              onSome: Effect.succeed,
              // ESP_CONCURRENCY attempts run already: the contact is due at once for the background.
              onNone: () =>
                store({
                  playerId: contact.playerId,
                  esp: contact.esp,
                  game: contact.game,
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
          // No attempt runs here, or it ended after the caller read `unknown`; then the stored verdict has its result.
          const answer = verdict === undefined ? retry(repo.verdict(playerId, esp)) : Deferred.await(verdict)
          return answer.pipe(
            Effect.timeout(settings.espDeadline),
            Effect.orElseSucceed(() => "unknown" as const)
          )
        })

      const count = (esp: string, by: 1 | -1) => {
        const running = (claimedRunning.get(esp) ?? 0) + by
        if (running === 0) claimedRunning.delete(esp)
        else claimedRunning.set(esp, running)
      }

      const claim = Effect.fnUntraced(function* (limit: number, except: Iterable<string>) {
        const now = yield* Clock.currentTimeMillis
        // Contacts of an ESP that is down or has no slots are not claimed: each claim would write two rows for nothing.
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
      const claimPassedOver = Effect.suspend(() => claim(1, claimedRunning.keys()))

      return Contacts.of({ leaseUntil, begin, await: awaitVerdict, claimDue, claimPassedOver })
    })
  )
}
