import { NodeHttpClient } from "@effect/platform-node"
import { type Agent, buildConnector } from "@effect/platform-node/Undici"
import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { HttpBody, HttpClient, HttpClientRequest } from "effect/http"
import { lookup as systemLookup, type LookupAddress, type LookupOptions } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { mediaTypeOf, parseLeniently, readText } from "./HttpAnswer.ts"
import { isPublicAddress } from "./PublicAddress.ts"
import { systemErrors, transportReason } from "./Transport.ts"

export interface OutboundRequest {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: { readonly [name: string]: string | Redacted.Redacted<string> }
  /** Sent as `application/json`. */
  readonly json?: unknown
  /** The most that the answer's body may have. */
  readonly maxBytes: number
  /** Whether the host may have a private address. */
  readonly allowPrivate: boolean
}

export interface OutboundAnswer {
  readonly status: number
  /** By lower-case name. */
  readonly headers: { readonly [name: string]: string | undefined }
  /** The whole body. Only a redactor makes it fit for a log. */
  readonly text: string
  /** Whether the body is UTF-8. One that is not has no `json`. */
  readonly isUtf8: boolean
  /** The body where it is JSON, else undefined. */
  readonly json: unknown
}

/**
 * A request without an answer. `reason`: `refused`, `dns`, `unreachable`, `tls` (it certainly did not arrive), `cut`,
 * `transport`, `too-large` (it may have), or `private-address` (it was not sent, as the host has no public address).
 */
export class OutboundError extends Schema.TaggedError<OutboundError>()("OutboundError", { reason: Schema.String }) {}

/** Resolves a host's name to its addresses. */
export type Resolve = (
  hostname: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: Array<LookupAddress>) => void
) => void

const refusedCode = "ERR_PRIVATE_ADDRESS"

const refusal = () => Object.assign(new Error("The host has no public address"), { code: refusedCode })

/**
 * Gives the socket public addresses only. The check is on the very addresses that are connected to: a name that is looked up
 * a second time to be checked may be another one by then (DNS rebinding).
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
    // Sockets look up names, not addresses.
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

const plain = (headers: OutboundRequest["headers"]) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Redacted.isRedacted(value) ? Redacted.value(value) : value])
  )

const reasonOf = (error: Parameters<typeof transportReason>[0]): string =>
  systemErrors(error.reason).some(({ code }) => code === refusedCode)
    ? "private-address"
    : transportReason(error).reason

/** Requests to services that the settings name, which may be anywhere. */
export class Outbound extends Context.Service<
  Outbound,
  {
    /**
     * One request and its whole answer, whatever its status: redirects are not followed, cookies are not kept, and there is
     * no time limit. Interrupting it drops its connection.
     */
    readonly send: (request: OutboundRequest) => Effect.Effect<OutboundAnswer, OutboundError>
  }
>()("fairground/platform/outbound/Outbound") {
  /** With another way to resolve names. */
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
              headers: { accept: "application/json", ...plain(request.headers) },
              body: request.json === undefined ? HttpBody.empty : HttpBody.jsonUnsafe(request.json)
            })
            const response = yield* Effect.mapError(
              http.execute(sent),
              (error) => new OutboundError({ reason: reasonOf(error) })
            )
            yield* Effect.annotateCurrentSpan({ "http.response.status_code": response.status })
            const { isUtf8, text } = yield* readText(response, request.maxBytes).pipe(
              Effect.catchTags({
                TooLarge: () => Effect.fail(new OutboundError({ reason: "too-large" })),
                HttpClientError: () => Effect.fail(new OutboundError({ reason: "cut" }))
              })
            )
            const { headers, status } = response
            const json = isUtf8 ? parseLeniently(text, mediaTypeOf(headers["content-type"])) : undefined
            return { status, headers, text, isUtf8, json }
          },
          // The client's own span would carry the whole URL and all headers, and would send its trace along.
          Effect.provideService(HttpClient.TracerDisabledWhen, () => true),
          (effect, { method, url }) =>
            Effect.withSpan(effect, "Outbound.send", {
              kind: "client",
              attributes: { "http.request.method": method, "server.address": URL.parse(url)?.host }
            })
        )

        return Outbound.of({ send })
      })
    )

  static readonly layer = Outbound.layerResolving(systemLookup)
}
