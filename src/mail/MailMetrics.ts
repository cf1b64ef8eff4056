import { type Effect, Metric } from "effect"
import type { MailStatus } from "./Message.ts"

export const attempts = Metric.counter("fairground_mail_attempts_total", {
  description: "Attempts to hand a mail to the mail server, by how they ended.",
  incremental: true
})
export const trouble = Metric.gauge("fairground_mail_server_trouble", {
  description: "1 while the mail server cannot be used: unreachable, no TLS, wrong password, sender refused."
})
export const waiting = Metric.gauge("fairground_mails_waiting", { description: "Mails in the outbox." })
export const oldestDue = Metric.gauge("fairground_mail_oldest_due_seconds", {
  description: "How long the oldest mail has been due that nobody works on; 0 where there is none, or no mail server."
})

const ends = Metric.counter("fairground_mail_ends_total", {
  description: "Mails that left the outbox, by what became of them.",
  incremental: true
})

/** Counts a mail that left the outbox. */
export const ended = (status: MailStatus): Effect.Effect<void> =>
  Metric.update(Metric.withAttributes(ends, { status }), 1)
