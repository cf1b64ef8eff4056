import { type HttpApiEndpoint, HttpApiMiddleware } from "effect/http-api"
import { CrossSiteRequest } from "../../platform/contract/Access.ts"
import { Problem } from "../../platform/contract/Problem.ts"
import { TooManyRequests } from "../../platform/contract/Problems.ts"

/** 403: a browser would drop the cookie of a session. */
export class HttpsRequired extends Problem<HttpsRequired>()("HttpsRequired", {
  name: "https-required",
  status: 403,
  title: "Signing in needs HTTPS",
  explanation:
    "Browsers keep the cookie of a session only over TLS, or on the machine itself (`localhost`). The page was loaded over plain HTTP from another machine: open it with `https://`."
}) {}

/**
 * For the public operations by which people get in: refuses requests that a page of another site sends (login CSRF) and pages over
 * plain HTTP, counts them by client address (`RATE_LIMIT_SIGN_IN`), and provides the request's `CurrentDoer`. Clients load this
 * file, so it imports no server code.
 */
export class GettingIn extends HttpApiMiddleware.Service<GettingIn>()("fairground/accounts/access/GettingIn", {
  error: [CrossSiteRequest, HttpsRequired, TooManyRequests]
}) {}

/** The endpoint as one of those: `HttpApiEndpoint.post(…).pipe(getsIn)`. The face lists it in `publicOperations`. */
export const getsIn = <E extends HttpApiEndpoint.Constraint>(
  endpoint: E
): HttpApiEndpoint.AddMiddleware<E, GettingIn> =>
  (endpoint as unknown as HttpApiEndpoint.Top).middleware(GettingIn) as unknown as HttpApiEndpoint.AddMiddleware<
    E,
    GettingIn
  >
