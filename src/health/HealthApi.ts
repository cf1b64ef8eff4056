import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Problem } from "../platform/contract/Problem.ts"

const Check = (description: string) => Schema.Literals(["ok", "failed"]).annotate({ description, examples: ["ok"] })

const Checks = Schema.Struct({
  database: Check("The database answers."),
  migrations: Check("The database has this program's schema."),
  queue: Check("There is room for another play."),
  plays: Check(
    "Plays get to disk. `failed` when for some seconds none has although there were some, as with a full disk, a database that is read-only or a table that is locked. While none come, a write that is taken back finds out whether they could again."
  )
}).annotate({ identifier: "HealthChecks", description: "What was looked at." })

const Connections = Schema.Array(
  Schema.Struct({
    name: Schema.String.annotate({ description: "Name of the ESP connection.", examples: ["sandbox"] }),
    circuit: Schema.Literals(["closed", "half-open", "open"]).annotate({
      description:
        "`closed`: contacts are registered. `open`: the ESP fails too often, and this replica does not call it for now. `half-open`: one attempt finds out whether it answers again.",
      examples: ["closed"]
    }),
    rejecting: Schema.Boolean.annotate({
      description:
        "Half of the last 20 contacts, or more, were rejected: is it the ESP that answers? Of this replica since its start.",
      examples: [false]
    })
  }).annotate({ identifier: "EspCircuit", description: "How this replica gets on with an ESP." })
).annotate({
  description:
    "The ESP connections, the sandbox last. They do not decide whether the service is ready: plays are recorded while an ESP is down."
})

const Live = Schema.Struct({
  status: Schema.Literal("live").annotate({ description: "The process runs.", examples: ["live"] })
}).annotate({ identifier: "Live", description: "The process runs." })

const Ready = Schema.Struct({
  status: Schema.Literal("ready").annotate({ description: "The service can record plays.", examples: ["ready"] }),
  checks: Checks,
  esps: Connections.pipe(Schema.annotateKey({ examples: [[{ name: "sandbox", circuit: "closed", rejecting: false }]] }))
}).annotate({ identifier: "Ready", description: "The service can record plays." })

/** 503: the service cannot record plays now. */
export class NotReady extends Problem<NotReady>()(
  "NotReady",
  {
    name: "not-ready",
    status: 503,
    title: "The service cannot record plays now",
    explanation:
      "`checks` says what is amiss: the database does not answer, it lacks this program's schema, the queue is full, or plays do not get to disk. Or the service is about to stop, as `detail` says then."
  },
  {
    checks: Checks.pipe(
      Schema.annotateKey({ examples: [{ database: "failed", migrations: "failed", queue: "ok", plays: "failed" }] })
    )
  }
) {}

export class HealthApi extends HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("live", "/live", { success: Live })
      .annotate(OpenApi.Summary, "Is the process alive?")
      .annotate(
        OpenApi.Description,
        "Answers as long as the process does, whatever becomes of the database. For a liveness probe."
      ),
    HttpApiEndpoint.get("ready", "/ready", { success: Ready, error: NotReady })
      .annotate(OpenApi.Summary, "Can it record plays?")
      .annotate(
        OpenApi.Description,
        "Asks the database, looks at the queue and at what becomes of plays. For a readiness probe: while the answer is 503, send plays to another replica."
      )
  )
  .prefix("/health")
  .annotate(OpenApi.Description, "For load balancers and orchestrators.") {}
