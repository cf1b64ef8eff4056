import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { AccountsSettings } from "../AccountsSettings.ts"
import { OwnAccounts } from "../own/OwnAccounts.ts"
import { browserOf, setCookies } from "../session/EntryHttp.ts"
import { Setup } from "./Setup.ts"
import { SetupApi } from "./SetupApi.ts"

export const layer = Handlers.group(
  contractOf(SetupApi),
  "setup",
  Effect.fnUntraced(function* (handlers) {
    const accounts = yield* OwnAccounts
    const setup = yield* Setup
    const { sessionLifetime } = yield* AccountsSettings
    return handlers.handleAll({
      complete: Effect.fnUntraced(function* ({ payload: { language = "en", token, ...owner } }) {
        const browser = browserOf(yield* HttpServerRequest.HttpServerRequest)
        const entered = yield* setup.complete(token, { ...owner, language }, browser)
        // A new account has no second factor to owe.
        if (entered._tag === "Step") return yield* Effect.die(new Error("A new account owes a second factor"))
        const identity = yield* accounts.identityOf({ accountId: entered.accountId, sessionId: entered.id })
        yield* setCookies(entered, sessionLifetime)
        return identity
      })
    })
  })
)
