import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Embedded from "../platform/postgres/embedded/EmbeddedSupport.ts"
import { load } from "../support/service/Load.ts"
import * as Service from "../support/service/Service.ts"
import { addGame, assertExact, query, stored } from "../support/service/Stored.ts"

/** Kills the server that runs in the directory, if one does. */
const crash = (dataDir: string) =>
  Effect.ignore(
    Effect.try(() => {
      const [pid] = readFileSync(join(dataDir, "postgres", "postmaster.pid"), "utf8").split("\n")
      process.kill(Number(pid), "SIGKILL")
    })
  )

it.live(
  "the database crashes and restarts under load: 503 meanwhile, nothing lost or counted twice, and the service recovers",
  () =>
    Effect.gen(function* () {
      const dataDir = yield* Embedded.makeDirectory()
      // As on a real machine: what was answered has to be on disk.
      const database = yield* Embedded.start(dataDir, { settings: { fsync: "on" } })
      const { url } = database
      const client = yield* Service.client(128)
      const patient = yield* Service.start(url, { ESP_DEADLINE: "200 millis" })
      let { base } = patient
      yield* addGame(url, "keyed", 1_000_000)
      yield* addGame(url, "bare")
      const options = { addresses: 50, base: () => base, retries: true }
      const keyed = load(client, { ...options, clients: 32, slug: "keyed", keyed: true })
      const bare = load(client, { ...options, clients: 32, slug: "bare", keyed: false })
      const recorded = (plays: number) => {
        const [before, beforeBare] = [keyed.count(), bare.count()]
        return Service.untilTrue(
          "plays are recorded",
          () => keyed.count() >= before + plays && bare.count() >= beforeBare + plays
        )
      }
      yield* recorded(200)

      // All sessions cut off, as by an administrator or a failover: nobody sees an error.
      yield* query(
        url,
        (sql) => sql`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'fairground%'`
      )
      yield* recorded(100)
      assert.isUndefined(keyed.statuses.get(503), "within the deadline, a lost connection is not seen outside")

      // One that answers soon that it cannot; as it starts, a busy machine may make it too late.
      const service = yield* Effect.retry(
        Effect.sandbox(Service.start(url, { DATABASE_DEADLINE: "1 second", ESP_DEADLINE: "200 millis" })),
        { times: 5 }
      )
      base = service.base
      yield* recorded(100)

      // Crashes: the supervisor starts the server again, which first repairs its files; now and then that is quick.
      yield* Service.until(
        "503",
        Effect.map(crash(dataDir), () => (keyed.statuses.has(503) && bare.statuses.has(503) ? true : undefined))
      )
      const health = yield* Effect.promise(() => client.get(service.base, "/health/live"))
      assert.strictEqual(health.status, 200)
      yield* recorded(200)
      yield* Service.until(
        "it is ready",
        Effect.map(
          Effect.promise(() => client.get(service.base, "/health/ready")),
          ({ status }) => (status === 200 ? true : undefined)
        )
      )

      const [sent, sentBare] = [yield* Effect.promise(keyed.stop), yield* Effect.promise(bare.stop)]
      assert.deepStrictEqual(
        [keyed.strange, bare.strange],
        [[], []],
        "every 503 has a Retry-After, and there is no 500"
      )
      // The client gives up after half a minute.
      assert.isUndefined(keyed.statuses.get(0), "never a hang")
      assert.isUndefined(bare.statuses.get(0), "never a hang")
      assert.isTrue(sent.every(({ answer }) => answer.status === 201))
      assert.strictEqual(assertExact(yield* stored(url, "keyed"), sent), 0)
      const unanswered = assertExact(yield* stored(url, "bare"), sentBare)
      const refused = sentBare.filter(({ answer }) => answer.status === 503)
      assert.isAtMost(unanswered, refused.length, "only what was answered with 503 may be there or not")
      assert.deepStrictEqual(
        new Set(refused.map(({ answer }) => answer.body["type"])),
        new Set(["/problems/database-unavailable"])
      )
    })
)
