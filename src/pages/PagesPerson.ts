import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { nilUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as PagesPersonRepo from "./PagesPersonRepo.ts"

/** How many prizes one statement reads. */
const prizesAStatement = 500

/**
 * What a player has drawn. `forget` changes nothing: a segment and its title name nobody, and once the player is forgotten, nothing
 * leads from the id to a person. Which prizes were drawn has to stay, because a game must be able to prove it.
 */
export const make = Effect.gen(function* () {
  const repo = yield* PagesPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)
  const person: Person = {
    export: Effect.fn("PagesPerson.export")(function* ({ id }) {
      const found: Array<PagesPersonRepo.StoredPrize> = []
      let after = nilUuid
      for (;;) {
        const some = yield* retry(repo.prizes(id, after, prizesAStatement))
        found.push(...some)
        const last = some.at(-1)
        if (last === undefined || some.length < prizesAStatement) break
        after = last.playId
      }
      return { prizes: found.map(({ playId, ...prize }) => ({ play: playId, ...prize })) }
    }),
    forget: () => Effect.void
  }
  return person
})
