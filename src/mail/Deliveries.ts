import { Clock, DateTime, Duration, Effect, Metric, Random, Schedule } from "effect"
import { SqlClient } from "effect/sql"
import { randomUUID } from "node:crypto"
import { uuidV7At } from "../platform/Ids.ts"
import { forLog } from "../platform/observe/Redaction.ts"
import { withoutEndSlash } from "../platform/outbound/BaseUrl.ts"
import { inOrder, retryTransient } from "../platform/postgres/Transient.ts"
import { Secrets } from "../platform/Secrets.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { mailbox } from "../players/Email.ts"
import { filled, linkContext } from "./Composed.ts"
import * as DeliveriesRepo from "./DeliveriesRepo.ts"
import type { Claimed, Ending } from "./DeliveriesRepo.ts"
import * as MailMetrics from "./MailMetrics.ts"
import { MailSettings } from "./MailSettings.ts"
import type { Handed, SmtpServer } from "./Smtp.ts"
import { Suppression } from "./Suppression.ts"
import * as SuppressionsRepo from "./SuppressionsRepo.ts"
import * as Unsubscribing from "./Unsubscribing.ts"

/** The pause after the n-th attempt at a mail: 1 minute, twice as long each time, 4 hours at most. */
export const pauseAfter = (attempts: number): Duration.Duration =>
  Duration.minutes(Math.min(2 ** Math.min(attempts - 1, 20), 240))

/** The pause of the whole process after the n-th failure of the mail server in a row: 5 seconds, and 1 minute at most. */
export const serverPause = (failures: number): Duration.Duration =>
  Duration.seconds(Math.min(5 * 2 ** Math.min(failures - 1, 20), 60))

/** Hands due mails to the mail server. */
export const make = Effect.fnUntraced(function* (server: SmtpServer) {
  const { databaseDeadline } = yield* Settings
  const { smtpTimeout } = yield* MailSettings
  const sql = yield* SqlClient.SqlClient
  const secrets = yield* Secrets
  const repo = yield* DeliveriesRepo.make
  const suppressions = yield* SuppressionsRepo.make
  const unsubscribing = yield* Unsubscribing.make
  const retry = retryTransient(databaseDeadline)
  // An attempt takes three time-outs at most, and then its end is stored.
  const lease = Duration.sum(Duration.times(smtpTimeout, 4), Duration.seconds(30))
  const domain = server.sender.address.slice(server.sender.address.lastIndexOf("@") + 1)

  /** How often the mail server failed since it last answered about a mail, and when it may be tried again. */
  let failures = 0
  let pausedUntil = 0

  const jittered = (pause: Duration.Duration) =>
    Effect.map(Random.next, (random) => Duration.times(pause, 0.8 + 0.4 * random))

  const works = Effect.suspend(() => {
    if (failures === 0) return Effect.void
    failures = 0
    pausedUntil = 0
    return Effect.andThen(Metric.update(MailMetrics.trouble, 0), Effect.logInfo("The mail server takes mails again"))
  })

  const fails = Effect.fnUntraced(function* (reason: string) {
    const now = yield* Clock.currentTimeMillis
    // Attempts that ran at once fail together, and count once.
    if (pausedUntil > now) return Duration.millis(pausedUntil - now)
    failures++
    const pause = yield* jittered(serverPause(failures))
    pausedUntil = now + Duration.toMillis(pause)
    yield* Metric.update(MailMetrics.trouble, 1)
    if (failures === 1) {
      yield* Effect.logWarning("The mail server cannot be used: mails wait in the outbox", { reason })
    }
    return pause
  })

  const envelopeOf = Effect.fnUntraced(function* (mail: Claimed) {
    const { bodyHtml, bodyText, canUnsubscribe, emailKey, id, language, recipient, sendings, subject } = mail
    const link =
      mail.link === null ? undefined : Buffer.from(yield* secrets.open(linkContext(id), mail.link)).toString()
    const now = yield* DateTime.now
    const unsubscribe = canUnsubscribe
      ? `${withoutEndSlash(server.publicUrl)}/u/${yield* unsubscribing.tokenOf({
          language,
          id: (yield* retry(repo.readerOf(uuidV7At(DateTime.toEpochMillis(now)), emailKey, DateTime.toDateUtc(now)))).id
        })}`
      : undefined
    return {
      messageId: `${id}.${sendings}@${domain}`,
      to: mailbox(recipient, emailKey),
      subject,
      unsubscribe,
      ...filled({ language, bodyText, bodyHtml }, { link, unsubscribe })
    }
  })

  const endingOf = Effect.fnUntraced(function* (mail: Claimed, handed: Handed): Effect.fn.Return<Ending> {
    const millis = yield* Clock.currentTimeMillis
    const at = new Date(millis)
    switch (handed._tag) {
      case "taken":
        return { status: "sent", at, dueAt: null, reason: null, counts: true }
      case "refused":
        return { status: "refused", at, dueAt: null, reason: handed.reason, counts: true }
      case "passing": {
        const pause = yield* jittered(pauseAfter(mail.attempts + 1))
        const dueAt = new Date(millis + Duration.toMillis(pause))
        return dueAt < mail.expiresAt
          ? { status: "outbox", at, dueAt, reason: handed.reason, counts: true }
          : { status: "failed", at, dueAt: null, reason: handed.reason, counts: true }
      }
      case "server": {
        const pause = yield* fails(handed.reason)
        const dueAt = new Date(millis + Duration.toMillis(pause))
        return { status: "outbox", at, dueAt, reason: handed.reason, counts: false }
      }
    }
  })

  const store = (mail: Claimed, claimedBy: string, ending: Ending, isDead: boolean) =>
    Effect.gen(function* () {
      const isOurs = yield* repo.end(mail.id, claimedBy, ending)
      if (!isOurs || !isDead) return isOurs
      yield* suppressions.insert(
        yield* Effect.orDie(
          Suppression.insert.makeEffect({
            emailKey: mail.emailKey,
            reason: "refused",
            detail: ending.reason,
            mailId: mail.id
          })
        )
      )
      return true
    }).pipe(
      sql.withTransaction,
      inOrder,
      retry,
      // The mail server has it: what is lost here is sent twice. So this does not give up while the process lives.
      Effect.tapError(() =>
        Effect.logWarning("How an attempt at a mail ended cannot be stored yet", { mail: mail.id })
      ),
      Effect.retry(Schedule.spaced("1 second").pipe(Schedule.jittered)),
      Effect.flatMap((isOurs) =>
        isOurs && ending.status !== "outbox" ? MailMetrics.ended(ending.status) : Effect.void
      )
    )

  const attempt = (mail: Claimed, claimedBy: string) =>
    Effect.gen(function* () {
      if (mail.isSuppressed) {
        const at = new Date(yield* Clock.currentTimeMillis)
        return yield* store(
          mail,
          claimedBy,
          { status: "suppressed", at, dueAt: null, reason: null, counts: false },
          false
        )
      }
      const handed: Handed = yield* envelopeOf(mail).pipe(
        Effect.flatMap(server.send),
        Effect.tap(({ _tag }) => (_tag === "server" ? Effect.void : works)),
        // The key of its link is missing: somebody has to correct the settings, and the mail waits for that.
        Effect.catchTags({
          SecretUnreadable: ({ message }) => Effect.succeed<Handed>({ _tag: "passing", reason: message }),
          SecretsKeyMissing: () => Effect.succeed<Handed>({ _tag: "passing", reason: "SECRETS_KEY is not set." })
        })
      )
      yield* Metric.update(Metric.withAttributes(MailMetrics.attempts, { outcome: handed._tag }), 1)
      const isDead = handed._tag === "refused" && handed.isAddress
      yield* store(mail, claimedBy, yield* endingOf(mail, handed), isDead)
    }).pipe(
      // The lease ends, and it is tried again.
      Effect.catchCause((cause) => Effect.logError("An attempt at a mail failed", forLog(cause))),
      Effect.annotateLogs({ mail: mail.id })
    )

  /** Claims up to `free` mails that are due, and returns an attempt for each. None while the mail server is given a pause. */
  const claimDue = Effect.fnUntraced(function* (free: number) {
    const now = yield* Clock.currentTimeMillis
    if (now < pausedUntil) return []
    const claimedBy = randomUUID()
    // After a failure, one mail finds out whether the mail server can be used again.
    const limit = failures > 0 ? 1 : free
    const leaseUntil = new Date(now + Duration.toMillis(lease))
    const claimed = yield* retry(repo.claimDue(new Date(now), leaseUntil, claimedBy, limit))
    return claimed.map((mail) => attempt(mail, claimedBy))
  })

  return { claimDue }
})
