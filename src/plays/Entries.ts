import { Context, Effect, Layer, Schema } from "effect"
import { Slug } from "../games/Game.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { EmailKey } from "../players/Email.ts"
import * as EntriesRepo from "./EntriesRepo.ts"

export type { Entry } from "./EntriesRepo.ts"

/** The player has no plays in the game, or there is no such game. */
export class EntryNotFound extends Schema.TaggedError<EntryNotFound>()("EntryNotFound", {
  game: Slug,
  email: EmailKey
}) {
  override get message(): string {
    return `${this.email} has no plays in the game ${this.game}.`
  }
}

/** The game has no limit, or one over its whole life: there is no period to end. */
export class NoPeriod extends Schema.TaggedError<NoPeriod>()("NoPeriod", { game: Slug }) {
  override get message(): string {
    return `The game ${this.game} has no limit per day or window, so there is no period to reset.`
  }
}

/** Shows operators a player's entry in a game, and resets the period of its limit. */
export class Entries extends Context.Service<
  Entries,
  {
    readonly find: (
      game: Slug,
      email: EmailKey
    ) => Effect.Effect<EntriesRepo.Entry, EntryNotFound | DatabaseUnavailable>
    /** Ends the current period of the limit: the next play begins a new one. Plays and their numbers stay. */
    readonly reset: (
      game: Slug,
      email: EmailKey
    ) => Effect.Effect<EntriesRepo.Entry, EntryNotFound | NoPeriod | DatabaseUnavailable>
  }
>()("fairground/plays/Entries") {
  static readonly layer = Layer.effect(
    Entries,
    Effect.gen(function* () {
      const repo = yield* EntriesRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const find = Effect.fn("Entries.find")(function* (game: Slug, email: EmailKey) {
        return (yield* retry(repo.find(game, email))) ?? (yield* new EntryNotFound({ game, email }))
      })

      const reset = Effect.fn("Entries.reset")(function* (game: Slug, email: EmailKey) {
        const { limitPeriod } = yield* find(game, email)
        if (limitPeriod === null || limitPeriod === "ever") return yield* new NoPeriod({ game })
        yield* retry(repo.endPeriod(game, email))
        return yield* find(game, email)
      })

      return Entries.of({ find, reset })
    })
  )
}
