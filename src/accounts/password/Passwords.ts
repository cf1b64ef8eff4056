import { Context, Duration, Effect, Layer, Redacted, Semaphore } from "effect"
import type { SqlError } from "effect/sql"
import { availableParallelism } from "node:os"
import { type DatabaseUnavailable, Overloaded } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import { Breaches } from "./Breaches.ts"
import * as HashThreads from "./HashThreads.ts"
import { PasswordRefused } from "./PasswordErrors.ts"
import * as PasswordHash from "./PasswordHash.ts"
import { refusalOf } from "./PasswordPolicy.ts"
import * as PasswordsRepo from "./PasswordsRepo.ts"

export type { Owner } from "./PasswordsRepo.ts"

type Typed = Redacted.Redacted<string>

/** Each hash takes 19 MiB and a processor, which plays need too. */
const atOnce = Math.max(1, Math.min(2, Math.floor(availableParallelism() / 2)))

/** A hash takes some 30 ms. Whoever would wait longer than this is told to come back. */
const patience = Duration.seconds(10)

/** Waiting requests hold a connection each, and in `patience` some hundred get their turn. */
const mostWaiting = 250

/** The passwords of people: which are good enough, how they are kept, and whether one is right. */
export class Passwords extends Context.Service<
  Passwords,
  {
    /** Refuses a new password that is too easy to guess for this person. Asks the service of breached ones where one is set. */
    readonly check: (
      password: Typed,
      about: { readonly email: string | null; readonly name: string | null }
    ) => Effect.Effect<void, PasswordRefused>
    /** The hash to `store`. Made before the transaction that stores it, which would otherwise wait with its locks. */
    readonly hash: (password: Typed) => Effect.Effect<string, Overloaded>
    /** Whether the password is the one of this hash. Null, of nobody, is as much work. */
    readonly isRight: (password: Typed, hash: string | null) => Effect.Effect<boolean, Overloaded>
    /** A new hash where the stored one, whose password was right, costs attackers less than hashes do today; else undefined. */
    readonly stronger: (password: Typed, hash: string) => Effect.Effect<string | undefined, Overloaded>
    /** The person with this normalised address. */
    readonly byEmail: (emailKey: string) => Effect.Effect<PasswordsRepo.Owner | undefined, DatabaseUnavailable>
    readonly byAccount: (accountId: string) => Effect.Effect<PasswordsRepo.Owner | undefined, DatabaseUnavailable>
    /** The same, in the transaction around it. */
    readonly find: (accountId: string) => Effect.Effect<PasswordsRepo.Owner | undefined, SqlError.SqlError>
    /** Stores the hash of a password that the person chose, in the transaction around it. */
    readonly store: (accountId: AccountId, hash: string) => Effect.Effect<void, SqlError.SqlError>
    /** Stores a stronger hash of the same password, unless it was changed meanwhile. */
    readonly strengthen: (accountId: AccountId, from: string, to: string) => Effect.Effect<void, SqlError.SqlError>
    /**
     * The hash as it is now, and nobody changes it or disables the account before the transaction around this ends. Null: there is
     * none, or the account is disabled. Several sign-ins may hold one account.
     */
    readonly hold: (accountId: AccountId) => Effect.Effect<string | null, SqlError.SqlError>
    /** The same for whoever changes the account or its password, one at a time. Undefined: the account is disabled or gone. */
    readonly lock: (accountId: AccountId) => Effect.Effect<string | null | undefined, SqlError.SqlError>
  }
>()("fairground/accounts/password/Passwords") {
  static readonly layerNoDeps = Layer.effect(
    Passwords,
    Effect.gen(function* () {
      const breaches = yield* Breaches
      const repo = yield* PasswordsRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const turns = yield* Semaphore.make(atOnce)
      const derive = yield* HashThreads.make
      let waiting = 0

      /** Takes turns. Work that has begun is not interrupted: it would go on in its thread while another took its place. */
      const inTurn = <A>(work: Effect.Effect<A>): Effect.Effect<A, Overloaded> =>
        Effect.suspend(() => {
          if (waiting >= mostWaiting) return Effect.fail(new Overloaded({}))
          waiting++
          let hasBegun = false
          const begin = Effect.sync(() => {
            hasBegun = true
            waiting--
          })
          const turn = turns.withPermit(Effect.uninterruptible(Effect.andThen(begin, work)))
          const tooLate = Effect.flatMap(Effect.sleep(patience), () =>
            hasBegun ? Effect.never : Effect.fail(new Overloaded({}))
          )
          return Effect.ensuring(
            Effect.raceFirst(turn, tooLate),
            Effect.sync(() => {
              if (!hasBegun) waiting--
            })
          )
        })

      return Passwords.of({
        check: Effect.fn("Passwords.check")(function* (password, about) {
          const reason = refusalOf(Redacted.value(password), about)
          if (reason !== undefined) return yield* new PasswordRefused({ reason })
          if (yield* breaches.has(password)) return yield* new PasswordRefused({ reason: "breached" })
        }),
        hash: Effect.fn("Passwords.hash")((password) =>
          inTurn(PasswordHash.make(Redacted.value(password), PasswordHash.cost, derive))
        ),
        isRight: Effect.fn("Passwords.isRight")((password, hash) =>
          inTurn(PasswordHash.isOf(hash, Redacted.value(password), derive))
        ),
        stronger: (password, hash) =>
          PasswordHash.isWeak(hash)
            ? inTurn(PasswordHash.make(Redacted.value(password), PasswordHash.cost, derive))
            : Effect.succeed(undefined),
        byEmail: (emailKey) => retry(repo.byEmail(emailKey)),
        byAccount: (accountId) => retry(repo.byAccount(accountId)),
        find: repo.byAccount,
        store: repo.store,
        strengthen: repo.strengthen,
        // Two statements each: one that waited for a lock sees the other tables as they were before.
        hold: (accountId) =>
          Effect.flatMap(repo.hold(accountId), (held) => (held ? repo.hashOf(accountId) : Effect.succeed(null))),
        lock: (accountId) =>
          Effect.flatMap(repo.lock(accountId), (locked) =>
            locked ? repo.hashOf(accountId) : Effect.succeed(undefined)
          )
      })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Breaches.layer))
}
