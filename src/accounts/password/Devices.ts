import { Context, Duration, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { AccountId } from "../Account.ts"
import { hashOf, isWellFormed, makeToken } from "../Tokens.ts"
import * as DevicesRepo from "./DevicesRepo.ts"
import type { ThrottleKey } from "./Throttle.ts"

/** How long a browser is known after a sign-in. */
export const deviceLifetime = Duration.days(90)

/** The most devices of an account: beyond it, the least used one is forgotten. */
const mostDevices = 50

/**
 * Browsers that signed in before. Each has a throttle of its own, so that a stranger who guesses at somebody's password does not
 * keep that person out. Nothing else depends on them: they let nobody in.
 */
export class Devices extends Context.Service<
  Devices,
  {
    /** What the tries of this browser at the password of this address are counted by. */
    readonly throttleOf: (token: string, emailKey: string) => Effect.Effect<ThrottleKey, DatabaseUnavailable>
    /** After a sign-in: returns the token for the browser's cookie, the old one where it is still good. */
    readonly remember: (token: string, accountId: AccountId) => Effect.Effect<string, SqlError.SqlError>
    /** After a reset: whoever knew the old password may have known browsers, too. */
    readonly forgetAll: (accountId: AccountId) => Effect.Effect<void, SqlError.SqlError>
  }
>()("fairground/accounts/password/Devices") {
  static readonly layer = Layer.effect(
    Devices,
    Effect.gen(function* () {
      const repo = yield* DevicesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      return Devices.of({
        throttleOf: Effect.fn("Devices.throttleOf")(function* (token, emailKey) {
          const stranger = `password:${emailKey}` as const
          if (!isWellFormed("device", token)) return stranger
          const hash = hashOf(token)
          const isKnown = yield* retry(repo.isKnown(hash, emailKey))
          return isKnown ? (`device:${hash.toString("hex")}` as const) : stranger
        }),
        remember: Effect.fnUntraced(function* (token, accountId) {
          if (isWellFormed("device", token) && (yield* repo.prolong(hashOf(token), accountId))) return token
          const made = makeToken("device")
          yield* repo.insert(hashOf(made), accountId, mostDevices)
          return made
        }),
        forgetAll: repo.removeAll
      })
    })
  )
}
