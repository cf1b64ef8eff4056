import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "../players/Player.ts"
import * as ContactsPersonRepo from "./ContactsPersonRepo.ts"

/**
 * The verdicts of ESPs on a player.
 *
 * `forget` deletes the rows, so no new attempt to call an ESP begins. An attempt that is under way has no row to store its result
 * in, but may still register the address: code that erases the address at an ESP calls this first, and waits for the longest
 * lease. Afterwards, receipts of the player's plays have the verdict `unknown`.
 */
export const make = Effect.gen(function* () {
  const repo = yield* ContactsPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  const person: Person = {
    export: Effect.fn("ContactsPerson.export")(function* ({ id }: Player) {
      const contacts = yield* retry(repo.find(id))
      return { contacts: contacts.map(({ createdAt, ...contact }) => ({ ...contact, since: createdAt.toISOString() })) }
    }),
    forget: Effect.fn("ContactsPerson.forget")(({ id }: Player) =>
      retry(repo.removeOne(id)).pipe(Effect.repeat({ while: (more) => more }), Effect.asVoid)
    )
  }
  return person
})
