import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Api } from "../Api.ts"
import * as Migrations from "../platform/postgres/Migrations.ts"
import { Plays } from "../plays/Plays.ts"
import type { SqlClient } from "effect/sql"
import { NotReady } from "./HealthApi.ts"

// Shorter than what probes usually wait for, so that they get the answer with its reason.
const patience = "2 seconds"

/** Needs the database and plays. */
export const layer = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const plays = yield* Plays
    const context = yield* Effect.context<SqlClient.SqlClient>()

    const schema = Migrations.pending.pipe(
      Effect.provideContext(context),
      Effect.timeout(patience),
      Effect.match({
        onFailure: () => ({ database: "failed", migrations: "failed" }) as const,
        onSuccess: (pending) => ({ database: "ok", migrations: pending.length === 0 ? "ok" : "failed" }) as const
      })
    )

    return handlers.handleAll({
      live: () => Effect.succeed({ status: "live" as const }),
      ready: Effect.fnUntraced(function* () {
        const checks = { ...(yield* schema), queue: (yield* plays.isFull) ? ("failed" as const) : ("ok" as const) }
        return Object.values(checks).every((check) => check === "ok")
          ? { status: "ready" as const, checks }
          : yield* new NotReady({ checks })
      })
    })
  })
)
