import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { load } from "../support/service/Load.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, assertExact, stored } from "../support/service/Stored.ts"
import * as TestDatabase from "../support/TestDatabase.ts"

const kills = 2

it.live(
  "kill -9 under load loses no answered play and counts none twice; with keys and retries each is exactly one",
  () =>
    Effect.gen(function* () {
      const url = yield* TestDatabase.makeUrl
      const client = yield* Service.client()
      yield* addGame(url, "keyed")
      yield* addGame(url, "bare")
      let service = yield* Service.start(url)
      const options = { clients: 16, addresses: 60, base: () => service.base, retries: true }
      const keyed = load(client, { ...options, slug: "keyed", keyed: true })
      const bare = load(client, { ...options, slug: "bare", keyed: false })
      const recorded = (plays: number) => {
        const [before, beforeBare] = [keyed.count(), bare.count()]
        return Service.untilTrue(
          "plays are recorded",
          () => keyed.count() >= before + plays && bare.count() >= beforeBare + plays
        )
      }
      for (let round = 0; round < kills; round++) {
        yield* recorded(200)
        service.signal("SIGKILL")
        assert.strictEqual(yield* Effect.promise(() => service.exited), "SIGKILL")
        service = yield* Service.start(url)
      }
      yield* recorded(100)
      const sentKeyed = yield* Effect.promise(keyed.stop)
      const sentBare = yield* Effect.promise(bare.stop)
      assert.deepStrictEqual([keyed.strange, bare.strange], [[], []])
      assert.isTrue(sentKeyed.every(({ answer }) => answer.status === 201))
      assert.strictEqual(assertExact(yield* stored(url, "keyed"), sentKeyed), 0)
      const unanswered = assertExact(yield* stored(url, "bare"), sentBare)
      assert.isAtMost(unanswered, kills * options.clients, "no more than were under way when the process was killed")
      assert.isAbove(bare.statuses.get(0) ?? 0, 0, "some were")
    })
)
