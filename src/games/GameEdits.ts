import { DateTime, type Duration, Effect } from "effect"
import type { Audit } from "../audit/Audit.ts"
import { ChangedMeanwhile } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { Game, Slug } from "./Game.ts"
import { GameArchived, GameNotFound } from "./GameErrors.ts"
import { changesBetween, type GameSetup, setupOf } from "./GameSetup.ts"
import type { GamesRepo } from "./GamesRepo.ts"

export interface Edit<E> {
  readonly slug: Slug
  /** The version that is expected; null: any. */
  readonly version: number | null
  /** Of the audit log. */
  readonly action: string
  /** Told beside the changes. */
  readonly details?: { readonly [name: string]: string }
  /** What the game is to be. `at`: now. */
  readonly next: (game: Game, at: DateTime.Utc) => Effect.Effect<GameSetup, E>
}

/** For edits that archived games do not take. */
export const ofCurrent =
  (next: (setup: GameSetup, at: DateTime.Utc) => GameSetup) =>
  (game: Game, at: DateTime.Utc): Effect.Effect<GameSetup, GameArchived> =>
    game.archivedAt === null ? Effect.succeed(next(setupOf(game), at)) : Effect.fail(new GameArchived({}))

/**
 * Changes a game and tells of it in the audit log, in one transaction. Nobody else changes it meanwhile, and plays do not wait.
 *
 * An edit that finds everything as it wants it changes nothing, whatever the version: it was made before. So an edit may be
 * repeated after an attempt whose outcome is unknown (RFC 9110, section 13.1.1, allows that for `If-Match`).
 */
export const make = (repo: GamesRepo, audit: Audit["Service"], deadline: Duration.Input) => {
  const retry = retryTransient(deadline)

  const editing = <E>(edit: Edit<E>, at: DateTime.Utc) =>
    Effect.gen(function* () {
      const game = yield* repo.hold(edit.slug)
      if (game === undefined) return yield* new GameNotFound({})
      const setup = yield* edit.next(game, at)
      const changes = changesBetween(setupOf(game), setup)
      if (changes === undefined) return { game, changes }
      if (edit.version !== null && edit.version !== game.version) return yield* new ChangedMeanwhile({})
      return { game: yield* repo.update(game.id, setup, at), changes }
    })

  return Effect.fnUntraced(function* <E>(edit: Edit<E>) {
    const at = yield* DateTime.now
    const { game } = yield* retry(
      audit.within(editing(edit, at), ({ changes, game }) =>
        changes === undefined
          ? undefined
          : {
              action: edit.action,
              target: { kind: "game", id: game.id },
              details: { slug: game.slug, ...edit.details, changes }
            }
      )
    )
    return game
  })
}
export type EditGame = ReturnType<typeof make>
