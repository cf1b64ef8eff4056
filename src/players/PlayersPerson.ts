import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "./Player.ts"
import * as PlayersPersonRepo from "./PlayersPersonRepo.ts"

/**
 * The address of a player, which is all that its row holds.
 *
 * `forget` deletes the row. Entries and plays keep the id, which then refers to no row; there is no foreign key on it. The row is
 * not overwritten: all code that joins players, up to the ESP, would have to recognise a placeholder address. The next play of
 * the address creates a new player, and counts as that player's first.
 *
 * The row is forgotten last: after an interruption, the next call still finds the player by the address.
 */
export const make = Effect.gen(function* () {
  const repo = yield* PlayersPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  const person: Person = {
    export: Effect.fn("PlayersPerson.export")(function* ({ id }: Player) {
      const player = yield* retry(repo.find(id))
      if (player === undefined) return { player: null }
      const { createdAt, email, emailKey } = player
      return { player: { id, email, emailKey, since: createdAt.toISOString() } }
    }),
    forget: Effect.fn("PlayersPerson.forget")(({ id }: Player) => retry(repo.remove(id)))
  }
  return person
})
