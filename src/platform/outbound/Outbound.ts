import { NodeHttpClient } from "@effect/platform-node"
import { type Agent, buildConnector } from "@effect/platform-node/Undici"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { HttpBody, HttpClient, type HttpClientError, HttpClientRequest, type HttpMethod } from "effect/http"
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { mediaTypeOf, parseLeniently, readText } from "./HttpAnswer.ts"
import { isPublicAddress } from "./PublicAddress.ts"
import { systemErrors, transportReason } from "./Transport.ts"

/** A value; secrets are redacted. */
export type MaybeSecret = string | Redacted.Redacted<string>

export interface OutboundRequest {
  readonly method: HttpMethod.HttpMethod
  readonly url: string
  readonly headers: { readonly [name: string]: MaybeSecret }
  /** Sent as JSON with the media type `contentType`, by default `application/json`. */
  readonly json?: unknown
  readonly contentType?: string | undefined
  /** Sent as an HTML form, in this order. */
  readonly form?: ReadonlyArray<readonly [name: string, value: MaybeSecret]> | undefined
  /** How many bytes the answer's body may have. */
  readonly maxBytes: number
  /** Whether the host may have a private address. */
  readonly allowPrivate: boolean
  /** The span of the request: its name, and attributes in addition to method, host and status. */
  readonly span?: { readonly name: string; readonly attributes: { readonly [name: string]: string } }
}

export interface OutboundAnswer {
  readonly status: number
  /** Headers by lower-case name. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** In lower case, without parameters. */
  readonly mediaType: string | undefined
  /** The whole body. It must pass a redactor before it is logged. */
  readonly text: string
  /** Whether the body is UTF-8. */
  readonly isUtf8: boolean
  /** The body parsed as JSON in UTF-8; undefined if it is not. */
  readonly json: unknown
}

/**
 * The request got no answer. `reason`: `refused`, `dns`, `unreachable`, `tls` (it certainly did not arrive), `cut`,
 * `transport`, `too-large` (it may have arrived), or `private-address` (it was not sent, because the host has no public
 * address).
 */
export class OutboundError extends Schema.TaggedError<OutboundError>()("OutboundError", {
  reason: Schema.String,
  /** The request may have arrived and been carried out. */
  mayHaveActed: Schema.Boolean
}) {}

/** Resolves a host's name to its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: Array<LookupAddress>) => void
) => void

const refusedCode = "ERR_PRIVATE_ADDRESS"

const refusal = () => Object.assign(new Error("The host has no public address"), { code: refusedCode })

/**
 * Gives the socket only public addresses. It checks the very addresses that the socket connects to: a second lookup of the
 * name could return another address (DNS rebinding).
 */
const publicLookup =
  (resolve: Resolve): LookupFunction =>
  (hostname, options, done) =>
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, [])
      const usable = addresses.filter(({ address }) => isPublicAddress(address))
      const [first] = usable
      if (first === undefined) return done(refusal(), [])
      return options.all === true ? done(null, usable) : done(null, first.address, first.family)
    })

const connector = (resolve: Resolve): buildConnector.connector => {
  const connect = buildConnector({ allowH2: false, lookup: publicLookup(resolve) })
  return (options, callback) => {
    const host = options.hostname.replace(/^\[|\]$/g, "")
    // Sockets look up names but not addresses.
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(refusal(), null)
    return connect(options, callback)
  }
}

const clientOf = (options: Agent.Options) =>
  NodeHttpClient.makeDispatcherOptions(options).pipe(
    Effect.flatMap((dispatcher) =>
      Effect.provideService(NodeHttpClient.makeUndici, NodeHttpClient.Dispatcher, dispatcher)
    )
  )

const textOf = (value: MaybeSecret): string => (Redacted.isRedacted(value) ? Redacted.value(value) : value)

const bodyOf = ({ contentType, form, json }: OutboundRequest): HttpBody.HttpBody => {
  if (form !== undefined) return HttpBody.urlParams(form.map(([name, value]) => [name, textOf(value)] as const))
  return json === undefined ? HttpBody.empty : HttpBody.jsonUnsafe(json, contentType)
}

const notSent = (error: HttpClientError.HttpClientError): OutboundError =>
  new OutboundError(
    systemErrors(error.reason).some(({ code }) => code === refusedCode)
      ? { reason: "private-address", mayHaveActed: false }
      : transportReason(error)
  )

// The request may have been carried out: only its answer was lost.
const halfAnswered = (reason: "cut" | "too-large") => Effect.fail(new OutboundError({ reason, mayHaveActed: true }))

/** Sends every request that the service makes itself: to ESPs, to integrations and to URLs from the settings. */
export class Outbound extends Context.Service<
  Outbound,
  {
    /**
     * Sends one request and reads its whole answer, whatever the status. Redirects are not followed, cookies are not kept,
     * and there is no timeout. Interrupting it drops the connection.
     */
    readonly send: (request: OutboundRequest) => Effect.Effect<OutboundAnswer, OutboundError>
  }
>()("fairground/platform/outbound/Outbound") {
  /** Like `layer`, but resolves names with `resolve`. */
  static readonly layerResolving = (resolve: Resolve) =>
    Layer.effect(
      Outbound,
      Effect.gen(function* () {
        const guarded = yield* clientOf({ connect: connector(resolve) })
        const open = yield* clientOf({
          connect: { allowH2: false, lookup: resolve as LookupFunction }
        })

        const send = Effect.fnUntraced(
          function* (request: OutboundRequest) {
            const http = request.allowPrivate ? open : guarded
            const sent = HttpClientRequest.make(request.method)(request.url, {
              headers: {
                accept: "application/json",
                ...Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, textOf(value)]))
              },
              body: bodyOf(request)
            })
            const response = yield* Effect.mapError(http.execute(sent), notSent)
            yield* Effect.annotateCurrentSpan({ "http.response.status_code": response.status })
            const { isUtf8, text } = yield* readText(response, request.maxBytes).pipe(
              Effect.catchTags({
                TooLarge: () => halfAnswered("too-large"),
                HttpClientError: () => halfAnswered("cut")
              })
            )
            const { headers, status } = response
            const mediaType = mediaTypeOf(headers["content-type"])
            const json = isUtf8 ? parseLeniently(text, mediaType) : undefined
            return { status, headers, mediaType, text, isUtf8, json }
          },
          // The client's own span would carry the whole URL and all headers, and would pass the trace on to the other
          // service.
          Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
          (effect, { method, span, url }) =>
            Effect.withSpan(effect, span?.name ?? "Outbound.send", {
              kind: "client",
              attributes: { ...span?.attributes, "http.request.method": method, "server.address": URL.parse(url)?.host }
            })
        )

        return Outbound.of({ send })
      })
    )

  static readonly layer = Outbound.layerResolving(systemLookup)
}
