import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { SqlClient } from "effect/sql"
import { EspGuard } from "../esp/EspGuard.ts"
import { contractOf } from "../platform/Contract.ts"
import { leavable } from "../platform/Leavable.ts"
import * as Migrations from "../platform/postgres/Migrations.ts"
import { Shutdown } from "../platform/Shutdown.ts"
import { Plays } from "../plays/Plays.ts"
import { HealthApi, NotReady } from "./HealthApi.ts"

// Shorter than what probes usually wait for, so that they get the answer with its reason.
const patience = "2 seconds"

const okUnless = (hasFailed: boolean) => (hasFailed ? ("failed" as const) : ("ok" as const))

/** Needs the database, plays, the guard of the ESPs and the shutdown. */
export const layer = HttpApiBuilder.group(
  contractOf(HealthApi),
  "health",
  Effect.fnUntraced(function* (handlers) {
    const plays = yield* Plays
    const guard = yield* EspGuard
    const shutdown = yield* Shutdown
    const sql = yield* SqlClient.SqlClient

    // Once complete, the schema stays so. Asking again would wait for a newer replica that is migrating.
    let isMigrated = false
    const database = Effect.gen(function* () {
      if (isMigrated) yield* sql`select 1`
      else isMigrated = (yield* Migrations.pending).length === 0
      return { database: "ok", migrations: isMigrated ? "ok" : "failed" } as const
    }).pipe(
      Effect.provideService(SqlClient.SqlClient, sql),
      leavable,
      Effect.timeout(patience),
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
