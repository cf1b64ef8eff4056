import { Cause, Context, Effect, type Fiber, References, type Types } from "effect"
import {
  HttpRouter,
  HttpServerError,
  HttpServerRequest,
  HttpServerRespondable,
  HttpServerResponse,
  ProblemDetails
} from "effect/http"
import { IncomingMessage } from "node:http"
import { forLog } from "../observe/Redaction.ts"
import { Settings } from "../settings/Settings.ts"
import { AllowedOrigins } from "./AllowedOrigins.ts"
import * as ClientAddress from "./ClientAddress.ts"
import * as Cors from "./Cors.ts"
import { isExact } from "./ExactPaths.ts"
import * as Methods from "./Methods.ts"
import { OnProblem, problemIn } from "./OnProblem.ts"
import { problemForStatus, problemResponse } from "./ProblemResponse.ts"
import { RateLimits } from "./RateLimits.ts"
import * as RateShares from "./RateShares.ts"
import * as RequestMetrics from "./RequestMetrics.ts"
import * as RequestBody from "./RequestBody.ts"
import * as RequestHead from "./RequestHead.ts"
import { requestId } from "./RequestId.ts"
import * as SecretPaths from "./SecretPaths.ts"
import { securityHeaders } from "./SecurityHeaders.ts"

type Response = HttpServerResponse.HttpServerResponse

type Request = HttpServerRequest.HttpServerRequest

/** The routes that `Http.ts` serves in addition to the API's endpoints. */
export const extraRoutes: ReadonlyArray<Methods.ExtraRoute> = [
  { method: "GET", path: "/" },
  { method: "GET", path: "/docs" },
  { method: "GET", path: "/openapi.json" },
  { method: "GET", path: "/problems" },
  { method: "GET", path: "/problems/:name" }
]

const securityNames = Object.keys(securityHeaders) as ReadonlyArray<keyof typeof securityHeaders>

const pathOf = (url: string) => {
  const end = url.indexOf("?")
  return end === -1 ? url : url.slice(0, end)
}

const decodes = (path: string) => {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

// The router's limit for one path segment, in UTF-16 units.
const longestSegment = 100

/** Replaces a bare error answer of the framework by a problem. Other answers are deliberate and stay. */
const normalised = (response: Response): Response => {
  if (response.status < 400) return response
  const type = response.headers["content-type"]
  if (type !== undefined && !type.startsWith("text/plain")) return response
  const { "content-length": _length, "content-type": _type, ...kept } = response.headers
  return problemForStatus(response.status, kept)
}

/**
 * The request. If its path holds a secret, the request that the framework made loses it, because its tracer shows the URL in the
 * span when the answer is there; a copy with the secret goes to the router.
 */
const withoutSecret = (
  fiber: Fiber.Fiber<unknown, unknown>,
  secretIn: ReturnType<typeof SecretPaths.make>
): Request => {
  const request = Context.getUnsafe(fiber.context as Context.Context<Request>, HttpServerRequest.HttpServerRequest)
  const secret = secretIn(request.url)
  if (secret === undefined) return request
  const copy = request.modify({})
  Object.defineProperty(request, "url", { value: secret.shown })
  fiber.setContext(Context.add(fiber.context, HttpServerRequest.HttpServerRequest, copy))
  return copy
}

const retryAfter = (response: Response): string => {
  const text = response.body._tag === "Uint8Array" ? response.body.text : undefined
  const seconds = text === undefined ? undefined : /"retryAfterSeconds":\s*([1-9]\d*)/.exec(text)?.[1]
  return seconds ?? "1"
}

/** RFC 9110, section 15.5.2: whoever answers 401 says how to sign in. RFC 6750 asks for a parameter. */
const challenge = { "www-authenticate": 'Bearer realm="fairground"' } as const

/** Which listener the edge stands in front of. `management`: for the operator's own systems, so nothing is limited or counted. */
export type Listener = "public" | "management"

/** What the origins may call that a module allows more: the public operations. */
const moreOrigins = (
  api: Methods.Contract,
  allows: ((origin: string, path: string) => boolean) | undefined
): Cors.More | undefined => {
  if (allows === undefined) return undefined
  const open = Methods.openOf(api)
  return {
    allows: (origin, method, path) => allows(origin, path) && open.has(method, path),
    methods: (origin, path) => (allows(origin, path) ? open.allow(path) : undefined)
  }
}

const make = (api: Methods.Contract, extra: ReadonlyArray<Methods.ExtraRoute>, listener: Listener) =>
  Effect.gen(function* () {
    const settings = yield* Settings
    const limits = yield* RateLimits
    const isPublic = listener === "public"
    const methods = Methods.make(api, extra)
    const bodyLimitOf = Methods.bodyLimitsOf(api)
    // No page calls the management listener: a browser that reaches it may show any page.
    const cors = isPublic ? Cors.make(settings.corsOrigins, moreOrigins(api, yield* AllowedOrigins)) : Cors.make([])
    const addressOf = ClientAddress.make(settings.trustedProxies)
    const paths = Methods.routesOf(api, extra).map(({ path }) => path)
    const shareOf = RateShares.make(paths)
    const secretIn = SecretPaths.make(paths)
    const shares = {
      api: { rate: settings.rateLimitAddress, key: "address" },
      pages: { rate: settings.rateLimitPages, key: "pages" },
      probe: { rate: "off", key: "probe" }
    } as const
    const count = isPublic ? RequestMetrics.make(yield* Effect.context()) : () => undefined
    const onProblem = yield* OnProblem

    /**
     * Answers a request without a route: an unknown path, a method that the path lacks, or OPTIONS, which the router does not
     * handle.
     */
    const unrouted = (request: Request): Response => {
      const path = pathOf(request.url)
      if (!decodes(path))
        return problemResponse("malformed-request", { detail: "The path holds a broken percent-encoding." })
      if (path.split("/").some((segment) => segment.length > longestSegment)) return problemResponse("uri-too-long")
      const allow = path === "*" && request.method === "OPTIONS" ? methods.all : methods.allow(path)
      if (request.method === "OPTIONS") {
        const origin = request.headers["origin"]
        const method = request.headers["access-control-request-method"]
        if (origin !== undefined && method !== undefined) {
          // Unknown paths get a preflight answer too, so that the page sees the 404 instead of a bare network error.
          const headers = cors.preflight(origin, method, path, allow ?? methods.all)
          if (headers !== undefined) return HttpServerResponse.empty({ status: 204, headers })
        }
        if (allow !== undefined) return HttpServerResponse.empty({ status: 204, headers: { allow } })
      }
      return allow === undefined
        ? problemResponse("not-found", { detail: "No operation has this path." })
        : problemResponse("method-not-allowed", { detail: `This path has ${allow}, not ${request.method}.` }, { allow })
    }

    // Without the query, which may hold personal data.
    const logged = (request: Request) => ({
      method: request.method,
      path: pathOf(secretIn(request.url)?.shown ?? request.url)
    })

    const failed = (request: Request, id: string, cause: Cause.Cause<unknown>): Effect.Effect<Response> => {
      const text = forLog(cause)
      return Effect.logError("A request failed with a defect.", secretIn(request.url)?.hide(text) ?? text).pipe(
        Effect.annotateLogs(logged(request)),
        Effect.as(problemResponse("internal-error", { requestId: id }))
      )
    }

    const refused = (error: RequestBody.BodyRefused): Response =>
      problemResponse(
        error.problem,
        { detail: error.detail, errors: error.errors },
        error.close ? { connection: "close" } : undefined
      )

    /** The answer for a failure, or null if the client has disconnected. */
    const answer = (request: Request, id: string, cause: Cause.Cause<unknown>): Effect.Effect<Response | null> => {
      let interrupted = false
      for (const reason of cause.reasons) {
        if (reason._tag === "Interrupt") {
          if (reason.annotations.has(HttpServerError.ClientAbort.key)) return Effect.succeed(null)
          interrupted = true
          continue
        }
        const error: unknown = reason._tag === "Fail" ? reason.error : reason.defect
        if (error instanceof RequestBody.BodyRefused) return Effect.succeed(refused(error))
        if (HttpServerResponse.isHttpServerResponse(error)) return Effect.succeed(error)
        if (HttpServerError.isHttpServerError(error) && error.reason._tag === "RouteNotFound") {
          return Effect.succeed(unrouted(request))
        }
        if (HttpServerRespondable.isRespondable(error)) {
          return Effect.matchCauseEffect(HttpServerRespondable.toResponse(error), {
            onFailure: (second) => failed(request, id, Cause.combine(cause, second)),
            onSuccess: (response) =>
              response.status < 500 || response.headers["content-type"] === ProblemDetails.contentType
                ? Effect.succeed(response)
                : failed(request, id, cause)
          })
        }
        return failed(request, id, cause)
      }
      // The client did not cause this: the grace period is over, or something cancelled the handler.
      return interrupted
        ? Effect.as(
            Effect.annotateLogs(Effect.logWarning("A request was given up."), logged(request)),
            problemResponse("given-up")
          )
        : failed(request, id, cause)
    }

    const finish = (request: Request, id: string, given: Response, since: number): Response => {
      const response = given.status < 400 ? given : normalised(given)
      const shared = cors.answer(request.headers["origin"], request.method, pathOf(request.url))
      const own = response.headers
      // Only what is added: each header more is read and copied thrice on its way.
      const headers: Record<string, string> = { "x-request-id": id }
      for (const name of securityNames) if (own[name] === undefined) headers[name] = securityHeaders[name]
      for (const name in shared) if (own[name] === undefined) headers[name] = shared[name] ?? ""
      const { vary } = own
      if (vary !== undefined && shared["vary"] !== undefined) headers["vary"] = `${shared["vary"]}, ${vary}`
      if ((response.status === 429 || response.status === 503) && own["retry-after"] === undefined) {
        headers["retry-after"] = retryAfter(response)
      }
      if (response.status === 401) Object.assign(headers, challenge)
      if (onProblem !== undefined && response.status >= 400) {
        const problem = problemIn(response)
        if (problem !== undefined) onProblem(request.method, pathOf(request.url), problem)
      }
      count(response.status, performance.now() - since)
      return HttpServerResponse.setHeaders(response, headers)
    }

    return (next: Effect.Effect<Response, Types.unhandled>): Effect.Effect<Response, Types.unhandled> =>
      Effect.withFiber((fiber) => {
        const request = withoutSecret(fiber, secretIn)
        const message = request.source instanceof IncomingMessage ? request.source : undefined
        const since = performance.now()
        const id = requestId(request.headers["x-request-id"])
        const annotations = fiber.getRef(References.CurrentLogAnnotations)
        fiber.setContext(
          Context.add(fiber.context, References.CurrentLogAnnotations, { ...annotations, requestId: id })
        )
        const path = pathOf(request.url)
        if (message !== undefined && request.method !== "GET" && request.method !== "HEAD") {
          const isLarge = Number(message.headers["content-length"]) > settings.bodyLimit
          const own = isLarge ? bodyLimitOf(request.method, path) : undefined
          RequestBody.guard(request, message, Math.max(settings.bodyLimit, own ?? 0))
        }
        const fault = message === undefined ? undefined : RequestHead.faultOf(message)
        const { key, rate } = shares[shareOf(path)]
        const routed = isExact(path) ? next : Effect.sync(() => unrouted(request))
        const counted = isPublic && rate !== "off" && message !== undefined && request.method !== "OPTIONS"
        const handled =
          fault !== undefined
            ? Effect.succeed(problemResponse("malformed-request", { detail: fault }, { connection: "close" }))
            : counted
              ? Effect.flatMap(limits.take(`${key}:${addressOf(message)}`, rate), (seconds) =>
                  seconds === 0
                    ? routed
                    : Effect.succeed(problemResponse("too-many-requests", { retryAfterSeconds: seconds }))
                )
              : routed
        return Effect.matchCauseEffect(handled, {
          onSuccess: (response) => Effect.succeed(finish(request, id, response, since)),
          onFailure: (cause) =>
            Effect.flatMap(answer(request, id, cause), (response) =>
              // The client has disconnected. The server needs to see the interruption.
              response === null ? Effect.failCause(cause) : Effect.succeed(finish(request, id, response, since))
            )
        })
      })
  })

/**
 * Everything between the socket and the handlers, as one middleware around the router: request ids, CORS, security headers,
 * the rate limit per client address, the rules for bodies, and an RFC 9457 problem for every failure. `extra` are the routes
 * in addition to the API's, so that 405 and OPTIONS work for them too.
 */
export const layer = (
  api: Methods.Contract,
  extra: ReadonlyArray<Methods.ExtraRoute> = extraRoutes,
  listener: Listener = "public"
) => HttpRouter.middleware(make(api, extra, listener), { global: true })
