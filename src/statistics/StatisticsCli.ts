import { DateTime, Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { Audit } from "../audit/Audit.ts"
import { ContactsSettings } from "../contacts/ContactsSettings.ts"
import { commandDatabase } from "../platform/cli/CommandDatabase.ts"
import { json, since, startOf } from "../platform/cli/Flags.ts"
import { lineOf, Progress } from "../platform/cli/Progress.ts"
import * as Terminal from "../platform/cli/Terminal.ts"
import { Mending } from "./Mending.ts"

const withMending = Effect.provide(
  Layer.mergeAll(Mending.layer, Audit.layer, Progress.layer).pipe(Layer.provideMerge(commandDatabase(ContactsSettings)))
)

const rebuild = Command.make(
  "rebuild",
  { since: since("Only plays since"), json },
  Effect.fnUntraced(function* ({ json, since }) {
    const mending = yield* Mending
    const audit = yield* Audit
    const { clear, show } = yield* Progress
    const from = yield* startOf(since)
    yield* mending.restart(
      from?.getTime() ?? 0,
      audit.record({ action: "statistics.rebuild", details: { since: from === null ? null : from.toISOString() } })
    )
    yield* Effect.gen(function* () {
      for (let left = yield* mending.progress; left !== undefined; left = yield* mending.progress) {
        yield* show(`${lineOf(left.checkedUntil - left.first, left.completeFrom - left.first)} quarters of an hour`)
        // A running service may be at it as well: one of the two makes each piece.
        if ((yield* mending.step) === "busy") yield* Effect.sleep("100 millis")
      }
      yield* mending.totals
    }).pipe(Effect.ensuring(clear))
    const at = DateTime.formatIso(yield* DateTime.now)
    yield* Terminal.print(json ? JSON.stringify({ rebuiltAt: at }) : "The statistics are those of the plays.")
  }, withMending)
).pipe(
  Command.withDescription(
    "Make the statistics again from the plays and contacts, while plays are recorded. If it is stopped, the service goes on with it, and so does the command when it is run again."
  ),
  Command.withExamples([
    { command: "fairground statistics rebuild", description: "All of them" },
    { command: "fairground statistics rebuild --since '7 days'", description: "After the module was off for a while" }
  ])
)

export const statistics = Command.make("statistics").pipe(
  Command.withDescription("Look after the statistics of plays."),
  Command.withSubcommands([rebuild])
)
