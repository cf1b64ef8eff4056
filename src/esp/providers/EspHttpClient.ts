import { NodeHttpClient } from "@effect/platform-node"
import { Context, Effect, Layer, Redacted } from "effect"
import { HttpBody, HttpClient, HttpClientRequest, type HttpMethod } from "effect/http"
import { withoutEndSlash } from "../../platform/outbound/BaseUrl.ts"
import { mediaTypeOf, parseLeniently, readText } from "../../platform/outbound/HttpAnswer.ts"
import { redactor } from "../../platform/observe/Redaction.ts"
import type { EspAnswer } from "./EspAnswer.ts"
import { EspMisconfigured, EspUnavailable } from "../EspClient.ts"
import { transportError } from "./EspTransport.ts"

/** A value that is a secret is given as one, and is then found and hidden wherever the provider repeats it. */
export type MaybeSecret = string | Redacted.Redacted<string>

export interface EspRequest {
  readonly method: HttpMethod.HttpMethod
  /**
   * Below the connection's base URL, with its query; whatever comes from a play or the settings is encoded with
   * `encodeURIComponent`. It may hold an address, so it is in no log; secrets have no place in it.
   */
  readonly path: string
  /** Names the call in logs and spans, the same for every contact: `POST /contacts`. */
  readonly operation: string
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

const plainText = (value: MaybeSecret): string => (Redacted.isRedacted(value) ? Redacted.value(value) : value)

const isSecret = (value: MaybeSecret): value is Redacted.Redacted<string> => Redacted.isRedacted(value)

const plainHeaders = (headers: EspHttpOptions["headers"]) =>
  Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, plainText(value)]))

const bodyOf = ({ contentType, form, json }: EspRequest): HttpBody.HttpBody => {
  if (form !== undefined) return HttpBody.urlParams(form.map(([name, value]) => [name, plainText(value)] as const))
  return json === undefined ? HttpBody.empty : HttpBody.jsonUnsafe(json, contentType)
}

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
  /** Needs an HTTP client that follows no redirects. */
  static readonly layerNoDeps = Layer.effect(
    EspHttpClients,
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient

      const client = ({ base, esp, headers, secrets }: EspHttpOptions): EspHttpClient => {
        const root = withoutEndSlash(base)
        const known = [...Object.values(headers ?? {}).filter(isSecret), ...(secrets ?? [])]
        const shared = plainHeaders(headers)

        const send = Effect.fnUntraced(
          function* (request: EspRequest) {
            const sent = HttpClientRequest.make(request.method)(`${root}${request.path}`, {
              headers: { accept: "application/json", ...shared, ...plainHeaders(request.headers) },
              body: bodyOf(request)
            })
            const response = yield* http.execute(sent).pipe(Effect.mapError(transportError))
            yield* Effect.annotateCurrentSpan({ "http.response.status_code": response.status })
            const { isUtf8, text } = yield* readText(response, answerLimit).pipe(
              Effect.catchTags({
                TooLarge: () =>
                  Effect.fail(new EspUnavailable({ reason: "too-large", mayHaveActed: true, retryAfter: undefined })),
                // The request was carried out or it was not: what broke is the way of the answer.
                HttpClientError: () =>
                  Effect.fail(new EspUnavailable({ reason: "cut", mayHaveActed: true, retryAfter: undefined }))
              })
            )
            if (response.status >= 300 && response.status < 400) {
              const to = originOf(response.headers["location"], root)
              return yield* new EspMisconfigured({
                reason: `redirect: it answers ${response.status} and points to ${to}`
              })
            }
            if (!isUtf8 && response.status < 400) {
              return yield* new EspUnavailable({ reason: "not-utf8", mayHaveActed: true, retryAfter: undefined })
            }
            const mediaType = mediaTypeOf(response.headers["content-type"])
            const answer: EspAnswer = {
              operation: request.operation,
              status: response.status,
              headers: response.headers,
              mediaType,
              text,
              json: parseLeniently(text, mediaType)
            }
            return answer
          },
          // The client's own span would carry the whole URL and all headers, and would send its trace to the provider.
          Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
          (effect, request) =>
            Effect.withSpan(effect, "EspHttp.send", {
              kind: "client",
              attributes: { esp, operation: request.operation, "server.address": URL.parse(root)?.host }
            })
        )

        return { send, redact: redactor(known) }
      }

      return EspHttpClients.of({ client })
    })
  )

  /** undici, which follows no redirects and sends no cookies. */
  static readonly layer = this.layerNoDeps.pipe(Layer.provide(NodeHttpClient.layerUndici))
}
