import { DateTime, type Duration, Effect, Option, Schedule } from "effect"
import type { Audit } from "../audit/Audit.ts"
import { ChangedMeanwhile } from "../platform/contract/Problems.ts"
import { leastUuidAt, maxUuid } from "../platform/Ids.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import type { Game, Slug } from "./Game.ts"
import type { EditGame } from "./GameEdits.ts"
import { GameNotFound } from "./GameErrors.ts"
import { closed, plainOf, setupOf } from "./GameSetup.ts"
import type { GamesRepo } from "./GamesRepo.ts"

/** Plays that one statement looks through: some ten milliseconds. */
const playsPerStep = 20_000

/** Two million plays. If that does not lead back to when the game was added, it is archived. */
const mostSteps = 100

/** Looked through of what is older than the game: more would make each deletion slow, and a clock that wrong is rare. */
const olderSteps = 10

/** How long a transaction that writes plays may go on before the game is archived instead. */
const patience = "5 seconds"

/** A generous bound on the difference between replicas' clocks: a play's time may be before its game's. */
const slack = { days: 1 }

type Found = "played" | "never-played" | "unknown"

/**
 * Deletes a game that nobody has ever played, and archives any other. No play is lost, and none is left without its game, although
 * the statement that records plays takes no lock on games:
 *
 * 1. The game is sealed: archived, and closed before it was added. From then on no play of it can be recorded, whenever it was
 *    sent. Statements that began earlier may still see it open.
 * 2. They are waited for, as PostgreSQL itself does it when it builds an index concurrently. Nobody waits for this.
 * 3. Only then its plays are looked for. No index leads from a game to them, which would cost each play: all plays back to when the
 *    game was added are looked through, and some older ones, because clocks have been wrong. A game for which there are too many is
 *    archived, like one with plays.
 *
 * Before it is sealed the search is made once already, so that an archived game keeps its times. If the process dies between two
 * steps, the game is archived, and deleting it again goes on.
 */
export const make = (
  repo: GamesRepo,
  edit: EditGame,
  audit: Audit["Service"],
  deadline: Duration.Input,
  steps = mostSteps
) => {
  const retry = retryTransient(deadline)

  const search = Effect.fn("GameRemoval.search")(function* (game: Game) {
    if (yield* retry(repo.hasKeys(game.id))) return "played"
    // A play's id begins with its time.
    const added = leastUuidAt(DateTime.toEpochMillis(DateTime.subtract(game.createdAt, slack)))
    let before = maxUuid
    for (let step = 0, older = 0; step < steps && older < olderSteps; step++) {
      const { isPlayed, last } = yield* retry(repo.playsBefore(game.id, before, playsPerStep))
      if (isPlayed) return "played"
      if (last === null) return "never-played"
      before = last
      if (before < added) older++
    }
    return before < added ? "never-played" : "unknown"
  })

  /** Waits for the transactions that write plays at the moment. False: one of them goes on for too long. */
  const writersEnd = Effect.gen(function* () {
    const writers = yield* retry(repo.writersOfPlays)
    if (writers.length === 0) return true
    return yield* retry(repo.areWriting(writers)).pipe(
      Effect.repeat({ until: (areWriting) => !areWriting, schedule: Schedule.spaced("10 millis") }),
      Effect.timeoutOption(patience),
      Effect.map(Option.isSome)
    )
  }).pipe(Effect.withSpan("GameRemoval.writersEnd"))

  const reasonOf = (found: Found) => ({ reason: found === "played" ? "it has plays" : "it may have plays" })

  const archive = (slug: Slug, version: number | null, found: Found) =>
    edit({
      slug,
      version,
      action: "game.archive",
      details: reasonOf(found),
      next: (game, at) =>
        Effect.succeed(game.archivedAt === null ? { ...closed(setupOf(game), at), archivedAt: at } : setupOf(game))
    })

  const seal = (slug: Slug, version: number | null) =>
    edit({
      slug,
      version,
      action: "game.archive",
      details: { reason: "it is to be deleted" },
      next: (game, at) =>
        Effect.succeed({
          ...setupOf(game),
          opensAt: null,
          closesAt: DateTime.min(DateTime.toUtc(DateTime.subtract(game.createdAt, slack)), at),
          archivedAt: game.archivedAt ?? at
        })
    })

  /** Gives a sealed game its times back, as if it had been archived at once. */
  const unseal = (before: Game, found: Found) =>
    edit({
      slug: before.slug,
      version: null,
      action: "game.archive",
      details: reasonOf(found),
      next: (game, at) => {
        const { closesAt, opensAt } = closed(setupOf(before), game.archivedAt ?? at)
        return Effect.succeed({ ...setupOf(game), opensAt, closesAt })
      }
    })

  const erase = (before: Game, sealed: Game) =>
    retry(
      audit.within(repo.remove(sealed.id, sealed.version), (removed) =>
        removed === undefined
          ? undefined
          : {
              action: "game.delete",
              target: { kind: "game", id: removed.id },
              details: { slug: removed.slug, ...plainOf(setupOf(before)) }
            }
      )
    )

  return Effect.fn("Games.remove")(function* (slug: Slug, version: number | null) {
    const before = yield* retry(repo.find(slug))
    if (before === undefined) return yield* new GameNotFound({})
    if (version !== null && version !== before.version) return yield* new ChangedMeanwhile({})
    const first = yield* search(before)
    if (first !== "never-played") return yield* archive(slug, version, first)
    const sealed = yield* seal(slug, version)
    const second = (yield* writersEnd) ? yield* search(sealed) : "unknown"
    if (second !== "never-played") return yield* unseal(before, second)
    if ((yield* erase(before, sealed)) !== undefined) return undefined
    // Somebody else has deleted it, or this process, if the answer to an earlier attempt was lost.
    return yield* retry(repo.findById(sealed.id))
  })
}
