import { Duration, Effect, Option, Redacted, Schema } from "effect"
import { isObject } from "../../platform/contract/JsonData.ts"
import { BaseUrl, decodeFields, Secret } from "../../platform/settings/NamedSettings.ts"
import { redactor } from "../../platform/observe/Redaction.ts"
import { parseTime } from "../../platform/settings/Setting.ts"
import { withoutTokens } from "../callbacks/CallbackToken.ts"

const Time = Schema.String.check(
  Schema.makeFilter(
    (text: string) =>
      Option.isSome(parseTime(text)) || "it must be a length of time such as `1500 millis`, `20 seconds` or `5 minutes`"
  )
)

const Origin = Schema.String.check(
  Schema.makeFilter((text: string) => {
    const url = URL.parse(text)
    return (
      (url !== null && /^https?:$/.test(url.protocol) && url.origin === text) ||
      "it must be an origin such as https://results.shop.example"
    )
  })
)

/** Headers that the runner or HTTP itself sets. */
const reservedHeaders = new Set([
  "accept",
  "accept-encoding",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "idempotency-key",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

const Headers = Schema.Record(
  Schema.String,
  Schema.Union([Schema.String.check(Schema.isPattern(/^[\t -~]+$/)), Secret])
).check(
  Schema.makeFilter((headers: { readonly [name: string]: unknown }) => {
    const wrong = Object.keys(headers).find(
      (name) => !/^[\w!#$%&'*+.^`|~-]+$/.test(name) || reservedHeaders.has(name.toLowerCase())
    )
    return wrong === undefined || `${JSON.stringify(wrong)} cannot be set as a header`
  })
)

/** The settings of one integration in `TASK_INTEGRATIONS`. */
const IntegrationSettings = Schema.Struct({
  url: BaseUrl,
  bearer: Schema.optionalKey(Secret),
  headers: Schema.optionalKey(Headers),
  mode: Schema.optionalKey(Schema.Literals(["direct", "poll", "callback"])),
  timeout: Schema.optionalKey(Time),
  wait: Schema.optionalKey(Time),
  maxBytes: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 16 * 1024 * 1024 }))),
  allowPrivate: Schema.optionalKey(Schema.Boolean),
  origins: Schema.optionalKey(Schema.Array(Origin))
})

/** An outside service that does the work of tasks. */
export interface Integration {
  readonly name: string
  /** The URL that tasks are sent to; for language models, the base URL of the API. */
  readonly url: string
  /** Sent with every request: credentials and the headers of the settings. */
  readonly headers: { readonly [name: string]: string | Redacted.Redacted<string> }
  /**
   * How the integration may deliver content. `direct`: in its answer. `poll`: also by a 202 with a URL to poll.
   * `callback`: also by a callback.
   */
  readonly mode: "direct" | "poll" | "callback"
  /** How long one request may take. */
  readonly timeout: Duration.Duration
  /** How long content may take after a 202. */
  readonly wait: Duration.Duration
  /** The largest answer accepted, in bytes. */
  readonly maxBytes: number
  /** Whether its hosts may have private IP addresses. */
  readonly allowPrivate: boolean
  /** The origins that may be polled, that of `url` included. Polls send them `headers` too. */
  readonly origins: ReadonlySet<string>
}

const read = (settings: unknown) =>
  isObject(settings)
    ? decodeFields(IntegrationSettings)(settings)
    : Effect.fail<ReadonlyArray<string>>(["it must be an object with a url"])

/** Validates an integration's settings. Fails with one problem per field, without any value. */
export const prepare = (name: string, settings: unknown): Effect.Effect<Integration, ReadonlyArray<string>> =>
  Effect.map(read(settings), (given) => ({
    name,
    url: given.url,
    headers: {
      ...given.headers,
      ...(given.bearer === undefined ? {} : { authorization: bearerOf(given.bearer) })
    },
    mode: given.mode ?? "poll",
    timeout: Duration.fromInputUnsafe((given.timeout ?? "30 seconds") as Duration.Input),
    wait: Duration.fromInputUnsafe((given.wait ?? "5 minutes") as Duration.Input),
    maxBytes: given.maxBytes ?? 256 * 1024,
    allowPrivate: given.allowPrivate ?? false,
    origins: new Set([new URL(given.url).origin, ...(given.origins ?? [])])
  }))

const bearerOf = (secret: Redacted.Redacted<string>) => Redacted.make(`Bearer ${Redacted.value(secret)}`)

/** The secrets in the forms in which an integration's answer may repeat them. */
export const secretsOf = ({ headers }: Integration): ReadonlyArray<Redacted.Redacted<string>> =>
  Object.values(headers)
    .filter(Redacted.isRedacted)
    .flatMap((secret) => {
      const text = Redacted.value(secret as Redacted.Redacted<string>)
      return text.startsWith("Bearer ") ? [Redacted.make(text), Redacted.make(text.slice(7))] : [Redacted.make(text)]
    })

/** Removes the integration's secrets and callback tokens from a text of the integration, so that it may be shown. */
export const redactorOf = (integration: Integration) => {
  const redact = redactor(secretsOf(integration))
  return (text: string): string => redact(withoutTokens(text))
}
