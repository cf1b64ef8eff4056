import { Context, Deferred, Duration, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
import { RateLimits } from "../platform/edge/RateLimits.ts"
import { type DatabaseUnavailable, TooManyRequests } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { checkOne } from "./EspChecks.ts"
import { EspClient, type EspConnection } from "./EspClient.ts"
import { EspNotFound } from "./EspErrors.ts"
import type { EspFacts } from "./EspFacts.ts"
import { EspGuard } from "./EspGuard.ts"
import { EspLastChecks } from "./EspLastChecks.ts"
import { EspSettings } from "./EspSettings.ts"
import type { GovernorPolicy } from "./governor/GovernorPolicy.ts"

/** The account is left out: its name is made of a hash of the credentials. */
const limitsOf = ({ buckets, concurrency }: GovernorPolicy): EspFacts["limits"] => ({
  calls: buckets.map(({ cost, limit, window }) => ({
    limit,
    windowSeconds: Duration.toSeconds(window),
    callsPerContact: cost
  })),
  atOnce: concurrency?.limit ?? null
})

/** The ESP connections as staff see them, and their checks on demand. */
export class Esps extends Context.Service<
  Esps,
  {
    /** All connections, in the order of the settings. */
    readonly list: Effect.Effect<ReadonlyArray<EspFacts>>
    readonly find: (name: string) => Effect.Effect<EspFacts, EspNotFound>
    /**
     * Has the provider asked whether the connection is in order, and gives the connection with the result. Whoever asks while a check
     * of the connection runs gets its result. Beyond RATE_LIMIT_ESP_CHECK the provider is left alone.
     */
    readonly check: (name: string) => Effect.Effect<EspFacts, EspNotFound | TooManyRequests | DatabaseUnavailable>
  }
>()("fairground/esp/Esps") {
  static readonly layer = Layer.effect(
    Esps,
    Effect.gen(function* () {
      const audit = yield* Audit
      const guard = yield* EspGuard
      const { connections } = yield* EspClient
      const lastChecks = yield* EspLastChecks
      const limits = yield* RateLimits
      const { rateLimitEspCheck } = yield* EspSettings
      const retry = retryTransient((yield* Settings).databaseDeadline)
      const scope = yield* Effect.scope
      const running = new Map<string, Deferred.Deferred<void>>()

      const list = Effect.flatMap(guard.circuits, (circuits) =>
        Effect.forEach(circuits, ({ circuit, name, rejecting }) =>
          Effect.zipWith(guard.hasNoSlot(name), guard.lately(name), (hasNoSlot, lately): EspFacts => {
            const connection = connections.get(name)
            return {
              name,
              provider: connection?.provider ?? "",
              circuit,
              ...lately,
              rejecting,
              hasNoSlot,
              limits: connection === undefined ? { calls: [], atOnce: null } : limitsOf(connection.governor),
              lastCheck: lastChecks.of(name) ?? null
            }
          })
        )
      )

      const find = Effect.fn("Esps.find")(function* (name: string) {
        const found = (yield* list).find((esp) => esp.name === name)
        return found ?? (yield* new EspNotFound({}))
      })

      /** The check runs to its end, also when whoever began it leaves: others may wait for it. */
      const run = (name: string, connection: EspConnection) =>
        Effect.uninterruptibleMask((restore) => {
          const known = running.get(name)
          if (known !== undefined) return restore(Deferred.await(known))
          const ended = Deferred.makeUnsafe<void>()
          running.set(name, ended)
          return restore(checkOne(name, connection)).pipe(
            Effect.flatMap(lastChecks.note),
            Effect.onExit((exit) => {
              running.delete(name)
              return Deferred.done(ended, exit)
            }),
            Effect.forkIn(scope),
            Effect.andThen(restore(Deferred.await(ended)))
          )
        })

      const check = Effect.fn("Esps.check")(function* (name: string) {
        const connection = connections.get(name)
        if (connection === undefined) return yield* new EspNotFound({})
        const seconds = yield* limits.take(`esp-check:${name}`, rateLimitEspCheck)
        if (seconds > 0) return yield* new TooManyRequests({ retryAfterSeconds: seconds })
        // Before the check: what was asked of the provider is known even if nobody waits for the answer.
        yield* retry(audit.record({ action: "esp.check", target: { kind: "esp", id: name } }))
        yield* run(name, connection)
        return yield* find(name)
      })

      return Esps.of({ list, find, check })
    })
  )
}
