import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { answering, browserOf, openedOf } from "../session/EntryHttp.ts"
import { Setup } from "./Setup.ts"
import { SetupApi } from "./SetupApi.ts"

export const layer = Handlers.group(
  contractOf(SetupApi),
  "setup",
  Effect.fnUntraced(function* (handlers) {
    const setup = yield* Setup
    const answer = yield* answering
    return handlers.handleAll({
      complete: Effect.fnUntraced(function* ({ payload: { language = "en", token, ...owner } }) {
        const browser = browserOf(yield* HttpServerRequest.HttpServerRequest)
        return yield* answer(yield* openedOf(yield* setup.complete(token, { ...owner, language }, browser)))
      })
    })
  })
)
