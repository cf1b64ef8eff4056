import { Clock, Duration, Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import {
  CrossSiteRequest,
  CurrentActor,
  NotSignedIn,
  ReauthenticationRequired
} from "../../platform/contract/Access.ts"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { recent } from "../access/AccessHttp.ts"
import { cookieOf, expireCookie, setCookie } from "../access/Cookies.ts"
import { isForged } from "../access/Origin.ts"
import { AccountId } from "../Account.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { attemptLifetime } from "../attempt/BrowserAttempts.ts"
import { Links } from "../Links.ts"
import { browserOf, setCookies } from "../session/EntryHttp.ts"
import { Sessions } from "../session/Sessions.ts"
import { personOf } from "../session/SignIn.ts"
import { Identities } from "./Identities.ts"
import { SingleSignOn, type Start } from "./SingleSignOn.ts"
import { SsoApi } from "./SsoApi.ts"

const request = HttpServerRequest.HttpServerRequest

export const layer = Handlers.group(
  contractOf(SsoApi),
  "sso",
  Effect.fnUntraced(function* (handlers) {
    const identities = yield* Identities
    const links = yield* Links
    const sessions = yield* Sessions
    const sso = yield* SingleSignOn
    const { sessionLifetime } = yield* AccountsSettings

    /** The person of the browser's session, which counts only for pages of this service. */
    const signedIn = Effect.fnUntraced(function* (isRecent: boolean) {
      const sent = yield* request
      if (isForged(sent)) return yield* new CrossSiteRequest({})
      const actor = yield* sessions.bySession(cookieOf(sent, "session"))
      if (actor === undefined) return yield* new NotSignedIn({})
      const age = (yield* Clock.currentTimeMillis) - (actor.by._tag === "Session" ? +actor.by.authenticatedAt : 0)
      if (isRecent && age >= Duration.toMillis(recent)) return yield* new ReauthenticationRequired({})
      return yield* personOf(actor)
    })

    return handlers.handleAll({
      list: () => Effect.succeed({ items: sso.offered }),
      begin: Effect.fnUntraced(function* ({ params, payload }) {
        const { invitation, next, purpose } = payload
        const start: Start =
          invitation !== undefined
            ? { purpose: "invitation", invitation }
            : purpose === "link" || purpose === "confirmation"
              ? { purpose, person: yield* signedIn(purpose === "link") }
              : { purpose: "sign-in" }
        const { location, token } = yield* sso.begin(params.connection, start, (next ?? null) as `/${string}` | null)
        yield* setCookie("attempt", token, attemptLifetime)
        return { location }
      }),
      arrive: Effect.fnUntraced(function* ({ params }) {
        const sent = yield* request
        const at = sent.url.indexOf("?")
        const query = at < 0 ? "" : sent.url.slice(at + 1)
        const arrived = yield* sso.arrive(params.connection, query, browserOf(sent), cookieOf(sent, "attempt"))
        const location = yield* links.page(arrived.path)
        yield* expireCookie("attempt")
        if (arrived.entered !== undefined) yield* setCookies(arrived.entered, sessionLifetime)
        return HttpApiSchema.withHeaders({ body: undefined, headers: { location } })
      }),
      identities: Effect.fnUntraced(function* () {
        const { accountId } = yield* CurrentActor
        return { items: yield* identities.list(AccountId.make(accountId)) }
      }),
      unlink: Effect.fnUntraced(function* ({ params }) {
        yield* identities.unlink(yield* Effect.flatMap(CurrentActor, personOf), params.id)
      })
    })
  })
)
