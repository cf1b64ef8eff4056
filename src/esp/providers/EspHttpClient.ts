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
   * Below the connection's base URL, with its query; whatever comes from a play or the settings is encoded with
   * `encodeURIComponent`. It may hold an address, so it is in no log; secrets have no place in it.
   */
  readonly path: string
  /** Names the call in logs and spans, the same for every contact: `POST /contacts`. */
  readonly operation: string
  /** A value that is a secret is given as one, and is then found and hidden wherever the provider repeats it. */
  readonly headers?: { readonly [name: string]: MaybeSecret }
  /** Sent as JSON, as `contentType` or `application/json`. */
  readonly json?: unknown
  readonly contentType?: string
  /** Sent as an HTML form, in this order. */
  readonly form?: ReadonlyArray<readonly [name: string, value: MaybeSecret]>
}

/** The requests of one connection. */
export interface EspHttpClient {
  /**
   * One request and its whole answer, whatever its status. Redirects are not followed: they are `EspMisconfigured`.
   * Everything else that is no answer is `EspUnavailable`: `refused`, `dns`, `unreachable` and `tls` (certainly not carried
   * out), `cut`, `too-large`, `not-utf8` and `transport` (may have been). An error (400 and above) may have any encoding: its
   * status and codes are ASCII, and its words are for the log alone. There is no time limit: the guard has one, and interrupting the
   * request drops its connection.
   */
  readonly send: (request: EspRequest) => Effect.Effect<EspAnswer, EspUnavailable | EspMisconfigured>
  /** Text as it may be logged: shortened, without this connection's secrets and without addresses. */
  readonly redact: (text: string) => string
}

export interface EspHttpOptions {
  /** The connection's name, for spans. */
  readonly esp: string
  /** What every path is appended to, such as `https://api.brevo.com/v3`. */
  readonly base: string
  /** Of every request. */
  readonly headers?: { readonly [name: string]: MaybeSecret }
  /** Secrets that are in no header and no form field as they stand, such as the password within basic authorization. */
  readonly secrets?: ReadonlyArray<Redacted.Redacted<string>>
}

/** The most that an answer may have, in bytes: no answer of use has a tenth of it. */
export const answerLimit = 64 * 1024

const isSecret = (value: MaybeSecret): value is Redacted.Redacted<string> => Redacted.isRedacted(value)

const originOf = (location: string | undefined, base: string): string => {
  const url = location === undefined ? null : URL.parse(location, base)
  return url === null ? "another address" : url.origin
}

/** What every adapter calls its provider with. */
export class EspHttpClients extends Context.Service<
  EspHttpClients,
  {
    readonly client: (options: EspHttpOptions) => EspHttpClient
  }
>()("fairground/esp/providers/EspHttpClients") {
  /** Needs the way out. */
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
              // An ESP may be on a network of one's own, and operators alone name it.
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
          // The codes of an error are ASCII, whatever its encoding.
          return { operation, status, headers: answer.headers, mediaType, text, json: parseLeniently(text, mediaType) }
        })

        return { send, redact: redactor(known) }
      }

      return EspHttpClients.of({ client })
    })
  )

  static readonly layer = this.layerNoDeps.pipe(Layer.provide(Outbound.layer))
}
