import { Clock, DateTime, Duration, Effect, FiberSet, Layer, Metric, Semaphore } from "effect"
import { leastUuidAt } from "../platform/Ids.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { every, untilNone } from "../platform/Periodic.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import * as Deliveries from "./Deliveries.ts"
import * as DeliveriesRepo from "./DeliveriesRepo.ts"
import * as MailMetrics from "./MailMetrics.ts"
import { MailSettings } from "./MailSettings.ts"
import { MailWaking } from "./MailWaking.ts"
import { Smtp, type SmtpServer } from "./Smtp.ts"

/** Sends what is due, with one attempt at once for each connection to the mail server. */
const sending = Effect.fnUntraced(function* (server: SmtpServer) {
  const { smtpConnections } = yield* MailSettings
  const deliveries = yield* Deliveries.make(server)
  const shutdown = yield* Shutdown
  const waking = yield* MailWaking
  const free = yield* Semaphore.make(smtpConnections)
  // The shutdown begins before the scope closes, and stops new claims. Running attempts then get the time that is left.
  const running = yield* FiberSet.make<void>()
  yield* Effect.addFinalizer(() =>
    Effect.flatMap(shutdown.left, (left) => Effect.timeoutOption(FiberSet.awaitEmpty(running), left))
  )

  /** Waits for a free connection, and claims a mail for each free one. True: there may be more mails that are due. */
  const fill = Effect.uninterruptibleMask(
    Effect.fnUntraced(function* (restore) {
      yield* restore(free.take(1))
      let count = 1
      while (yield* free.takeIfAvailable(1)) count++
      const attempts = yield* Effect.onError(restore(deliveries.claimDue(count)), () => free.release(count))
      yield* free.release(count - attempts.length)
      for (const attempt of attempts) {
        yield* FiberSet.run(running, Effect.ensuring(restore(attempt), free.release(1)))
      }
      return attempts.length > 0
    })
  )

  yield* fill.pipe(
    Effect.repeat({ while: (more) => more }),
    Effect.catchTag("DatabaseUnavailable", () =>
      Effect.logWarning("Mails that are due cannot be read: the database does not answer")
    ),
    Effect.catchCause((cause) => Effect.logError("Sending mails failed", forLog(cause))),
    // Mails that other replicas stored, and those whose pause is over, are found by looking.
    Effect.andThen(Effect.timeoutOption(waking.woken, "1 second")),
    Effect.forever,
    Effect.raceFirst(shutdown.begun),
    Effect.forkScoped
  )
})

/** Sends mails, counts them, and looks after their table. With WORKERS=0 it only counts: other replicas do the rest. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { databaseDeadline, workers } = yield* Settings
    const { mailRetention } = yield* MailSettings
    const server = yield* Smtp
    const repo = yield* DeliveriesRepo.make
    const retry = retryTransient(databaseDeadline)
    const now = Effect.map(DateTime.now, DateTime.toDateUtc)

    yield* every(
      "15 seconds",
      "Counting mails",
      Effect.gen(function* () {
        const depth = yield* retry(Effect.flatMap(now, repo.depth))
        yield* Metric.update(MailMetrics.waiting, depth.waiting)
        const since = server === undefined ? null : depth.oldest
        const millis = since === null ? 0 : (yield* Clock.currentTimeMillis) - since.getTime()
        yield* Metric.update(MailMetrics.oldestDue, Math.max(0, millis / 1000))
      })
    )
    if (workers === 0) return

    yield* every(
      "1 minute",
      "Taking late mails out of the outbox",
      Effect.andThen(
        untilNone(
          Effect.gen(function* () {
            const ended = yield* retry(Effect.flatMap(now, (at) => repo.expire(at, 500)))
            yield* Effect.forEach(ended, MailMetrics.ended, { discard: true })
            return ended.length
          })
        ),
        untilNone(retry(Effect.flatMap(now, (at) => repo.emptyLinks(at, 500))))
      )
    )
    yield* every(
      "1 hour",
      "Deleting old mails",
      Effect.flatMap(Clock.currentTimeMillis, (millis) => {
        const moment = millis - Duration.toMillis(mailRetention)
        return untilNone(retry(repo.removeBefore(new Date(moment), leastUuidAt(moment), 500)))
      })
    )
    if (server !== undefined) yield* sending(server)
  })
)
