import { Duration, Effect } from "effect"
import type { HttpServerRequest } from "effect/http"
import * as Cookies from "../access/Cookies.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import { deviceLifetime } from "../password/Devices.ts"
import type { Browser, Entered, Opened } from "./Entry.ts"

/** As long as the step itself. */
const stepLifetime = Duration.minutes(5)

export const browserOf = (request: HttpServerRequest.HttpServerRequest): Browser => ({
  session: Cookies.cookieOf(request, "session"),
  step: Cookies.cookieOf(request, "step"),
  device: Cookies.cookieOf(request, "device")
})

/** Which cookies the browser gets, and which it loses. For pages, which make their response themselves. */
export const cookiesOf = (
  entered: Entered,
  sessionLifetime: Duration.Duration
): {
  readonly set: ReadonlyArray<readonly [name: Cookies.CookieName, token: string, maxAge: Duration.Duration]>
  readonly expire: ReadonlyArray<Cookies.CookieName>
} =>
  entered._tag === "Session"
    ? {
        set: [
          ["session", entered.token, sessionLifetime],
          ["device", entered.device, deviceLifetime]
        ],
        expire: ["step"]
      }
    : { set: [["step", entered.token, stepLifetime]], expire: [] }

/** Sets them in a handler of the contract, as the last thing that it does. */
export const setCookies = (entered: Entered, sessionLifetime: Duration.Duration) => {
  const { expire, set } = cookiesOf(entered, sessionLifetime)
  return Effect.all(
    [
      ...set.map(([name, token, maxAge]) => Cookies.setCookie(name, token, maxAge)),
      ...expire.map((name) => Cookies.expireCookie(name))
    ],
    { discard: true }
  )
}

/**
 * The answer to whoever has got in, who they are, with the cookies: the last thing that a handler does, for a failure after it would
 * carry them, too.
 */
export const answering = Effect.gen(function* () {
  const accounts = yield* OwnAccounts
  const { sessionLifetime } = yield* AccountsSettings
  return Effect.fnUntraced(function* (opened: Opened) {
    const identity = yield* accounts.identityOf({ accountId: opened.accountId, sessionId: opened.id })
    yield* setCookies(opened, sessionLifetime)
    return identity
  })
})

/** A new account has no second factor to owe. */
export const openedOf = (entered: Entered): Effect.Effect<Opened> =>
  entered._tag === "Session" ? Effect.succeed(entered) : Effect.die(new Error("a new account owes a second factor"))
