import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "../players/Player.ts"
import * as HoldersPersonRepo from "./HoldersPersonRepo.ts"

/**
 * That a person asked for a code, and the tokens that they hold; neither of which can be used by whoever reads the export.
 *
 * `forget` deletes both: each token ends with the next request. One that is made meanwhile does not count, once the player is gone.
 */
export const make = Effect.gen(function* () {
  const repo = yield* HoldersPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  const person: Person = {
    export: Effect.fn("HoldersPerson.export")(function* ({ emailKey, id }: Player) {
      const codes = yield* retry(repo.codes(emailKey))
      const tokens = yield* retry(repo.tokens(id))
      if (codes.length === 0 && tokens.length === 0) return { playerAccess: null }
      return {
        playerAccess: {
          codes: codes.map(({ createdAt, emailKey, expiresAt }) => ({
            email: emailKey,
            since: createdAt.toISOString(),
            until: expiresAt.toISOString()
          })),
          tokens: tokens.map(({ createdAt, expiresAt }) => ({
            since: createdAt.toISOString(),
            until: expiresAt.toISOString()
          }))
        }
      }
    }),
    forget: Effect.fn("HoldersPerson.forget")(function* ({ emailKey, id }: Player) {
      yield* retry(repo.removeCodes(emailKey))
      yield* retry(repo.removeTokens(id))
    })
  }
  return person
})
