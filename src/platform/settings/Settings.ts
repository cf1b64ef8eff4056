import * as Setting from "./Setting.ts"
import { group, layerOf } from "./SettingsGroup.ts"

/** The settings that no single module owns. */
export class Settings extends group<Settings>()("fairground/platform/settings/Settings", {
  port: Setting.whole("PORT", 0, 65535, {
    default: "8080",
    description: "TCP port of the HTTP server; 0 takes a free one."
  }),
  host: Setting.text("HOST", {
    default: "127.0.0.1",
    description: "Address that the HTTP server listens on; `0.0.0.0` or `::` for all."
  }),
  managementPort: Setting.portOrOff("MANAGEMENT_PORT", {
    default: "off",
    description:
      "TCP port of a second listener that answers `/metrics` and `/health/` without credentials, for a network that only your own systems reach; 0 takes a free one."
  }),
  managementHost: Setting.text("MANAGEMENT_HOST", {
    default: "127.0.0.1",
    description: "Address of that listener; `0.0.0.0` or `::` for all."
  }),
  publicUrl: Setting.baseUrl("PUBLIC_URL", {
    default: "",
    description:
      "Where the outside reaches this service, with the prefix of its paths where it has one: a prefix does for the API and its callbacks, while pages need the root of a host. Needed for links in mails, for passkeys, and for integrations that call back."
  }),
  databaseUrl: Setting.url("DATABASE_URL", ["postgres:", "postgresql:"], {
    default: "",
    description: "PostgreSQL 15 or later. Left out: an embedded PostgreSQL 18 with its data below `DATA_DIR`.",
    secret: true
  }),
  dataDir: Setting.text("DATA_DIR", { default: ".data", description: "Where the embedded database keeps its data." }),
  secretsKey: Setting.keys("SECRETS_KEY", {
    default: "",
    description:
      "Keys for what is stored encrypted: the first encrypts, all of them decrypt, so that one can be replaced. The same for every replica. Left out: with the embedded database one is made in `DATA_DIR`; elsewhere what needs it is refused."
  }),
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
  rateLimitAddress: Setting.rate("RATE_LIMIT_ADDRESS", {
    default: "300/1m",
    description: "Requests to the API from one client address."
  }),
  rateLimitPages: Setting.rate("RATE_LIMIT_PAGES", {
    default: "600/1m",
    description: "Requests for pages, the OpenAPI document and the metrics from one client address."
  }),
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
}) {
  static readonly layer = layerOf(Settings)
}
