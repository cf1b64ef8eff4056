import { DateTime, Effect, Layer } from "effect"
import { every, untilNone } from "../platform/Periodic.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as CodesRepo from "./CodesRepo.ts"
import * as TokensRepo from "./TokensRepo.ts"

/** Deletes codes and tokens that count for nothing any more. */
export const removeExpired = Effect.gen(function* () {
  const retry = retryTransient((yield* Settings).databaseDeadline)
  const codes = yield* CodesRepo.make
  const tokens = yield* TokensRepo.make
  return Effect.gen(function* () {
    const now = DateTime.toDateUtc(yield* DateTime.now)
    yield* untilNone(retry(codes.removeExpired(now)))
    yield* untilNone(retry(tokens.removeExpired(now)))
  })
})

/** Nobody's address stays for longer than an hour because somebody asked for a code. */
export const layer = Layer.effectDiscard(
  Effect.flatMap(removeExpired, (job) => every("10 minutes", "Deleting expired players' codes and tokens", job))
)
