import { Schema } from "effect"
import * as Moment from "../platform/contract/Moment.ts"

export const EspConnectionName = Schema.String.check(
  Schema.isPattern(/^[a-z0-9](?:-?[a-z0-9])*$/u),
  Schema.isMaxLength(64)
).annotate({
  title: "ESP connection",
  description: "Name of an ESP connection, as `ESP_CONNECTIONS` has it.",
  examples: ["sandbox"]
})

export const Finding = Schema.Struct({
  level: Schema.Literals(["ok", "warning", "error"]).annotate({
    description: "`ok`, `warning` (it works, with a drawback), or `error` (contacts cannot be registered).",
    examples: ["ok"]
  }),
  what: Schema.String.annotate({ description: "What was found, for people.", examples: ["needs no account"] })
}).annotate({ identifier: "EspFinding", description: "One finding of a check." })

/** An ESP connection in an answer: nothing of it is a secret. */
export const EspFacts = Schema.Struct({
  name: EspConnectionName,
  provider: Schema.String.annotate({ description: "The provider behind it.", examples: ["sandbox"] }),
  circuit: Schema.Literals(["closed", "half-open", "open"]).annotate({
    description:
      "State of the circuit breaker, as the process that answers sees it. `closed`: all is well. `open`: the ESP fails so often that it is not called for now. `half-open`: one attempt tries whether it answers again.",
    examples: ["closed"]
  }),
  openUntil: Moment.toClientOrNull(
    "Until when it is not called, in UTC; null: its circuit is not open.",
    "2026-11-20T10:00:30.000Z"
  ).annotate({ examples: [null] }),
  calls: Schema.Int.annotate({
    description: "How many calls `p95Seconds` is of: the last 200 at most that this process has made.",
    examples: [200]
  }),
  p95Seconds: Schema.NullOr(Schema.Finite).annotate({
    description: "Within how many seconds 95 of 100 of these calls ended; null: there were none.",
    examples: [0.42]
  }),
  lastFault: Schema.NullOr(
    Schema.Struct({
      at: Moment.toClient("When the call ended, in UTC.", "2026-11-20T09:58:12.031Z"),
      reason: Schema.String.annotate({
        description: "Why it failed: a stable code such as `timeout`, or what is wrong with the settings, for people.",
        examples: ["timeout"]
      })
    }).annotate({ identifier: "EspFault", description: "A call to an ESP that failed." })
  ).annotate({
    description:
      "The last call of this process that failed; null: none has. A contact that the ESP has rejected is no fault of the connection.",
    examples: [null]
  }),
  rejecting: Schema.Boolean.annotate({
    description: "Whether at least half of the last 20 verdicts that this process got were `rejected`.",
    examples: [false]
  }),
  hasNoSlot: Schema.Boolean.annotate({
    description: "Whether the background waits, because the provider's limits are used up for the moment.",
    examples: [false]
  }),
  limits: Schema.Struct({
    calls: Schema.Array(
      Schema.Struct({
        limit: Schema.Int.annotate({ description: "How many calls.", examples: [10] }),
        windowSeconds: Schema.Finite.annotate({ description: "In how many seconds.", examples: [1] }),
        callsPerContact: Schema.Int.annotate({
          description: "How many of them registering a contact takes at most.",
          examples: [1]
        })
      }).annotate({ identifier: "EspCallLimit", description: "A limit of calls." })
    ).annotate({ description: "The limits of calls, which all apply at once." }),
    atOnce: Schema.NullOr(Schema.Int).annotate({
      description: "How many calls may run at once, over all replicas; null: as many as come.",
      examples: [null]
    })
  }).annotate({
    identifier: "EspLimits",
    description: "What the provider allows, or what the settings say instead. Connections of one account share it."
  }),
  lastCheck: Schema.NullOr(
    Schema.Struct({
      at: Moment.toClient("When it ended, in UTC.", "2026-11-20T10:00:00.000Z"),
      findings: Schema.Array(Finding).annotate({ description: "What was found." })
    }).annotate({ identifier: "EspCheck", description: "A check of the connection." })
  ).annotate({
    description:
      "The last check by the process that answers, which makes one when it starts; null: it has not ended yet."
  })
}).annotate({ identifier: "Esp", description: "A connection to an ESP." })
export type EspFacts = typeof EspFacts.Type
