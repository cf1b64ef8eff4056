import { Effect } from "effect"
import { Contacts } from "../../../src/contacts/Contacts.ts"

/** Claims up to `limit` due contacts and attempts them concurrently, as the workers do. Returns how many it claimed. */
export const settleDue = (limit: number) =>
  Effect.gen(function* () {
    const { claimDue } = yield* Contacts
    const attempts = yield* claimDue(limit)
    yield* Effect.all(attempts, { concurrency: "unbounded", discard: true })
    return attempts.length
  })
