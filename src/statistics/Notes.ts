import { Context, DateTime, Effect, Layer } from "effect"
import { Audit } from "../audit/Audit.ts"
import type { Slug } from "../games/Game.ts"
import type { GameNotFound } from "../games/GameErrors.ts"
import { Games } from "../games/Games.ts"
import * as Paging from "../platform/contract/Paging.ts"
import { ChangedMeanwhile, type DatabaseUnavailable } from "../platform/contract/Problems.ts"
import { retryTransient } from "../platform/postgres/Transient.ts"
import { Settings } from "../platform/settings/Settings.ts"
import { type NewNote, Note, type NoteChange, type NoteId, type NotePlace, placeOf, type ShownNote } from "./Note.ts"
import * as NotesRepo from "./NotesRepo.ts"
import { NoteNotFound } from "./StatisticsErrors.ts"

export interface NotesQuery {
  /** Notes about this game and about all games; left out: all notes. */
  readonly game?: Slug
  readonly from?: DateTime.Utc
  readonly to?: DateTime.Utc
  readonly limit?: number
  readonly after?: NotePlace
}

type EditError = NoteNotFound | ChangedMeanwhile | DatabaseUnavailable

/** What people note on the charts of statistics, such as a mailing that was sent. Every change is in the audit log. */
export class Notes extends Context.Service<
  Notes,
  {
    /** A page, the latest first. */
    readonly list: (
      query: NotesQuery
    ) => Effect.Effect<Paging.Page<ShownNote, NotePlace>, GameNotFound | DatabaseUnavailable>
    readonly find: (id: NoteId) => Effect.Effect<ShownNote, NoteNotFound | DatabaseUnavailable>
    readonly add: (note: NewNote) => Effect.Effect<ShownNote, GameNotFound | DatabaseUnavailable>
    /** Changes the given fields. Fails if the version differs; null accepts any. */
    readonly change: (id: NoteId, change: NoteChange, version: number | null) => Effect.Effect<ShownNote, EditError>
    /** Fails if the version differs; null accepts any. */
    readonly remove: (id: NoteId, version: number | null) => Effect.Effect<void, EditError>
  }
>()("fairground/statistics/Notes") {
  static readonly layer = Layer.effect(
    Notes,
    Effect.gen(function* () {
      const games = yield* Games
      const repo = yield* NotesRepo.make
      const audit = yield* Audit
      const retry = retryTransient((yield* Settings).databaseDeadline)

      /** Runs a write and tells the audit log of it, in one transaction. A write that changes nothing is not told. */
      const told = <E, R>(action: string, write: Effect.Effect<ShownNote | undefined, E, R>) =>
        retry(
          audit.within(write, (note) =>
            note === undefined
              ? undefined
              : {
                  action: `statistics-note.${action}`,
                  target: { kind: "statistics-note", id: note.id },
                  details: { game: note.game, at: DateTime.formatIso(note.at), text: note.text }
                }
          )
        )

      const find = (id: NoteId) =>
        Effect.flatMap(retry(repo.find(id)), (note) =>
          note === undefined ? Effect.fail(new NoteNotFound({})) : Effect.succeed(note)
        )

      const gameIdOf = (slug: Slug | null | undefined) =>
        slug === undefined || slug === null ? Effect.succeed(null) : Effect.map(games.find(slug), ({ id }) => id)

      return Notes.of({
        list: Effect.fn("Notes.list")(function* ({ after, from, game, limit = Paging.defaultLimit, to }) {
          const filter = { gameId: yield* gameIdOf(game), from: from ?? null, to: to ?? null, after: after ?? null }
          return Paging.page(yield* retry(repo.list(filter, limit + 1)), limit, placeOf)
        }),
        find: Effect.fn("Notes.find")(find),
        add: Effect.fn("Notes.add")(function* ({ at, game, text }) {
          const gameId = yield* gameIdOf(game)
          const row = yield* Effect.orDie(
            Note.insert.makeEffect({ gameId, at: at ?? (yield* DateTime.now), text, version: 1 })
          )
          const added = yield* told("create", repo.insert(row))
          if (added !== undefined) return added
          // Only an earlier attempt can have stored a row with this id, and only somebody who deleted it since can have taken it away.
          return yield* Effect.orDie(find(row.id))
        }),
        change: Effect.fn("Notes.change")(function* (id, { at = null, text = null }, version) {
          const now = yield* DateTime.now
          const changed = yield* told("change", repo.update({ id, version, at, text, now }))
          if (changed !== undefined) return changed
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        }),
        remove: Effect.fn("Notes.remove")(function* (id, version) {
          const removed = yield* told("delete", repo.remove(id, version))
          if (removed !== undefined) return
          yield* find(id)
          return yield* new ChangedMeanwhile({})
        })
      })
    })
  )
}
