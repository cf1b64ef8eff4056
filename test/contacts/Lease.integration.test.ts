import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Contacts } from "../../src/contacts/Contacts.ts"
import { EspMemory } from "../support/esp/EspMemory.ts"
import { notReached } from "../support/esp/EspBehaviours.ts"
import { addGame, layerTime, record, Time } from "../support/service/Recording.ts"

const env = { ESP_RETRIES: "0", ESP_ATTEMPT_DEADLINE: "100 seconds", DATABASE_DEADLINE: "50 seconds" }

/** Claims contacts like a process that dies before it starts their attempts. Returns how many. */
const claimed = Effect.flatMap(Contacts, (contacts) => Effect.map(contacts.claimDue(8), ({ length }) => length))

describe("a contact that is claimed", () => {
  it.live(
    "belongs to its process for as long as its attempt and the storing of its end may take, and no minute longer",
    () =>
      Effect.gen(function* () {
        const time = yield* Time
        yield* (yield* EspMemory).otherwise(notReached)
        yield* record(yield* addGame(), "nora@shop.example")
        time.adjust("2 hours")
        assert.strictEqual(yield* claimed, 1)
        assert.strictEqual(yield* claimed, 0)
        time.adjust("150 seconds")
        assert.strictEqual(yield* claimed, 0, "it is stored until now, and would be called about twice")
        time.adjust("1 minute")
        assert.strictEqual(yield* claimed, 1)
      }).pipe(Effect.provide(layerTime(env)))
  )

  it.live("belongs to the process of its first play for as long", () =>
    Effect.gen(function* () {
      const time = yield* Time
      const { leaseUntil } = yield* Contacts
      const now = time.now()
      assert.isAbove(leaseUntil(now).getTime() - now, 150_000)
      assert.isBelow(leaseUntil(now).getTime() - now, 210_000)
    }).pipe(Effect.provide(layerTime(env)))
  )
})
