import { Effect } from "effect"
import type { Person } from "../Module.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import type { Player } from "../players/Player.ts"
import * as ContactsPersonRepo from "./ContactsPersonRepo.ts"

/**
 * What ESPs said of a player.
 *
 * To forget it, the rows are deleted, and with them the duty to call an ESP: no attempt begins any more. One that is under way ends
 * without a row to store its end in, but may still have registered the address: whoever erases at an ESP calls this first, and
 * lets the longest lease pass. Receipts of the player's plays say `unknown` from then on.
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
