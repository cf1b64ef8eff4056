import { Context, Effect, Layer } from "effect"
import { SqlClient, type SqlError } from "effect/sql"
import type { Actor, Role } from "../../platform/contract/Access.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { CurrentDoer } from "../../platform/Doer.ts"
import { newUuid } from "../../platform/Ids.ts"
import * as Lookup from "../../platform/postgres/Lookup.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { type AccountId, type Method, strong } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { demands } from "../factor/SecondFactorPolicy.ts"
import { byRole, Permissions } from "../Permissions.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import * as RightsNews from "./RightsNews.ts"
import * as SessionsRepo from "./SessionsRepo.ts"

/** The most sessions of an account: beyond it, the least used one ends. */
const mostSessions = 50

/** An actor, and what only the check of a session knows. */
export interface Recognised extends Actor {
  /** The installation asks this account for a second factor, and the session has none. */
  readonly owesSecondFactor: boolean
}

/** What comes after a first factor was proven. */
export type Proceeded =
  | { readonly _tag: "Session"; readonly token: string; readonly id: string }
  | {
      readonly _tag: "Step"
      readonly token: string
      /** How the second factor may be proven. */
      readonly methods: ReadonlyArray<"totp" | "recovery-code" | "passkey">
    }

const waysOf = (has: { readonly totp: boolean; readonly passkey: boolean; readonly recoveryCodes: number }) => [
  ...(has.totp ? (["totp"] as const) : []),
  ...(has.passkey ? (["passkey"] as const) : []),
  ...(has.recoveryCodes > 0 ? (["recovery-code"] as const) : [])
]

/** The sessions of people, and who a credential belongs to. Nothing is cached: what is revoked ends with the next request. */
export class Sessions extends Context.Service<
  Sessions,
  {
    readonly bySession: (token: string) => Effect.Effect<Recognised | undefined, DatabaseUnavailable>
    readonly byKey: (token: string) => Effect.Effect<Recognised | undefined, DatabaseUnavailable>
    /**
     * The one way to a session: after `methods` were proven, either makes it, or a step where a second factor is owed. With
     * `renew`, the session with this id gets a new token and a new proof instead. Runs in the transaction around it.
     */
    readonly proceed: (
      accountId: AccountId,
      methods: ReadonlyArray<Method>,
      renew?: string
    ) => Effect.Effect<Proceeded, SqlError.SqlError>
    /** Uses up one of the five attempts of a step. Undefined: none is left, or it has expired. */
    readonly tryStep: (token: string) => Effect.Effect<SessionsRepo.StepRow | undefined, SqlError.SqlError>
    /** A step that is still open, without using up an attempt. */
    readonly findStep: (token: string) => Effect.Effect<SessionsRepo.StepRow | undefined, SqlError.SqlError>
    /** How the second factor of a step may be proven. Undefined: the step has expired. */
    readonly stepMethods: (
      token: string
    ) => Effect.Effect<ReadonlyArray<"totp" | "recovery-code" | "passkey"> | undefined, DatabaseUnavailable>
    /** Ends a step whose second factor was proven by `method`, with a session. Undefined: the step is gone. */
    readonly finishStep: (
      token: string,
      method: Method
    ) => Effect.Effect<Extract<Proceeded, { _tag: "Session" }> | undefined, SqlError.SqlError>
    /** Whether the installation asks an account of this role for a second factor that these methods lack. */
    readonly owes: (role: Role, methods: ReadonlyArray<Method>) => boolean
    /** The session's person has enrolled a factor, and so proven it. */
    readonly addMethod: (sessionId: string, method: Method) => Effect.Effect<void, SqlError.SqlError>
    readonly list: (
      accountId: AccountId
    ) => Effect.Effect<ReadonlyArray<typeof SessionsRepo.Session.Type>, DatabaseUnavailable>
    /** Ends the session of a browser's cookie, whoever's it is. Returns its id; undefined: there was none. */
    readonly endByToken: (token: string) => Effect.Effect<string | undefined, SqlError.SqlError>
    /** Ends one session. False: the account has no such session. */
    readonly end: (accountId: AccountId, id: string) => Effect.Effect<boolean, SqlError.SqlError>
    /** Ends all sessions except one (null: none) and every sign-in that is half done. Returns how many. */
    readonly endAll: (accountId: AccountId, except: string | null) => Effect.Effect<number, SqlError.SqlError>
    /** Which second factors the account has. */
    readonly factors: (accountId: AccountId) => Effect.Effect<
      {
        readonly totp: boolean
        readonly passkey: boolean
        readonly recoveryCodes: number
      },
      SqlError.SqlError
    >
  }
>()("fairground/accounts/Sessions") {
  static readonly layer = Layer.effect(
    Sessions,
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const repo = yield* SessionsRepo.make
      const settings = yield* AccountsSettings
      const { databaseDeadline: deadline } = yield* Settings
      const retry = retryTransient(deadline)
      const permissions = byRole(yield* Permissions)
      const tellOfRights = yield* RightsNews.make
      const byHash = {
        deadline,
        keyOf: ({ tokenHash }: { readonly tokenHash: Uint8Array }) => tokenHash,
        textOf: (hash: Uint8Array) => Buffer.from(hash).toString("latin1")
      }
      const findSession = yield* Lookup.make({
        ...byHash,
        name: "session",
        find: (hashes) => repo.bySessions(hashes, settings.sessionIdle)
      })
      const findKey = yield* Lookup.make({ ...byHash, name: "api-key", find: repo.byKeys })

      const owes = (role: Role, methods: ReadonlyArray<Method>): boolean =>
        demands(settings.secondFactor, role) && !methods.some((method) => strong.has(method))

      const open = Effect.fnUntraced(function* (accountId: AccountId, methods: ReadonlyArray<Method>) {
        const doer = yield* CurrentDoer
        const token = makeToken("session")
        const id = yield* newUuid
        yield* repo.insert({
          id,
          accountId,
          tokenHash: hashOf(token),
          methods,
          lifetime: settings.sessionLifetime,
          address: doer.address,
          userAgent: doer.userAgent
        })
        yield* repo.endBeyond(accountId, mostSessions)
        return { _tag: "Session", token, id } as const
      })

      const openOrRenew = Effect.fnUntraced(function* (
        accountId: AccountId,
        methods: ReadonlyArray<Method>,
        renew: string | null
      ) {
        if (renew === null) return yield* open(accountId, methods)
        const token = makeToken("session")
        const renewed = yield* repo.renew(renew, hashOf(token), methods)
        // The session ended while its person confirmed it.
        return renewed === undefined
          ? yield* open(accountId, methods)
          : ({ _tag: "Session", token, id: renew } as const)
      })

      const proceed = Effect.fn("Sessions.proceed")(function* (
        accountId: AccountId,
        methods: ReadonlyArray<Method>,
        renew?: string
      ): Effect.fn.Return<Proceeded, SqlError.SqlError> {
        const has = yield* repo.factors(accountId)
        if (methods.some((method) => strong.has(method)) || !(has.totp || has.passkey)) {
          return yield* openOrRenew(accountId, methods, renew ?? null)
        }
        const token = makeToken("step")
        yield* repo.insertStep({
          tokenHash: hashOf(token),
          accountId,
          methods,
          purpose: renew === undefined ? "sign-in" : "confirmation",
          sessionId: renew ?? null
        })
        return {
          _tag: "Step",
          token,
          methods: waysOf(has)
        }
      })

      const ifStep = <A, E>(token: string, use: (hash: Uint8Array) => Effect.Effect<A | undefined, E>) =>
        isWellFormed("step", token) ? use(hashOf(token)) : Effect.succeed(undefined)

      return Sessions.of({
        bySession: Effect.fn("Sessions.bySession")(function* (token) {
          if (!isWellFormed("session", token)) return undefined
          const found = yield* findSession(hashOf(token))
          if (found === undefined) return undefined
          if (found.isStale) yield* retry(repo.touchSession(found.sessionId))
          return {
            accountId: found.accountId,
            role: found.role,
            permissions: permissions[found.role],
            by: { _tag: "Session", id: found.sessionId, authenticatedAt: found.authenticatedAt },
            owesSecondFactor: owes(found.role, found.methods)
          }
        }),
        byKey: Effect.fn("Sessions.byKey")(function* (token) {
          if (!isWellFormed("key", token)) return undefined
          const found = yield* findKey(hashOf(token))
          if (found === undefined) return undefined
          if (found.isStale) yield* retry(repo.touchKey(found.keyId))
          const allowed = permissions[found.role]
          return {
            accountId: found.accountId,
            role: found.role,
            permissions: new Set(found.scopes.filter((scope) => allowed.has(scope))),
            by: { _tag: "ApiKey", id: found.keyId },
            owesSecondFactor: false
          }
        }),
        proceed,
        tryStep: (token) => ifStep(token, repo.tryStep),
        findStep: (token) => ifStep(token, repo.findStep),
        stepMethods: Effect.fn("Sessions.stepMethods")(function* (token) {
          const step = yield* retry(ifStep(token, repo.findStep))
          return step === undefined ? undefined : waysOf(yield* retry(repo.factors(step.accountId)))
        }),
        finishStep: (token, method) =>
          ifStep(token, (hash) =>
            Effect.gen(function* () {
              const step = yield* repo.takeStep(hash)
              if (step === undefined) return undefined
              return yield* openOrRenew(step.accountId, [...step.methods, method], step.sessionId)
            }).pipe(sql.withTransaction)
          ),
        owes,
        addMethod: repo.addMethod,
        list: Effect.fn("Sessions.list")((accountId) => retry(repo.list(accountId, settings.sessionIdle))),
        endByToken: (token) =>
          isWellFormed("session", token)
            ? Effect.tap(repo.endByToken(hashOf(token)), tellOfRights)
            : Effect.succeed(undefined),
        end: (accountId, id) =>
          repo.end(accountId, id).pipe(
            Effect.tap(tellOfRights),
            Effect.map((ended) => ended.length > 0)
          ),
        endAll: (accountId, except) =>
          repo.endAll(accountId, except).pipe(
            Effect.tap(tellOfRights),
            Effect.map((ended) => ended.length)
          ),
        factors: repo.factors
      })
    })
  )
}
