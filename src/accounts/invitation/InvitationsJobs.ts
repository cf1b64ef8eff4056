import { Effect, Layer } from "effect"
import { every, untilNone } from "../../platform/Periodic.ts"
import { Invitations } from "./Invitations.ts"

/** Deletes invitations that nobody has accepted long after they expired. Until then they can be sent again. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const invitations = yield* Invitations
    yield* every("1 hour", "Deleting old invitations", untilNone(invitations.removeExpired))
  })
)
