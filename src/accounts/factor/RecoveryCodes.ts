import { Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { randomBytes } from "node:crypto"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import type { Person } from "../session/SignIn.ts"
import { hashOf } from "../Tokens.ts"
import { SecondFactorAbsent } from "./FactorErrors.ts"
import { type ChangeProblem, Factors } from "./Factors.ts"
import * as RecoveryCodesRepo from "./RecoveryCodesRepo.ts"
import { base32 } from "./TotpCode.ts"

const howMany = 10

/** From this number on a person should make new ones. */
export const few = 3

/** 24 characters of base32, which are 120 bits: nothing to guess, so they are stored as SHA-256 and not throttled. */
const makeCode = (): string => base32(randomBytes(15))

/** As people read it: `ABCD-EFGH-…`. */
const shown = (code: string): string => code.replaceAll(/.{4}(?=.)/g, "$&-")

/** As it is stored: without hyphens and spaces, in capitals, with the letters that base32 has for the digits that it lacks. */
const canonical = (typed: string): string =>
  typed.replaceAll(/[\s-]/g, "").toUpperCase().replaceAll("0", "O").replaceAll("1", "I").replaceAll("8", "B")

/** Codes on paper that stand for a second factor that was lost, never for the password. Each works once. */
export class RecoveryCodes extends Context.Service<
  RecoveryCodes,
  {
    /** How many the account has left. */
    readonly left: (accountId: AccountId) => Effect.Effect<number, DatabaseUnavailable>
    /** Makes ten in place of all that there are. They can be shown only now. */
    readonly renew: (person: Person) => Effect.Effect<ReadonlyArray<string>, SecondFactorAbsent | ChangeProblem>
    /** Uses up a code, in the transaction around it. False: the account has no such code. */
    readonly use: (accountId: AccountId, code: string) => Effect.Effect<boolean, SqlError.SqlError>
    /** How many are left, in the transaction around it. */
    readonly count: (accountId: AccountId) => Effect.Effect<number, SqlError.SqlError>
  }
>()("fairground/accounts/factor/RecoveryCodes") {
  static readonly layer = Layer.effect(
    RecoveryCodes,
    Effect.gen(function* () {
      const factors = yield* Factors
      const repo = yield* RecoveryCodesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      return RecoveryCodes.of({
        left: Effect.fn("RecoveryCodes.left")((accountId) => retry(repo.count(accountId))),
        renew: Effect.fn("RecoveryCodes.renew")(function* (person) {
          const codes = Array.from({ length: howMany }, makeCode)
          yield* factors.change(
            person,
            Effect.fnUntraced(function* ({ account, tell }) {
              if (!account.totp && account.passkeys === 0) return yield* new SecondFactorAbsent({})
              yield* repo.removeAll(person.accountId)
              yield* repo.insert(person.accountId, codes.map(hashOf))
              yield* tell({ _tag: "RecoveryCodesMade" })
            }),
            () => ({ action: "account.recovery-codes-make", target: { kind: "account", id: person.accountId } })
          )
          return codes.map(shown)
        }),
        use: Effect.fn("RecoveryCodes.use")((accountId, code) => repo.use(accountId, hashOf(canonical(code)))),
        count: repo.count
      })
    })
  )
}
