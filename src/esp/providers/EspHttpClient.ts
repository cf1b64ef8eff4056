import { Context, Effect, Layer, Redacted } from "effect"
import type { HttpMethod } from "effect/http"
import { withoutEndSlash } from "../../platform/outbound/BaseUrl.ts"
import { parseLeniently } from "../../platform/outbound/HttpAnswer.ts"
import { type MaybeSecret, Outbound } from "../../platform/outbound/Outbound.ts"
import { redactor } from "../../platform/observe/Redaction.ts"
import type { EspAnswer } from "./EspAnswer.ts"
import { EspMisconfigured, EspUnavailable } from "../EspClient.ts"

export interface EspRequest {
  readonly method: HttpMethod.HttpMethod
  /**
   * Path and query below the connection's base URL. Encode values from a play or the settings with `encodeURIComponent`. The
   * path may contain an address, so it is never logged. Never put a secret in it.
   */
  readonly path: string
  /** Names the call in logs and spans, the same for every contact: `POST /contacts`. */
  readonly operation: string
  /** Pass a secret value as `Redacted`: it is then hidden in logs wherever the provider repeats it. */
  readonly headers?: { readonly [name: string]: MaybeSecret }
  /** The JSON body; its content type is `contentType`, or `application/json` where that is not given. */
  readonly json?: unknown
  readonly contentType?: string
  /** The fields of an HTML form, sent in this order. */
  readonly form?: ReadonlyArray<readonly [name: string, value: MaybeSecret]>
}

/** The HTTP client of one connection. */
export interface EspHttpClient {
  /**
   * Sends one request and returns the whole response, whatever its status. It does not follow redirects: they fail with
   * `EspMisconfigured`. Other failures are `EspUnavailable`: `refused`, `dns`, `unreachable` and `tls` (certainly not carried
   * out), `cut`, `too-large`, `not-utf8` and `transport` (may have been carried out). An error response (400 and above) may
   * have any encoding, since its codes are ASCII and its text is only logged. There is no timeout: the guard has one, and
   * interrupting the request drops its connection.
   */
  readonly send: (request: EspRequest) => Effect.Effect<EspAnswer, EspUnavailable | EspMisconfigured>
  /** Makes text fit for a log: shortens it, and removes this connection's secrets and all addresses. */
  readonly redact: (text: string) => string
}

export interface EspHttpOptions {
  /** The connection's name, for spans. */
  readonly esp: string
  /** The base URL, such as `https://api.brevo.com/v3`. */
  readonly base: string
  /** Sent with every request. */
  readonly headers?: { readonly [name: string]: MaybeSecret }
  /** Secrets that no header or form field contains literally, such as the password within basic authorization. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted<string>>
}

/** The largest response accepted, in bytes. Useful responses are less than a tenth of it. */
export const answerLimit = 64 * 1024

const isSecret = (value: MaybeSecret): value is Redacted.Redacted<string> => Redacted.isRedacted(value)

const originOf = (location: string | undefined, base: string): string => {
  const url = location === undefined ? null : URL.parse(location, base)
  return url === null ? "another address" : url.origin
}

/** Makes the HTTP clients of the adapters. */
export class EspHttpClients extends Context.Service<
  EspHttpClients,
  {
    readonly client: (options: EspHttpOptions) => EspHttpClient
  }
>()("fairground/esp/providers/EspHttpClients") {
  static readonly layerNoDeps = Layer.effect(
    EspHttpClients,
    Effect.gen(function* () {
      const outbound = yield* Outbound

      const client = ({ base, esp, headers, secrets }: EspHttpOptions): EspHttpClient => {
        const root = withoutEndSlash(base)
        const known = [...Object.values(headers ?? {}).filter(isSecret), ...(secrets ?? [])]

        const send = Effect.fnUntraced(function* ({ operation, path, ...request }: EspRequest) {
          const answer = yield* outbound
            .send({
              ...request,
              url: `${root}${path}`,
              headers: { ...headers, ...request.headers },
              maxBytes: answerLimit,
              // An ESP may run on a private network, and only operators can name its address.
              allowPrivate: true,
              span: { name: "EspHttp.send", attributes: { esp, operation } }
            })
            .pipe(
              Effect.mapError(
                ({ mayHaveActed, reason }) => new EspUnavailable({ reason, mayHaveActed, retryAfter: undefined })
              )
            )
          const { isUtf8, mediaType, status, text } = answer
          if (status >= 300 && status < 400) {
            const to = originOf(answer.headers["location"], root)
            return yield* new EspMisconfigured({ reason: `redirect: it answers ${status} and points to ${to}` })
          }
          if (!isUtf8 && status < 400) {
            return yield* new EspUnavailable({ reason: "not-utf8", mayHaveActed: true, retryAfter: undefined })
          }
          return { operation, status, headers: answer.headers, mediaType, text, json: parseLeniently(text, mediaType) }
        })

        return { send, redact: redactor(known) }
      }

      return EspHttpClients.of({ client })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Outbound.layer))
}
