import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "./Player.ts"
import * as PlayersPersonRepo from "./PlayersPersonRepo.ts"

/**
 * The address of a player, which is all that its row holds.
 *
 * To forget it, the row is deleted, not overwritten. Entries and plays go on to hold the id, which leads nowhere then; no foreign
 * key stands on it. A row with something else in place of the address would go on to be taken for a player by all that joins it,
 * up to the ESP, and each of them would have to know that this address is none. The address itself is free: its next play makes
 * a new player, whose first play that is.
 *
 * It is forgotten last: until then, whoever begins anew finds the player by its address.
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
