import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** Deadlines, concurrency and retries of the attempts at contacts. */
export class ContactsSettings extends group<ContactsSettings>()("fairground/contacts/ContactsSettings", {
  espDeadline: Setting.duration("ESP_DEADLINE", {
    default: "1500 millis",
    description: "How long a play waits for the ESP's verdict before it is answered with `unknown`."
  }),
  espConcurrency: Setting.whole("ESP_CONCURRENCY", 1, 10_000, {
    default: "256",
    description: "Attempts that run at once in a process for plays just recorded; further ones go to the background."
  }),
  espSettlePause: Setting.duration("ESP_SETTLE_PAUSE", {
    default: "5 seconds",
    description:
      "Pause before the background's second attempt at a contact, with jitter; it doubles for each further one."
  }),
  espSettlePauseMax: Setting.duration("ESP_SETTLE_PAUSE_MAX", {
    default: "1 hour",
    description: "The longest such pause."
  }),
  espSettleFor: Setting.duration("ESP_SETTLE_FOR", {
    default: "7 days",
    description:
      "How long a contact is attempted, from its first play or from `contacts retry` on, before its verdict stays `unknown`."
  })
}) {}
