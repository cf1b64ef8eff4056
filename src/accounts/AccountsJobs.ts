import { Effect, Layer } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { AccountsSettings } from "./AccountsSettings.ts"
import * as ExpiredRepo from "./ExpiredRepo.ts"

/** Deletes what is over: none of it counts any more, and sessions hold addresses of clients. */
export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const { sessionIdle } = yield* AccountsSettings
    const retry = retryTransient((yield* Settings).databaseDeadline)
    const repo = yield* ExpiredRepo.make
    const pieces = [repo.sessions(sessionIdle), repo.steps, repo.attempts, repo.tokens, repo.devices, repo.throttles]
    yield* every(
      "10 minutes",
      "Deleting expired sessions, links and tries at signing in",
      Effect.forEach(pieces, (piece) => untilNone(retry(piece)), { discard: true })
    )
  })
)
