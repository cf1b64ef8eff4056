import * as Setting from "../platform/settings/Setting.ts"
import { group } from "../platform/settings/SettingsGroup.ts"

/** The ESP connections, and the time limits and retries of calls to them. */
export class EspSettings extends group<EspSettings>()("fairground/esp/EspSettings", {
  espConnections: Setting.text("ESP_CONNECTIONS", {
    default: "",
    description:
      "The ESP connections that games can name: a JSON object of connections by name, or the path of a file with one. Left out: `sandbox` alone, which is always there."
  }),
  espCallTimeout: Setting.duration("ESP_CALL_TIMEOUT", {
    default: "10 seconds",
    description: "How long one call to the ESP may take."
  }),
  espRetries: Setting.whole("ESP_RETRIES", 0, 10, {
    default: "1",
    description: "Calls that follow a failed one within one attempt."
  }),
  espRetryPause: Setting.duration("ESP_RETRY_PAUSE", {
    default: "200 millis",
    description: "Pause before the first of them, with jitter; it doubles for each further one."
  }),
  espAttemptDeadline: Setting.duration("ESP_ATTEMPT_DEADLINE", {
    default: "15 seconds",
    description: "How long an attempt may take with all its calls and pauses."
  }),
  rateLimitEspCheck: Setting.rate("RATE_LIMIT_ESP_CHECK", {
    default: "6/1m",
    description: "Checks of one ESP connection that are asked for over the API."
  })
}) {}
