import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SqlClient } from "effect/sql"
import * as ContactsJobs from "../../src/contacts/ContactsJobs.ts"
import { created, EspClient, type EspConnection, plain } from "../../src/esp/EspClient.ts"
import { bucket } from "../../src/esp/governor/GovernorPolicy.ts"
import { layerWith } from "../support/Settings.ts"
import { Shutdown } from "../../src/platform/Shutdown.ts"
import { addMany } from "../support/service/ManyContacts.ts"
import { addGame, replica } from "../support/service/Recording.ts"
import { until } from "../support/service/Service.ts"
import * as TestDatabase from "../support/TestDatabase.ts"
import { settleDue } from "../support/service/SettleDue.ts"

// An attempt that hangs, or waits for a slot, holds its worker longer than the tests wait.
const env = {
  ESP_RETRIES: "0",
  ESP_CALL_TIMEOUT: "1 minute",
  ESP_ATTEMPT_DEADLINE: "3 minutes",
  SHUTDOWN_GRACE: "1 millis"
}

const good = plain(() => Effect.succeed(created()))

/** A connection that allows one call per window, so its limit delays calls, not `register`. */
const limited = (window: "1 minute" | "1 hour"): EspConnection => ({
  ...good,
  governor: { account: "slow", buckets: [bucket("window", 1, window)], concurrency: null }
})

/** A process of the service on its own database, with a slow and a quick connection. */
const service = (slow: EspConnection) =>
  Layer.unwrap(
    Effect.map(TestDatabase.makeUrl, (url) =>
      replica(url, env).pipe(
        Layer.provide(
          Layer.succeed(
            EspClient,
            EspClient.dispatch(
              new Map([
                ["slow", slow],
                ["quick", good]
              ])
            )
          )
        )
      )
    )
  )

/** Adds due contacts at a connection. All are due before contacts that are added later. */
const due = Effect.fnUntraced(function* (esp: string, count: number) {
  const slug = yield* addGame({ esp })
  // Not added by plays, because the endings of the plays' own attempts would be stored some time later.
  yield* addMany({ slug, count, contact: { esp, isStuck: false }, prefix: esp, at: new Date() })
  const sql = yield* SqlClient.SqlClient
  yield* sql`
    update contact set attempts = 0, due_at = date_trunc('milliseconds', now()) - interval '1 day' where esp = ${esp}`
})

const open = (esp: string) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    return yield* sql<{ player: string; attempts: number; isOld: boolean }>`
      select email as player, attempts, due_at < now() - interval '1 hour' as is_old from contact join player on player.id = player_id
      where verdict = 'unknown' and esp = ${esp} order by due_at, email`
  })

const background = (workers: number) =>
  Layer.build(
    ContactsJobs.layer.pipe(Layer.provide(Shutdown.layer), Layer.provide(layerWith({ ...env, WORKERS: `${workers}` })))
  )

const settled = (esp: string) =>
  until(
    `no contact waits at ${esp}`,
    Effect.map(open(esp), (rows) => (rows.length === 0 ? true : undefined))
  )

describe("a connection with a long backlog", () => {
  it.live.each([
    ["waits for slots", limited("1 minute")],
    ["hangs", plain(() => Effect.never)]
  ] as const)("that %s does not keep the others' contacts waiting", ([, slow]) =>
    Effect.gen(function* () {
      yield* due("slow", 40)
      yield* due("quick", 3)
      yield* background(2)
      yield* settled("quick")
      assert.isAbove((yield* open("slow")).length, 30)
    }).pipe(Effect.provide(service(slow)), Effect.scoped)
  )

  it.live("and no slot for a while is left alone until then, in its order", () =>
    Effect.gen(function* () {
      yield* due("slow", 40)
      const before = yield* open("slow")
      const found = yield* Effect.all([settleDue(8), settleDue(8), settleDue(8)])
      assert.deepStrictEqual(found, [8, 0, 0])
      const after = yield* open("slow")
      assert.deepStrictEqual(
        after,
        before.filter(({ player }) => after.some((left) => left.player === player))
      )
      assert.isTrue(after.every(({ isOld }) => isOld))
      yield* due("quick", 3)
      assert.strictEqual(yield* settleDue(8), 3)
      assert.isEmpty(yield* open("quick"))
    }).pipe(Effect.provide(service(limited("1 hour"))))
  )
})
