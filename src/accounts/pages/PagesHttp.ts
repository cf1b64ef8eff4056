import { Effect } from "effect"
import { HttpRouter } from "effect/http"
import type { ExtraRoute } from "../../platform/edge/Methods.ts"
import * as AccountRoutes from "./AccountRoutes.ts"
import * as LinkRoutes from "./LinkRoutes.ts"
import * as Routes from "./Routes.ts"
import * as SignInRoutes from "./SignInRoutes.ts"
import * as SsoRoutes from "./SsoRoutes.ts"

const get = (path: `/${string}`): ExtraRoute => ({ method: "GET", path })
const post = (path: `/${string}`): ExtraRoute => ({ method: "POST", path })
const both = (path: `/${string}`): ReadonlyArray<ExtraRoute> => [get(path), post(path)]

/** The routes of the pages, for the edge. */
export const pages: ReadonlyArray<ExtraRoute> = [
  ...both("/sign-in"),
  ...both("/sign-in/second-factor"),
  post("/sign-out"),
  ...both("/setup/:token"),
  ...both("/join/:token"),
  ...both("/forgot"),
  ...both("/reset/:token"),
  ...both("/email/:token"),
  ...both("/register"),
  ...both("/account"),
  ...both("/account/confirm"),
  post("/account/email"),
  get("/account/security"),
  post("/account/password"),
  post("/account/totp"),
  post("/account/totp/confirm"),
  post("/account/totp/remove"),
  post("/account/recovery-codes"),
  post("/account/passkeys/:id/remove"),
  post("/sign-in/sso/:connection"),
  post("/join/:token/sso/:connection"),
  post("/account/confirm/sso/:connection"),
  post("/account/sso/:connection"),
  post("/account/identities/:id/remove"),
  get("/account/sessions"),
  post("/account/sessions/end-others"),
  post("/account/sessions/:id/end"),
  ...both("/account/keys"),
  post("/account/keys/:id/revoke")
]

/**
 * The pages by which people get in and look after their own account, in English and Russian. They are forms: they work without
 * JavaScript, except for passkeys, which browsers offer to scripts only.
 */
export const layer = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const routes = yield* Routes.make
    const sso = yield* SsoRoutes.add(router, routes)
    yield* SignInRoutes.add(router, routes, sso)
    yield* LinkRoutes.add(router, routes, sso)
    yield* AccountRoutes.add(router, routes, sso)
  })
)
