import { Context, DateTime, Effect, Layer, Option, type Stream } from "effect"
import type { Game, Slug } from "../../games/Game.ts"
import type { GameNotFound } from "../../games/GameErrors.ts"
import { Games } from "../../games/Games.ts"
import * as Paging from "../../platform/contract/Paging.ts"
import type { DatabaseUnavailable } from "../../platform/contract/Problems.ts"
import { greatestUuidAt, leastUuidAt, maxUuid, nilUuid } from "../../platform/Ids.ts"
import { pacedPages } from "../../platform/PacedPages.ts"
import { retryTransient } from "../../platform/postgres/Transient.ts"
import { Settings } from "../../platform/settings/Settings.ts"
import { walk } from "../../platform/Walk.ts"
import type { PlayerId } from "../../players/Player.ts"
import type { PlayerNotFound } from "../../players/PlayerErrors.ts"
import { Players } from "../../players/Players.ts"
import type { PlayId } from "../Play.ts"
import { PlayNotFound } from "../PlayErrors.ts"
import * as EntriesListRepo from "./EntriesListRepo.ts"
import { placesOf } from "./PlayerPlaces.ts"
import type { PlayDetails, PlayerPlaysPlace } from "./PlayDetails.ts"
import * as PlaysListRepo from "./PlaysListRepo.ts"

export interface Times {
  /** Only plays from this moment on. */
  readonly from?: DateTime.Utc
  /** Only plays before this moment. */
  readonly to?: DateTime.Utc
}

export interface GamePlaysQuery extends Times, Paging.PageQuery<string> {}

export interface ExportedPlays extends Times {
  /** Only plays of this game. */
  readonly game?: Slug
}

/** A play, and its data as the JSON text that is stored. */
export interface ExportedPlay {
  readonly play: Omit<PlayDetails, "data">
  readonly data: string | null
}

/** A generous bound on the difference between replicas' clocks, in milliseconds: a play's time may be before its game's. */
const clockSlack = 86_400_000

/** Plays that one statement of an export gives. Each has up to 4 KiB of data. */
const playsAPage = 200

/** Plays of all games that one statement looks through for those of one. */
const playsAStep = 20_000

const detailsOf = ({
  consentLanguage,
  consentTextVersion,
  data: _,
  fields,
  ...play
}: PlaysListRepo.PlayRow): ExportedPlay["play"] => ({
  ...fields,
  ...play,
  consent:
    consentTextVersion === null || consentLanguage === null
      ? null
      : { textVersion: consentTextVersion, language: consentLanguage }
})

const withData = (row: PlaysListRepo.PlayRow): PlayDetails => ({
  ...detailsOf(row),
  // The statement that records a play stores objects only.
  data: row.data === null ? null : (JSON.parse(row.data) as { readonly [key: string]: unknown })
})

/** The ids of these times. No play's id is a bound itself: it has a version, and the bounds have none. */
const rangeOf = ({ from, to }: Times, since: string = nilUuid): PlaysListRepo.Range => {
  const after = from === undefined ? nilUuid : leastUuidAt(DateTime.toEpochMillis(from))
  return {
    after: after > since ? after : since,
    before: to === undefined ? maxUuid : leastUuidAt(DateTime.toEpochMillis(to))
  }
}

const sinceOf = (game: Game) => leastUuidAt(DateTime.toEpochMillis(game.createdAt) - clockSlack)

/**
 * The plays as staff see them, with all that is stored. The key of plays, whose ids begin with the time, is their only index, because
 * another would slow down every play. So lists walk along it; see `Walk.ts`.
 */
export class PlaysList extends Context.Service<
  PlaysList,
  {
    /** A page of a game's plays, newest first. */
    readonly ofGame: (
      slug: Slug,
      query: GamePlaysQuery
    ) => Effect.Effect<Paging.Page<PlayDetails, string>, GameNotFound | DatabaseUnavailable>
    /** One play of a game. */
    readonly find: (
      slug: Slug,
      id: PlayId
    ) => Effect.Effect<PlayDetails, GameNotFound | PlayNotFound | DatabaseUnavailable>
    /** A page of a player's plays of all games, newest first. Those of a forgotten player are there, without what names them. */
    readonly ofPlayer: (
      id: PlayerId,
      query: Paging.PageQuery<PlayerPlaysPlace>
    ) => Effect.Effect<Paging.Page<PlayDetails, PlayerPlaysPlace>, PlayerNotFound | DatabaseUnavailable>
    /** All plays until now, oldest first, read page by page. */
    readonly exported: (
      of: ExportedPlays
    ) => Effect.Effect<Stream.Stream<ExportedPlay, DatabaseUnavailable>, GameNotFound | DatabaseUnavailable>
  }
>()("fairground/plays/PlaysList") {
  static readonly layer = Layer.effect(
    PlaysList,
    Effect.gen(function* () {
      const games = yield* Games
      const players = yield* Players
      const repo = yield* PlaysListRepo.make
      const entriesRepo = yield* EntriesListRepo.make
      const retry = retryTransient((yield* Settings).databaseDeadline)

      const ofGame = Effect.fn("PlaysList.ofGame")(function* (slug: Slug, query: GamePlaysQuery) {
        const game = yield* games.find(slug)
        const whole = rangeOf(query, sinceOf(game))
        const of = { gameId: game.id, playerId: null }
        const page = yield* walk({
          limit: query.limit ?? Paging.defaultLimit,
          from: query.after !== undefined && query.after < whole.before ? query.after : whole.before,
          keyOf: ({ id }: PlaysListRepo.PlayRow): string => id,
          step: Effect.fnUntraced(function* (before, rows, most) {
            const range = { after: whole.after, before }
            const place = yield* retry(repo.placeAfter(range, "newest first", rows))
            const found = yield* retry(
              repo.find(of, place === undefined ? range : { after: place, before }, "newest first", most)
            )
            return { found, next: place }
          })
        })
        return { ...page, items: page.items.map(withData) }
      })

      const find = Effect.fn("PlaysList.find")(function* (slug: Slug, id: PlayId) {
        const game = yield* games.find(slug)
        const play = yield* retry(repo.findOne(game.id, id))
        return withData(play ?? (yield* new PlayNotFound({})))
      })

      const ofPlayer = Effect.fn("PlaysList.ofPlayer")(function* (
        id: PlayerId,
        query: Paging.PageQuery<PlayerPlaysPlace>
      ) {
        const entries = yield* retry(entriesRepo.timesOf(id))
        // Fails where nothing is known of the id. A forgotten player still has entries.
        if (entries.length === 0) yield* players.find(id)
        const first: PlayerPlaysPlace = {
          // Plays that are recorded from now on are no part of the list: `left` would not count them.
          id: greatestUuidAt(Math.max(0, ...entries.map(({ lastSeenAt }) => lastSeenAt.getTime()))),
          left: entries.reduce((sum, { plays }) => sum + plays, 0)
        }
        const page = yield* walk({
          limit: query.limit ?? Paging.defaultLimit,
          from: query.after ?? first,
          keyOf: ({ place }: { readonly play: PlaysListRepo.PlayRow; readonly place: PlayerPlaysPlace }) => place,
          step: Effect.fnUntraced(function* (after, rows, most) {
            const range = placesOf(entries, after)
            if (range === undefined) return { found: [], next: undefined }
            const place = yield* retry(repo.placeAfter(range, "newest first", rows))
            const plays = yield* retry(
              repo.find(
                { gameId: null, playerId: id },
                place === undefined ? range : { ...range, after: place },
                "newest first",
                most
              )
            )
            const found = plays.map((play, at) => ({
              play,
              place: { id: play.id, left: Math.max(0, after.left - at - 1) }
            }))
            const left = Math.max(0, after.left - plays.length)
            return { found, next: { id: place ?? range.after, left } }
          })
        })
        return { ...page, items: page.items.map(({ play }) => withData(play)) }
      })

      const exported = Effect.fn("PlaysList.exported")(function* (asked: ExportedPlays) {
        const game = asked.game === undefined ? undefined : yield* games.find(asked.game)
        const now = yield* DateTime.now
        const { to = now } = asked
        const whole = rangeOf(
          { ...asked, to: DateTime.isLessThan(to, now) ? to : now },
          game === undefined ? nilUuid : sinceOf(game)
        )
        const of = { gameId: game?.id ?? null, playerId: null }

        const page = Effect.fnUntraced(function* (after: string) {
          const range = { ...whole, after }
          // Without a game, all plays are wanted: the page itself is the step.
          const place =
            game === undefined ? undefined : yield* retry(repo.placeAfter(range, "oldest first", playsAStep))
          const found = yield* retry(
            repo.find(of, place === undefined ? range : { after, before: place }, "oldest first", playsAPage)
          )
          const next = found.length === playsAPage ? found.at(-1)?.id : place
          const plays = found.map((row): ExportedPlay => ({ play: detailsOf(row), data: row.data }))
          return [plays, Option.fromUndefinedOr(next)] as const
        })
        return pacedPages(whole.after, page)
      })

      return PlaysList.of({ ofGame, find, ofPlayer, exported })
    })
  )
}
