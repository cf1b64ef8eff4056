import { Effect } from "effect"
import type { Person } from "../../Module.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import type { Player } from "../../players/Player.ts"
import * as EspSandboxPersonRepo from "./EspSandboxPersonRepo.ts"

/** A person's contact at the sandbox, which stores contacts by their address only. */
export const make = Effect.gen(function* () {
  const repo = yield* EspSandboxPersonRepo.make
  const retry = retryTransient((yield* Settings).databaseDeadline)

  const person: Person = {
    export: Effect.fn("EspSandboxPerson.export")(function* ({ emailKey }: Player) {
      const contact = yield* retry(repo.find(emailKey))
      if (contact === undefined) return { sandboxContact: null }
      const { createdAt, name } = contact
      return { sandboxContact: { emailKey, name, since: createdAt.toISOString() } }
    }),
    forget: Effect.fn("EspSandboxPerson.forget")(({ emailKey }: Player) => retry(repo.remove(emailKey)))
  }
  return person
})
