import { type Duration, Effect } from "effect"
import { HttpEffect, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { sessionCookie } from "../../platform/contract/Access.ts"

/** The cookies of a browser, by what their token is. `__Host-`: only over TLS or loopback, only for this host, for all paths. */
export const cookieNames = {
  session: sessionCookie.key,
  /** The first factor is right, the second is owed. */
  step: "__Host-fairground-step",
  /** What an SSO redirect or a passkey challenge must come back to. */
  attempt: "__Host-fairground-attempt",
  /** A browser that signed in before. */
  device: "__Host-fairground-device"
} as const
export type CookieName = keyof typeof cookieNames

// Lax and not Strict: the redirect back from an identity provider would arrive without the session.
const attributes = { path: "/", secure: true, httpOnly: true, sameSite: "lax" } as const

/** The response with the cookie. */
export const withCookie = (
  response: HttpServerResponse.HttpServerResponse,
  name: CookieName,
  token: string,
  maxAge: Duration.Input
) => HttpServerResponse.setCookieUnsafe(response, cookieNames[name], token, { ...attributes, maxAge })

export const withoutCookie = (response: HttpServerResponse.HttpServerResponse, name: CookieName) =>
  HttpServerResponse.expireCookieUnsafe(response, cookieNames[name], attributes)

/** Sets the cookie in a handler of the contract. The last thing it does: a failure after it would be sent with the cookie. */
export const setCookie = (name: CookieName, token: string, maxAge: Duration.Input) =>
  HttpEffect.appendPreResponseHandler((_request, response) => Effect.succeed(withCookie(response, name, token, maxAge)))

export const expireCookie = (name: CookieName) =>
  HttpEffect.appendPreResponseHandler((_request, response) => Effect.succeed(withoutCookie(response, name)))

/** The token in the request's cookie; empty if there is none. */
export const cookieOf = (request: HttpServerRequest.HttpServerRequest, name: CookieName): string =>
  request.cookies[cookieNames[name]] ?? ""
