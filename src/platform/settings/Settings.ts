import { ConfigProvider, Context, Effect, Layer, Option, Schema } from "effect"
import * as Setting from "./Setting.ts"

/** Every setting of the service. The order is the order of the README's table. */
export const definitions = {
  port: Setting.whole("PORT", 0, 65535, {
    default: "8080",
    description: "TCP port of the HTTP server; 0 takes a free one."
  }),
  host: Setting.text("HOST", {
    default: "127.0.0.1",
    description: "Address that the HTTP server listens on; `0.0.0.0` or `::` for all."
  }),
  databaseUrl: Setting.url("DATABASE_URL", ["postgres:", "postgresql:"], {
    default: "",
    description: "PostgreSQL 15 or later. Left out: an embedded PostgreSQL 18 with its data below `DATA_DIR`.",
    secret: true
  }),
  dataDir: Setting.text("DATA_DIR", { default: ".data", description: "Where the embedded database keeps its data." }),
  databaseConnections: Setting.whole("DATABASE_CONNECTIONS", 1, 1000, {
    default: "10",
    description:
      "Connections for everything but the play writers, which have one each, and tasks and verdicts, which have 5."
  }),
  databaseStatementTimeout: Setting.duration("DATABASE_STATEMENT_TIMEOUT", {
    default: "5 seconds",
    description: "PostgreSQL cancels a statement that runs longer."
  }),
  databaseDeadline: Setting.duration("DATABASE_DEADLINE", {
    default: "8 seconds",
    description:
      "How long a database operation is retried over dropped connections, restarts and deadlocks before it is answered with 503."
  }),
  redisUrl: Setting.url("REDIS_URL", ["redis:", "rediss:"], {
    default: "",
    description: "Redis that the replicas share their rate limits through. Left out: each replica counts for itself.",
    secret: true
  }),
  espConnections: Setting.text("ESP_CONNECTIONS", {
    default: "",
    description:
      "The ESP connections that games can name: a JSON object of connections by name, or the path of a file with one. Left out: `sandbox` alone, which is always there."
  }),
  espDeadline: Setting.duration("ESP_DEADLINE", {
    default: "1500 millis",
    description: "How long a play waits for the ESP's verdict before it is answered with `unknown`."
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
  }),
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
  publicUrl: Setting.baseUrl("PUBLIC_URL", {
    default: "",
    description:
      "Where the outside reaches this service, with the prefix of its paths where it has one. Needed only for integrations that call back."
  }),
  taskIntegrations: Setting.text("TASK_INTEGRATIONS", {
    default: "",
    description:
      "The outside services that tasks are sent to: a JSON object of integrations by name, or the path of a file with one. Left out: none."
  }),
  truthOrDareRunner: Setting.oneOf("TRUTH_OR_DARE_RUNNER", ["deck", "http", "llm"], {
    default: "deck",
    description:
      "What draws the cards of truth or dare: the built-in deck, the integration `truth-or-dare`, or the language model of the integration `llm`."
  }),
  llmModel: Setting.text("LLM_MODEL", {
    default: "",
    description: "The model that the integration `llm` is asked for. Needed only for it."
  }),
  llmMaxTokens: Setting.whole("LLM_MAX_TOKENS", 0, 100_000, {
    default: "2000",
    description: "The most tokens of an answer, as `max_completion_tokens`; 0 for endpoints that do not know the field."
  }),
  llmPriceInput: Setting.number("LLM_PRICE_INPUT", 0, 1_000_000, {
    default: "0",
    description: "Price of a million tokens that the model reads, for the metric of costs."
  }),
  llmPriceOutput: Setting.number("LLM_PRICE_OUTPUT", 0, 1_000_000, {
    default: "0",
    description: "Price of a million tokens that the model writes."
  }),
  idempotencyRetention: Setting.duration("IDEMPOTENCY_RETENTION", {
    default: "30 days",
    description: "How long an `Idempotency-Key` is remembered."
  }),
  rateLimitAddress: Setting.rate("RATE_LIMIT_ADDRESS", {
    default: "300/1m",
    description: "Requests to the API from one client address."
  }),
  rateLimitPages: Setting.rate("RATE_LIMIT_PAGES", {
    default: "600/1m",
    description: "Requests for pages, the OpenAPI document and the metrics from one client address."
  }),
  rateLimitEmail: Setting.rate("RATE_LIMIT_EMAIL", { default: "30/1m", description: "Plays of one email address." }),
  corsOrigins: Setting.origins("CORS_ORIGINS", {
    default: "",
    description: "Origins whose pages may call the API. Left out: none; with the demo game: all."
  }),
  trustedProxies: Setting.networks("TRUSTED_PROXIES", {
    default: "",
    description: "Proxies whose `X-Forwarded-For` is believed for the client's address."
  }),
  bodyLimit: Setting.bytes("BODY_LIMIT", { default: "16 KiB", description: "The largest request body." }),
  headerTimeout: Setting.duration("HEADER_TIMEOUT", {
    default: "10 seconds",
    description: "How long a client may take to send a request's headers."
  }),
  requestTimeout: Setting.duration("REQUEST_TIMEOUT", {
    default: "20 seconds",
    description: "How long a client may take to send a whole request."
  }),
  answerTimeout: Setting.duration("ANSWER_TIMEOUT", {
    default: "1 minute",
    description: "How long a client may leave unread what it was sent."
  }),
  workers: Setting.whole("WORKERS", 0, 1000, {
    default: "8",
    description:
      "Tasks that run at once in this process, and beside them as many attempts at contacts, with one more at each ESP connection that would have none; 0 leaves the background to other replicas."
  }),
  taskQueue: Setting.whole("TASK_QUEUE", 1, 1_000_000, {
    default: "4096",
    description: "Tasks that may wait to be stored; when it is full, a task is answered with 503 at once."
  }),
  taskWaiters: Setting.whole("TASK_WAITERS", 1, 1_000_000, {
    default: "10000",
    description: "Requests of this process that may wait for tasks at once; further ones are answered with 503."
  }),
  taskWaitersAddress: Setting.whole("TASK_WAITERS_ADDRESS", 1, 1_000_000, {
    default: "250",
    description: "How many of them may come from one client address; further ones are answered with 429."
  }),
  taskStreamMax: Setting.duration("TASK_STREAM_MAX", {
    default: "15 minutes",
    description: "How long a stream of events may last. Then it ends, and the client takes it up again by itself."
  }),
  taskRunAtMax: Setting.duration("TASK_RUN_AT_MAX", {
    default: "366 days",
    description: "How far from now the `runAt` of a new task may be."
  }),
  taskPoll: Setting.duration("TASK_POLL", {
    default: "1 second",
    description: "How often a replica with free workers looks for tasks that it was not told of, with jitter."
  }),
  taskLease: Setting.duration("TASK_LEASE", {
    default: "20 seconds",
    description:
      "How long a running task belongs to a replica that shows no sign of life; it does so four times in this time."
  }),
  taskRetention: Setting.duration("TASK_RETENTION", {
    default: "30 days",
    description: "How long a task that is over is kept, with its `Idempotency-Key`."
  }),
  logLevel: Setting.oneOf("LOG_LEVEL", ["trace", "debug", "info", "warn", "error", "none"], {
    default: "info",
    description: "The least severe messages that are logged."
  }),
  logFile: Setting.text("LOG_FILE", { default: "", description: "File that gets the log as JSON lines too." }),
  shutdownDrain: Setting.durationOrOff("SHUTDOWN_DRAIN", {
    default: "off",
    description:
      "How long requests are still taken after SIGTERM or Ctrl-C while `/health/ready` says 503, so that load balancers send them elsewhere."
  }),
  shutdownGrace: Setting.duration("SHUTDOWN_GRACE", {
    default: "20 seconds",
    description: "How long running requests and attempts may take to finish after that."
  }),
  watchdogWarn: Setting.durationOrOff("WATCHDOG_WARN", {
    default: "1 second",
    description: "The log says where the event loop is blocked for longer."
  }),
  watchdogDead: Setting.durationOrOff("WATCHDOG_DEAD", {
    default: "30 seconds",
    description: "A process whose event loop is blocked for longer ends itself with SIGKILL, to be started again."
  }),
  otlpEndpoint: Setting.url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http:", "https:"], {
    default: "",
    description: "OpenTelemetry collector (OTLP over HTTP) for traces, metrics and logs. Left out: none are sent."
  }),
  serviceName: Setting.text("OTEL_SERVICE_NAME", {
    default: "fairground",
    description: "Name of this service in traces and metrics."
  })
} as const

type Definitions = typeof definitions

type Values = { readonly [Key in keyof Definitions]: Definitions[Key] extends Setting.Setting<infer A> ? A : never }

/** A setting that is wrong, said so that it can be put right: its name, its value (secrets hidden) and what is allowed. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", { message: Schema.String }) {}

const wrong = (setting: Setting.Setting<unknown>, value: string) =>
  `${setting.name} is ${setting.secret ? "set to something (hidden)" : JSON.stringify(value)}: it must be ${setting.allowed}.`

/** The settings as read from the `ConfigProvider` (the environment unless a test says otherwise). */
export class Settings extends Context.Service<Settings, Values>()("fairground/platform/settings/Settings") {
  static readonly load: Effect.Effect<Values, SettingsError> = Effect.gen(function* () {
    const provider = yield* ConfigProvider.ConfigProvider
    const values: Record<string, unknown> = {}
    const problems: Array<string> = []
    for (const [key, setting] of Object.entries<Setting.Setting<unknown>>(definitions)) {
      const node = yield* Effect.mapError(
        provider.load([setting.name]),
        () => new SettingsError({ message: `${setting.name} cannot be read.` })
      )
      const given = node !== undefined && node._tag === "Value" ? node.value.trim() : ""
      const text = given === "" ? setting.default : given
      const parsed = setting.parse(text)
      if (Option.isSome(parsed)) values[key] = parsed.value
      else problems.push(wrong(setting, text))
    }
    return problems.length === 0
      ? (values as unknown as Values)
      : yield* new SettingsError({ message: problems.join("\n") })
  })

  static readonly layer = Layer.effect(Settings, Settings.load)

  /** The same for a demonstration: pages of every origin may call the API unless CORS_ORIGINS says otherwise. */
  static readonly layerDemo = Layer.effect(
    Settings,
    Effect.map(Settings.load, (values) => ({
      ...values,
      corsOrigins: values.corsOrigins.length === 0 ? ["*"] : values.corsOrigins
    }))
  )

  /** The defaults with some values replaced: for tests. */
  static readonly layerWith = (env: Record<string, string>) =>
    Layer.effect(Settings, Settings.load).pipe(Layer.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env }))))
}
