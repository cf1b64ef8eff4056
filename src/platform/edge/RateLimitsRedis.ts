import { type Clock, Deferred, Effect, Schedule } from "effect"
import { hash } from "node:crypto"
import { createClient } from "redis"
import type { Rate } from "../settings/Setting.ts"
import { windowAt } from "./RateWindow.ts"

/** A play asks Redis twice (address and email), and Redis may delay it by 50 ms at most. */
const defaultBudgetMillis = 20

/** A single late answer may be a pause of this process. This many in a row mean that Redis hangs. */
const lateAnswersAllowed = 3

const connectMillis = 1000

const pauseBetweenAttempts = "500 millis"

const warnEveryMillis = 60_000

// Counts and sets the expiry in one step, because a key without an expiry would stay forever. The key expires one window's
// length from now, later than the window ends, so clocks of replicas may differ.
const script = `local count = redis.call("INCR", KEYS[1])
if count == 1 then redis.call("PEXPIRE", KEYS[1], ARGV[1]) end
return count`

const open = (url: string) =>
  createClient({
    url,
    // While Redis is down, the client would otherwise queue commands, and requests would wait for them.
    disableOfflineQueue: true,
    commandsQueueMaxLength: 10_000,
    // A broken client is replaced: one that reconnects by itself would keep the unanswered commands of a hanging server.
    socket: { connectTimeout: connectMillis, reconnectStrategy: false }
  })

type Client = ReturnType<typeof open>

/** A client in use. `end` reports that it no longer works. */
interface Session {
  readonly client: Client
  readonly end: (reason: string) => void
  lateAnswers: number
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)

/** Counts the event in Redis; null if Redis does not answer within the budget. */
const count = (
  session: Session,
  key: string,
  expiryMillis: number,
  budgetMillis: number
): Effect.Effect<number | null> =>
  Effect.callback((resume) => {
    let settled = false
    const late = setTimeout(() => {
      // Node runs late timers before it reads sockets: after a pause of this process, the answer may already be here.
      setImmediate(() => {
        if (settled) return
        settled = true
        if (++session.lateAnswers >= lateAnswersAllowed) session.end("it answers too late")
        resume(Effect.succeed(null))
      })
    }, budgetMillis)
    const settle = (answer: number | null) => {
      clearTimeout(late)
      if (settled) return
      settled = true
      resume(Effect.succeed(answer))
    }
    session.client.eval(script, { keys: [key], arguments: [String(expiryMillis)] }).then(
      (answer) => {
        session.lateAnswers = 0
        settle(Number(answer))
      },
      (error: unknown) => {
        session.end(reasonOf(error))
        settle(null)
      }
    )
    return Effect.sync(() => {
      settled = true
      clearTimeout(late)
    })
  })

/**
 * Keeps one connection to Redis and counts over it. Without a connection, everything is allowed at once: requests never wait
 * for one, and a hanging Redis costs only a few requests the budget before it counts as down.
 *
 * The RateLimiter of `effect/persistence` has neither a budget nor this state. Its windows begin with the first event of a
 * key, while memory and Redis agree here.
 */
export const makeRedis = (url: string, budgetMillis = defaultBudgetMillis) =>
  Effect.gen(function* () {
    let current: Session | undefined
    let warnedAt = Number.NEGATIVE_INFINITY
    let lost = false

    const warn = (reason: string) =>
      Effect.suspend(() => {
        lost = true
        const now = performance.now()
        if (now - warnedAt < warnEveryMillis) return Effect.void
        warnedAt = now
        return Effect.logWarning(`Redis cannot be used (${reason}): requests are not limited until it answers.`)
      })

    const connect = Effect.acquireRelease(
      Effect.sync(() => open(url)),
      (client) => Effect.sync(() => client.isOpen && client.destroy())
    )

    /** One connection, from connecting until it no longer works. Succeeds with the reason for its end. */
    const session = (attempted: Deferred.Deferred<void>) =>
      Effect.gen(function* () {
        const client = yield* connect
        const ended = Deferred.makeUnsafe<string>()
        const end = (reason: string) => {
          if (current?.client === client) current = undefined
          Deferred.doneUnsafe(ended, Effect.succeed(reason))
        }
        client.on("error", (error) => end(reasonOf(error)))
        client.on("end", () => end("the connection was closed"))
        yield* Effect.callback<void, string>((resume) => {
          const late = setTimeout(() => resume(Effect.fail("it does not answer")), connectMillis)
          client
            .connect()
            .then(() => client.ping())
            .then(
              () => resume(Effect.void),
              (error: unknown) => resume(Effect.fail(reasonOf(error)))
            )
            .finally(() => clearTimeout(late))
          return Effect.sync(() => clearTimeout(late))
        })
        current = { client, end, lateAnswers: 0 }
        yield* Deferred.succeed(attempted, undefined)
        if (lost) {
          lost = false
          yield* Effect.logInfo("Redis answers again: requests are limited.")
        }
        return yield* Deferred.await(ended)
      }).pipe(
        Effect.scoped,
        Effect.catch((reason) => Effect.succeed(reason)),
        Effect.tap(warn),
        Effect.ensuring(Deferred.succeed(attempted, undefined))
      )

    const attempted = Deferred.makeUnsafe<void>()
    yield* session(attempted).pipe(Effect.repeat(Schedule.spaced(pauseBetweenAttempts)), Effect.forkScoped)
    yield* Deferred.await(attempted)

    return {
      take: (key: string, rate: Rate | "off"): Effect.Effect<number> => {
        if (rate === "off") return Effect.succeed(0)
        return Effect.clockWith((clock: Clock.Clock) => {
          if (current === undefined) return Effect.succeed(0)
          const window = windowAt(rate, clock.currentTimeMillisUnsafe())
          // Hashed, because keys can hold email addresses, which should not show in Redis.
          const name = `fairground:limit:${hash("sha256", key, "base64url")}:${window.lengthMillis}:${window.index}`
          return Effect.map(count(current, name, window.lengthMillis, budgetMillis), (counted) =>
            counted === null || counted <= rate.limit ? 0 : window.waitSeconds
          )
        })
      }
    }
  })
