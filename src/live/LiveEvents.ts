import { Clock, Context, Duration, Effect, Latch, Layer, Metric, Random, type Scope, Stream } from "effect"
import { Permissions } from "../accounts/Permissions.ts"
import { Standing } from "../accounts/session/Standing.ts"
import { type Actor, NotPermitted } from "../platform/contract/Access.ts"
import { Overloaded, TooManyRequests, ValidationFailed } from "../platform/contract/Problems.ts"
import { monotonicMillisOf } from "../platform/Monotonic.ts"
import { Notifier } from "../platform/notify/Notifier.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import * as Followers from "./Followers.ts"
import { LiveSettings } from "./LiveSettings.ts"
import { permissionOf, type Topic } from "./Topic.ts"

/** How often the rights of all who follow are looked at again, in milliseconds. What ends them is told at once besides. */
const rightsEvery = 5000

/** Of how many streams the rights are asked for in one statement: a long answer would hold up plays while it is read. */
const judgedAtOnce = 250

/** Seconds until a refused client should try again: when a place becomes free is not known. */
const retryAfterSeconds = 5

const streamsNow = Metric.gauge("fairground_event_streams", {
  description: "Streams of live events that are open in this process."
})
const behindTotal = Metric.counter("fairground_event_streams_behind_total", {
  description:
    "Times that a client did not read its stream of live events fast enough, and was told to read again instead.",
  incremental: true
})

export interface Wish {
  readonly topics: ReadonlyArray<Topic>
  /** Only events of this game; left out: of all. */
  readonly game?: string
}

/** Live events: what other people and programs do, as server-sent events. */
export class LiveEvents extends Context.Service<
  LiveEvents,
  {
    /** Begins to follow. The stream gives server-sent events as text, and ends after an event that says why. Closing the scope gives its place back. */
    readonly follow: (
      actor: Actor,
      wish: Wish
    ) => Effect.Effect<
      Stream.Stream<Uint8Array>,
      NotPermitted | ValidationFailed | TooManyRequests | Overloaded,
      Scope.Scope
    >
  }
>()("fairground/live/LiveEvents") {
  static readonly layer = Layer.effect(
    LiveEvents,
    Effect.gen(function* () {
      const settings = yield* LiveSettings
      const notifier = yield* Notifier
      const standing = yield* Standing
      const shutdown = yield* Shutdown
      const declared = new Set((yield* Permissions).map(({ name }) => name))
      const clock = yield* Clock.Clock
      const context = yield* Effect.context()
      const now = () => monotonicMillisOf(clock)
      const [wake, wakeRights] = [Latch.makeUnsafe(false), Latch.makeUnsafe(false)]
      const held = new Map<string, number>()
      const followers = Followers.make(now, () => behindTotal.updateUnsafe(1, context))
      streamsNow.updateUnsafe(0, context)
      behindTotal.updateUnsafe(0, context)

      /** Ends the streams of those whose session or key has ended, or who may not see a topic any more. */
      const judge = Effect.gen(function* () {
        const all = [...followers.all]
        for (let from = 0; from < all.length; from += judgedAtOnce) {
          const some = all.slice(from, from + judgedAtOnce)
          const permissions = yield* standing.of(some.map(({ by }) => by))
          yield* followers.end(({ by, topics }) => {
            const may = permissions.get(by.id)
            if (may === undefined) return "signed-out"
            return topics.every((topic) => may.has(permissionOf[topic])) ? undefined : "not-permitted"
          }, some)
        }
      }).pipe(
        // Without the database nothing happens that could be told.
        Effect.catchTag("DatabaseUnavailable", () =>
          Effect.logDebug("The rights of event streams cannot be looked at")
        ),
        Effect.catchCause((cause) => Effect.logError("Looking at the rights of event streams failed", forLog(cause)))
      )

      yield* notifier.hear(({ missed, news }) => {
        if (missed === null || missed.includes("access") || news.some(({ topic }) => topic === "access")) {
          wakeRights.openUnsafe()
        }
        followers.hear(
          news.filter(({ topic }) => topic !== "access"),
          missed
        )
        wake.openUnsafe()
      })
      yield* Effect.gen(function* () {
        yield* wake.await
        wake.closeUnsafe()
        yield* followers.tell
      }).pipe(Effect.forever, Effect.forkScoped)
      yield* Effect.gen(function* () {
        const millis = yield* Random.nextBetween(0.8 * rightsEvery, rightsEvery)
        yield* Effect.raceFirst(wakeRights.await, Effect.sleep(millis))
        wakeRights.closeUnsafe()
        yield* judge
      }).pipe(Effect.forever, Effect.forkScoped)
      yield* followers.keepAlive.pipe(Effect.delay("1 second"), Effect.forever, Effect.forkScoped)
      // Twice: clients that have not been sent elsewhere open their streams here again as long as there is a drain.
      yield* shutdown.asked.pipe(
        Effect.andThen(followers.end(() => "stopping")),
        Effect.andThen(shutdown.begun),
        Effect.andThen(followers.end(() => "stopping")),
        Effect.forkScoped
      )

      /** The first thing that keeps the actor from following. */
      const refusal = ({ accountId, permissions }: Actor, { topics }: Wish) => {
        const off = topics.filter((topic) => !declared.has(permissionOf[topic]))
        if (off.length > 0) {
          const message = `Expected topics of modules that are on: ${off.join(", ")} is off (MODULES)`
          return new ValidationFailed({ errors: [{ path: ["query", "topics"], message }] })
        }
        const lacking = topics.map((topic) => permissionOf[topic]).find((permission) => !permissions.has(permission))
        if (lacking !== undefined) return new NotPermitted({ permission: lacking })
        if ((held.get(accountId) ?? 0) >= settings.eventStreamsAccount) {
          const detail = `As many streams of events of this account are open as may: ${settings.eventStreamsAccount}.`
          return new TooManyRequests({ retryAfterSeconds, detail })
        }
        if (followers.all.size >= settings.eventStreams) {
          return new Overloaded({ detail: "As many streams of events are open as may." })
        }
        return undefined
      }

      const count = (accountId: string, by: 1 | -1) => {
        const streams = (held.get(accountId) ?? 0) + by
        if (streams === 0) held.delete(accountId)
        else held.set(accountId, streams)
        streamsNow.updateUnsafe(followers.all.size, context)
      }

      const enter = Effect.fnUntraced(function* (actor: Actor, wish: Wish) {
        const refused = refusal(actor, wish)
        if (refused !== undefined) return yield* refused
        // Jitter: clients that came at the same moment, as after a restart, do not all come again at once.
        const lasts = Duration.toMillis(settings.eventStreamMax) * (yield* Random.nextBetween(0.9, 1))
        const follower = followers.add({
          accountId: actor.accountId,
          by: actor.by,
          topics: wish.topics,
          game: wish.game ?? null,
          endsAt: now() + lasts
        })
        count(actor.accountId, 1)
        for (const topic of [...wish.topics, "access"]) notifier.want(topic, 1)
        return follower
      })

      const leave = (follower: Followers.Follower) =>
        Effect.sync(() => {
          followers.remove(follower)
          count(follower.accountId, -1)
          for (const topic of [...follower.topics, "access"]) notifier.want(topic, -1)
        })

      return LiveEvents.of({
        follow: (actor, wish) =>
          Effect.map(Effect.acquireRelease(enter(actor, wish), leave), ({ mailbox }) =>
            Stream.unfold<undefined, Uint8Array, never, never>(undefined, () =>
              Effect.map(mailbox.take, (text) => (text === undefined ? undefined : ([text, undefined] as const)))
            )
          )
      })
    })
  )
}
