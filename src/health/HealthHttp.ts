import { Effect } from "effect"
import { SqlClient } from "effect/sql"
import * as Handlers from "../platform/edge/Handlers.ts"
import { EspGuard } from "../esp/EspGuard.ts"
import { contractOf } from "../platform/contract/Contract.ts"
import { leavable } from "../platform/Leavable.ts"
import * as Migrations from "../platform/postgres/Migrations.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { Plays } from "../plays/Plays.ts"
import { HealthApi, NotReady } from "./HealthApi.ts"

// Shorter than the usual timeout of probes, so that they receive the answer with its reason.
const queryTimeout = "2 seconds"

const okUnless = (hasFailed: boolean) => (hasFailed ? ("failed" as const) : ("ok" as const))

export const layer = Handlers.group(
  contractOf(HealthApi),
  "health",
  Effect.fnUntraced(function* (handlers) {
    const plays = yield* Plays
    const guard = yield* EspGuard
    const shutdown = yield* Shutdown
    const sql = yield* SqlClient.SqlClient

    // A complete schema stays complete. Checking again would wait for a newer replica that is migrating.
    let isMigrated = false
    const database = Effect.gen(function* () {
      if (isMigrated) yield* sql`select 1`
      else isMigrated = (yield* Migrations.pending).length === 0
      return { database: "ok", migrations: isMigrated ? "ok" : "failed" } as const
    }).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      leavable,
      Effect.timeout(queryTimeout),
      Effect.orElseSucceed(() => ({ database: "failed", migrations: isMigrated ? "ok" : "failed" }) as const)
    )

    return handlers.handleAll({
      live: () => Effect.succeed({ status: "live" as const }),
      ready: Effect.fnUntraced(function* () {
        const [asked, isFull, isFailing] = yield* Effect.all([database, plays.isFull, plays.isFailing], {
          concurrency: "unbounded"
        })
        const checks = { ...asked, queue: okUnless(isFull), plays: okUnless(isFailing) }
        if (shutdown.isAsked()) return yield* new NotReady({ checks, detail: "The service is about to stop." })
        return Object.values(checks).every((check) => check === "ok")
          ? { status: "ready" as const, checks, esps: yield* guard.circuits }
          : yield* new NotReady({ checks })
      })
    })
  })
)
