import { type HttpApiEndpoint, HttpApiMiddleware } from "effect/http-api"
import { TooManyRequests } from "../platform/contract/Problems.ts"

/**
 * For the public operations by which players get a token: counts them by client address (`RATE_LIMIT_PLAYER_CODES`), and provides the
 * request's `CurrentDoer`. Pages elsewhere may call them, since no cookie is set or looked at. Clients load this file, so it imports
 * no server code.
 */
export class AskingForTokens extends HttpApiMiddleware.Service<AskingForTokens>()(
  "fairground/holders/AskingForTokens",
  { error: TooManyRequests }
) {}

/** The endpoint as one of those. The face lists it in `publicOperations`. */
export const asksForToken = <E extends HttpApiEndpoint.Constraint>(
  endpoint: E
): HttpApiEndpoint.AddMiddleware<E, AskingForTokens> =>
  (endpoint as unknown as HttpApiEndpoint.Top).middleware(AskingForTokens) as unknown as HttpApiEndpoint.AddMiddleware<
    E,
    AskingForTokens
  >
