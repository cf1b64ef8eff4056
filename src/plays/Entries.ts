import { Context, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
import type { Slug } from "../games/Game.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import * as EntriesRepo from "./EntriesRepo.ts"
import { EntryNotFound, NoPeriod } from "./EntryErrors.ts"

export type { Entry, Who } from "./EntriesRepo.ts"

/** Shows operators a player's entry in a game, and resets the period of its limit. */
export class Entries extends Context.Service<
  Entries,
  {
    readonly find: (
      game: Slug,
      who: EntriesRepo.Who
    ) => Effect.Effect<EntriesRepo.Entry, EntryNotFound | DatabaseUnavailable>
    /** Ends the current period of the limit: the next play begins a new one. Plays and their numbers stay. */
    readonly reset: (
      game: Slug,
      who: EntriesRepo.Who
    ) => Effect.Effect<EntriesRepo.Entry, EntryNotFound | NoPeriod | DatabaseUnavailable>
  }
>()("fairground/plays/Entries") {
  static readonly layer = Layer.effect(
    Entries,
    Effect.gen(function* () {
      const audit = yield* Audit
      const repo = yield* EntriesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const find = Effect.fn("Entries.find")(function* (game: Slug, who: EntriesRepo.Who) {
        const entry = yield* retry(repo.find(game, who))
        if (entry !== undefined) return entry
        // Only the command line asks by address, and so only it is told one.
        return yield* new EntryNotFound(
          "email" in who ? { detail: `${who.email} has no plays in the game ${game}.` } : {}
        )
      })

      const reset = Effect.fn("Entries.reset")(function* (game: Slug, who: EntriesRepo.Who) {
        const { limitPeriod } = yield* find(game, who)
        if (limitPeriod === null || limitPeriod === "ever") {
          return yield* new NoPeriod({
            detail: `The game ${game} has no limit per day or window, so there is no period to reset.`
          })
        }
        yield* retry(
          audit.within(repo.endPeriod(game, who), (playerId) =>
            playerId === undefined
              ? undefined
              : { action: "entry.reset", target: { kind: "player", id: playerId }, details: { game } }
          )
        )
        return yield* find(game, who)
      })

      return Entries.of({ find, reset })
    })
  )
}
