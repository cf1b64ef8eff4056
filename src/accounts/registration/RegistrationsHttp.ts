import { Effect } from "effect"
import * as Handlers from "../../platform/edge/Handlers.ts"
import { contractOf } from "../../platform/contract/Contract.ts"
import { Registrations } from "./Registrations.ts"
import { RegistrationsApi } from "./RegistrationsApi.ts"

export const layer = Handlers.group(
  contractOf(RegistrationsApi),
  "registrations",
  Effect.fnUntraced(function* (handlers) {
    const registrations = yield* Registrations
    return handlers.handleAll({
      ask: ({ payload: { email, language = "en" } }) => registrations.ask(email, language)
    })
  })
)
