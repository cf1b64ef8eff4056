import { Context, Duration, Effect, Layer, Option, Random } from "effect"
import { SqlClient } from "effect/sql"
import { leavable } from "../../platform/Leavable.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import * as EspGovernorRepo from "./EspGovernorRepo.ts"
import * as Memory from "./EspGovernorMemory.ts"
import { type GovernorPolicy, type GovernorStore, isUnlimited, type Priority } from "./GovernorPolicy.ts"

/** The permission to make one call. */
export interface Slot {
  readonly _tag: "Slot"
  /**
   * Run it when the call has ended at the provider too. Do not run it after a timeout: the provider may still be working on
   * the call, so the slot stays taken until the policy's `hold` has passed.
   */
  readonly release: Effect.Effect<void>
}

/** No slot is free now; one is expected after `retryAfter`. */
export interface NoSlot {
  readonly _tag: "NoSlot"
  readonly retryAfter: Duration.Duration
}

/** A live attempt has 1.5 s in total, and a healthy database needs 1 ms. */
const liveBudget = "50 millis"
const backgroundBudget = "2 seconds"

/** How long a background attempt waits when the counts cannot be read. */
const uncountedPause = Duration.seconds(1)

/** Limits the rate and the concurrency of calls to a provider across all replicas. It never fails. */
export class EspGovernor extends Context.Service<
  EspGovernor,
  {
    /** A slot, or how long to wait for one. A live attempt is answered within 50 ms, even when the database is down. */
    readonly take: (policy: GovernorPolicy, priority: Priority) => Effect.Effect<Slot | NoSlot>
    /** Grants no slot of the account for `wait`, because the provider asked for that with `Retry-After` or a similar header. */
    readonly close: (policy: GovernorPolicy, wait: Duration.Duration) => Effect.Effect<void>
  }
>()("fairground/esp/governor/EspGovernor") {
  /** Counts for this process alone. */
  static readonly layerMemory = Layer.effect(
    EspGovernor,
    Effect.map(Memory.make, (store) => of(store, store))
  )

  /**
   * Counts in the database, for all replicas, by the database's clock.
   *
   * When the database does not answer in time, this process counts live attempts on its own: the verdict is worth more than
   * the risk of a 429, which does no harm. Background attempts wait, which costs nothing.
   */
  static readonly layer = Layer.effect(
    EspGovernor,
    Effect.gen(function* () {
      const repo = yield* EspGovernorRepo.make(yield* SqlClient.SqlClient)
      return of(repo, yield* Memory.make)
    })
  )
}

const of = <E>(store: GovernorStore<E>, alone: GovernorStore): EspGovernor["Service"] => {
  let warnedAt = Number.NEGATIVE_INFINITY

  /** None: the counts could not be read or written. Logged at most once a minute, since it then affects every call. */
  const inTime = <A>(effect: Effect.Effect<A, E>, budget: Duration.Input): Effect.Effect<Option.Option<A>> =>
    effect.pipe(
      leavable,
      Effect.timeout(budget),
      Effect.asSome,
      Effect.catchCause((cause) => {
        const now = performance.now()
        if (now - warnedAt < 60_000) return Effect.succeedNone
        warnedAt = now
        return Effect.as(
          Effect.logWarning("Calls to ESPs cannot be counted for all replicas", forLog(cause)),
          Option.none<A>()
        )
      })
    )

  const take = Effect.fnUntraced(function* (policy: GovernorPolicy, priority: Priority) {
    if (isUnlimited(policy)) return { _tag: "Slot", release: Effect.void } as const
    const shared = yield* inTime(store.take(policy, priority), priority === "live" ? liveBudget : backgroundBudget)
    if (Option.isNone(shared) && priority === "background")
      return { _tag: "NoSlot", retryAfter: uncountedPause } as const
    const decision = Option.isSome(shared) ? shared.value : yield* alone.take(policy, priority)
    if (!decision.isGranted) {
      // Jitter of up to a tenth plus 10 ms: attempts that are refused together must not retry together.
      const millis = decision.waitMillis * (1 + 0.1 * (yield* Random.next)) + 10 * (yield* Random.next)
      return { _tag: "NoSlot", retryAfter: Duration.millis(Math.ceil(millis)) } as const
    }
    const { lease } = decision
    if (lease === null) return { _tag: "Slot", release: Effect.void } as const
    const release = Option.isNone(shared)
      ? alone.release(policy.account, lease)
      : Effect.asVoid(inTime(store.release(policy.account, lease), backgroundBudget))
    return { _tag: "Slot", release } as const
  })

  const close = (policy: GovernorPolicy, wait: Duration.Duration) => {
    if (isUnlimited(policy)) return Effect.void
    const millis = Math.ceil(Duration.toMillis(wait))
    return Effect.andThen(
      alone.close(policy.account, millis),
      Effect.asVoid(inTime(store.close(policy.account, millis), backgroundBudget))
    )
  }

  return EspGovernor.of({ take, close })
}
