import { Context, Effect, Layer } from "effect"
import type { SqlError } from "effect/sql"
import { hash } from "node:crypto"
import { type DatabaseUnavailable, TooManyRequests } from "../../platform/contract/Problems.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import * as ThrottleRepo from "./ThrottleRepo.ts"

/**
 * Whose tries are counted together. `password`: of a normalised address, whether it has an account or not, so that being throttled
 * tells nothing. `device`: of a browser that signed in before. `session`: of a person who is signed in and types their password
 * again. `totp`: of an account's second factor.
 */
export type ThrottleKey = `${"password" | "device" | "session" | "totp"}:${string}`

const stored = (key: ThrottleKey): Uint8Array => hash("sha256", key, "buffer")

/** Slows down guessing, over all replicas: failures in a row of one key, whatever address they come from. */
export class Throttle extends Context.Service<
  Throttle,
  {
    /**
     * Counts a try as failed, before the password or code is looked at. `TooManyRequests` with the wait: it must not be looked at, not
     * even if it is right.
     */
    readonly take: (key: ThrottleKey) => Effect.Effect<void, TooManyRequests | DatabaseUnavailable>
    /** The try was not looked at after all, because the service has too much to do. */
    readonly giveBack: (key: ThrottleKey) => Effect.Effect<void>
    /** After a success: what was counted is forgotten, in the transaction around it. */
    readonly forgive: (...keys: ReadonlyArray<ThrottleKey>) => Effect.Effect<void, SqlError.SqlError>
  }
>()("fairground/accounts/password/Throttle") {
  static readonly layer = Layer.effect(
    Throttle,
    Effect.gen(function* () {
      const repo = yield* ThrottleRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)
      return Throttle.of({
        take: Effect.fn("Throttle.take")(function* (key) {
          const bytes = stored(key)
          if (yield* retry(repo.count(bytes))) return
          return yield* new TooManyRequests({ retryAfterSeconds: yield* retry(repo.wait(bytes)) })
        }),
        giveBack: (key) => Effect.ignore(repo.giveBack(stored(key))),
        forgive: (...keys) => (keys.length === 0 ? Effect.void : repo.remove(keys.map(stored)))
      })
    })
  )
}
