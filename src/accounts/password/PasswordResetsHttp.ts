import { Effect } from "effect"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { PasswordResets } from "./PasswordResets.ts"
import { PasswordResetsApi } from "./PasswordResetsApi.ts"

export const layer = Handlers.group(
  contractOf(PasswordResetsApi),
  "passwordResets",
  Effect.fnUntraced(function* (handlers) {
    const resets = yield* PasswordResets
    return handlers.handleAll({
      ask: ({ payload }) => resets.ask(payload.email),
      confirm: ({ payload }) => resets.confirm(payload.token, payload.password)
    })
  })
)
