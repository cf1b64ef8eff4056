import { Context, Effect, Layer, Option, type Redacted } from "effect"
import { SqlClient } from "effect/sql"
import { Audit, type Deed } from "../../audit/Audit.ts"
import { type Actor, ReauthenticationRequired } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable, Overloaded, TooManyRequests } from "../../platform/contract/Problems.ts"
import { inOrder, retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { normalise } from "../../players/Email.ts"
import { AccountId } from "../Account.ts"
import { Devices } from "../password/Devices.ts"
import { WrongPassword } from "../password/PasswordErrors.ts"
import { type Owner, Passwords } from "../password/Passwords.ts"
import { Throttle, type ThrottleKey } from "../password/Throttle.ts"
import { type Browser, type Entered, Entry } from "./Entry.ts"
import { SignInFailed } from "./SessionErrors.ts"

/** A person in a session of theirs. */
export interface Person {
  readonly accountId: AccountId
  readonly sessionId: string
}

/** The person behind a request. A key has none: it signs nobody out, and changes nobody's password. */
export const personOf = ({ accountId, by }: Actor): Effect.Effect<Person, ReauthenticationRequired> =>
  by._tag === "Session"
    ? Effect.succeed({ accountId: AccountId.make(accountId), sessionId: by.id })
    : Effect.fail(new ReauthenticationRequired({}))

type Trouble = TooManyRequests | Overloaded | DatabaseUnavailable

/** Signing in with a password, and proving again who one is. */
export class SignIn extends Context.Service<
  SignIn,
  {
    /**
     * An unknown address, an account without a password, a wrong password and a disabled account give the same answer after the same
     * work. The address may be any text.
     */
    readonly withPassword: (
      email: string,
      password: Redacted.Redacted<string>,
      browser: Browser
    ) => Effect.Effect<Entered, SignInFailed | Trouble>
    /** The person of a session types their password again: the session gets a new token, or owes the second factor. */
    readonly confirm: (
      person: Person,
      password: Redacted.Redacted<string>,
      browser: Browser
    ) => Effect.Effect<Entered, WrongPassword | Trouble>
    /**
     * Whether the password is that of the session's person, for what asks for it besides the session. Throttled by session, because
     * whoever got hold of one could guess.
     */
    readonly requirePassword: (
      person: Person,
      password: Redacted.Redacted<string>,
      refused: Deed
    ) => Effect.Effect<Owner & { readonly hash: string }, WrongPassword | Trouble>
  }
>()("fairground/accounts/session/SignIn") {
  static readonly layer = Layer.effect(
    SignIn,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const audit = yield* Audit
      const devices = yield* Devices
      const entry = yield* Entry
      const passwords = yield* Passwords
      const throttle = yield* Throttle
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** Looks at a password, which counts as a failed try until it was found right. */
      const look = Effect.fnUntraced(function* (
        key: ThrottleKey,
        password: Redacted.Redacted<string>,
        find: Effect.Effect<Owner | undefined, DatabaseUnavailable>
      ) {
        yield* throttle.take(key)
        const owner = yield* find
        const hash = owner === undefined || owner.isDisabled ? null : owner.hash
        // What was not looked at was no try.
        const isRight = yield* Effect.tapError(passwords.isRight(password, hash), () => throttle.giveBack(key))
        return { owner, right: owner !== undefined && hash !== null && isRight ? { ...owner, hash } : undefined }
      })

      /**
       * Enters with a password that was right a moment ago. It may have been changed since, or the account disabled: a session made
       * after that would outlive it. Undefined: so it was.
       */
      const enter = Effect.fnUntraced(function* (
        { accountId, hash }: Owner & { readonly hash: string },
        password: Redacted.Redacted<string>,
        key: ThrottleKey,
        browser: Browser,
        renew?: string
      ) {
        const stronger = yield* Effect.orElseSucceed(passwords.stronger(password, hash), () => undefined)
        return yield* Effect.gen(function* () {
          if ((yield* passwords.hold(accountId)) !== hash) return undefined
          if (stronger !== undefined) yield* passwords.strengthen(accountId, hash, stronger)
          yield* throttle.forgive(key)
          return yield* entry.enter(accountId, ["password"], browser, renew)
        }).pipe(sql.withTransaction, inOrder, retry)
      })

      const requirePassword = Effect.fn("SignIn.requirePassword")(function* (
        person: Person,
        password: Redacted.Redacted<string>,
        refused: Deed
      ) {
        const key = `session:${person.sessionId}` as const
        const { right } = yield* look(key, password, passwords.byAccount(person.accountId))
        if (right !== undefined) return yield* Effect.as(retry(throttle.forgive(key)), right)
        yield* retry(audit.record({ ...refused, outcome: "refused" }))
        return yield* new WrongPassword({})
      })

      return SignIn.of({
        withPassword: Effect.fn("SignIn.withPassword")(function* (email, password, browser) {
          const emailKey = Option.getOrElse(normalise(email), () => email.trim().toLowerCase())
          const key = yield* devices.throttleOf(browser.device, emailKey)
          const { owner, right } = yield* look(key, password, passwords.byEmail(emailKey))
          const entered = right === undefined ? undefined : yield* enter(right, password, key, browser)
          if (entered !== undefined) return entered
          // Also where there is no account, which would be seen in the time otherwise. The address that was typed is not kept: people
          // type passwords there.
          yield* retry(
            audit.record({
              action: "session.create",
              outcome: "refused",
              ...(owner === undefined
                ? {}
                : { accountId: owner.accountId, target: { kind: "account", id: owner.accountId } }),
              details: { method: "password" }
            })
          )
          return yield* new SignInFailed({})
        }),
        requirePassword,
        confirm: Effect.fn("SignIn.confirm")(function* (person, password, browser) {
          const refused = { action: "session.confirm", target: { kind: "session", id: person.sessionId } }
          const right = yield* requirePassword(person, password, refused)
          const entered = yield* enter(right, password, `session:${person.sessionId}`, browser, person.sessionId)
          return entered ?? (yield* new WrongPassword({}))
        })
      })
    })
  )
}
