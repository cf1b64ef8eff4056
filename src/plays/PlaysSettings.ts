import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** Settings of the recording of plays. */
export class PlaysSettings extends group<PlaysSettings>()("fairground/plays/PlaysSettings", {
  playQueue: Setting.whole("PLAY_QUEUE", 1, 1_000_000, {
    default: "4096",
    description: "Plays that may wait for the database; when it is full, a play is answered with 503 at once."
  }),
  playBatch: Setting.whole("PLAY_BATCH", 1, 4096, {
    default: "256",
    description: "The most plays that share a transaction."
  }),
  playWriters: Setting.whole("PLAY_WRITERS", 1, 64, {
    default: "1",
    description: "Batches that may be at the database at once."
  }),
  idempotencyRetention: Setting.duration("IDEMPOTENCY_RETENTION", {
    default: "30 days",
    description: "How long an `Idempotency-Key` is remembered."
  }),
  rateLimitEmail: Setting.rate("RATE_LIMIT_EMAIL", { default: "30/1m", description: "Plays of one email address." })
}) {}
