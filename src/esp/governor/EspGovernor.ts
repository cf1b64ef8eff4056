import { Context, Duration, Effect, Layer, Option, Random } from "effect"
import { SqlClient } from "effect/sql"
import { leavable } from "../../platform/Leavable.ts"
import { forLog } from "../../platform/observe/Redaction.ts"
import * as EspGovernorRepo from "./EspGovernorRepo.ts"
import * as Memory from "./EspGovernorMemory.ts"
import { type GovernorPolicy, type GovernorStore, isUnlimited, type Priority } from "./GovernorPolicy.ts"

/** A slot for one call. */
export interface Slot {
  readonly _tag: "Slot"
  /**
   * The call has ended, and the provider knows it. Not run after a timeout: the provider may still be at it, and the slot is
   * taken until the policy's `hold` is over.
   */
  readonly release: Effect.Effect<void>
}

/** There is none now; one is expected after `retryAfter`. */
export interface NoSlot {
  readonly _tag: "NoSlot"
  readonly retryAfter: Duration.Duration
}

/** A live attempt has 1.5 s in all, and a healthy database needs 1 ms. */
const liveBudget = "50 millis"
const backgroundBudget = "2 seconds"

/** What the background waits when the counts cannot be read. */
const blindPause = Duration.seconds(1)

/** Hands out the calls that a provider takes, to all replicas together. It never fails. */
export class EspGovernor extends Context.Service<
  EspGovernor,
  {
    /** A slot, or how long to wait. A live attempt gets its answer within 50 ms, whatever becomes of the database. */
    readonly take: (policy: GovernorPolicy, priority: Priority) => Effect.Effect<Slot | NoSlot>
    /** The provider takes no calls from this account for that long: nobody gets a slot. For `Retry-After` and its like. */
    readonly close: (policy: GovernorPolicy, wait: Duration.Duration) => Effect.Effect<void>
  }
>()("fairground/esp/governor/EspGovernor") {
  /** Counts for this process alone. */
  static readonly layerMemory = Layer.effect(
    EspGovernor,
    Effect.map(Memory.make, (store) => of(store, store))
  )

  /**
   * Counts in the database, for all replicas, by its clock.
   *
   * When the database does not answer in time, a live attempt is counted by this process alone: the verdict is worth more than
   * the risk of a 429, which harms nobody. The background waits: nothing is lost by it.
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

  /** None: the counts could not be read or written. Said once a minute: it concerns every call meanwhile. */
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
    if (Option.isNone(shared) && priority === "background") return { _tag: "NoSlot", retryAfter: blindPause } as const
    const decision = Option.isSome(shared) ? shared.value : yield* alone.take(policy, priority)
    if (!decision.isGranted) {
      // Up to a tenth on top, and some milliseconds: those who are turned away together must not come back together.
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
