import { DateTime, Effect, Schema } from "effect"
import { SqlClient, SqlError } from "effect/sql"
import { GameNotFound } from "../games/GameErrors.ts"
import { rows } from "../platform/postgres/Rows.ts"
import { sqlState } from "../platform/postgres/Transient.ts"
import { Note, type NoteId, type NotePlace, ShownNote } from "./Note.ts"

const asNotes = rows(ShownNote)
const encode = Schema.encodeEffect(Note.insert)

export interface Filter {
  /** Only notes about this game and about all games; null: all notes. */
  readonly gameId: string | null
  readonly from: DateTime.Utc | null
  /** This moment itself not included. */
  readonly to: DateTime.Utc | null
  readonly after: NotePlace | null
}

/** The foreign key to the game is the only one that the statement can violate. */
const isGameMissing = (error: unknown): error is SqlError.SqlError =>
  error instanceof SqlError.SqlError && sqlState(error) === "23503"

const first = Effect.map(([note]: ReadonlyArray<ShownNote>): ShownNote | undefined => note)

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient

  const shown = sql.literal(
    "note.id, game.slug as game, note.at, note.text, note.version, note.created_at, note.updated_at"
  )

  /** Undefined: there is none. */
  const find = (id: NoteId) =>
    sql`
      select ${shown} from statistics_note note left join game on game.id = note.game_id
      where note.id = ${id}`.pipe(asNotes("NotesRepo.find"), first)

  /** Up to `count` notes, the latest first. */
  const list = ({ after, from, gameId, to }: Filter, count: number) => {
    const where = [
      sql`true`,
      ...(gameId === null ? [] : [sql`(note.game_id is null or note.game_id = ${gameId})`]),
      ...(from === null ? [] : [sql`note.at >= ${DateTime.toDateUtc(from)}`]),
      ...(to === null ? [] : [sql`note.at < ${DateTime.toDateUtc(to)}`]),
      ...(after === null ? [] : [sql`(note.at, note.id) < (${new Date(after.at)}::timestamptz, ${after.id}::uuid)`])
    ]
    return sql`
      select ${shown} from statistics_note note left join game on game.id = note.game_id
      where ${sql.and(where)}
      order by note.at desc, note.id desc limit ${count}`.pipe(asNotes("NotesRepo.list"))
  }

  /** Undefined: an earlier attempt, whose connection broke, has stored this row. */
  const insert = Effect.fn("NotesRepo.insert")(function* (note: typeof Note.insert.Type) {
    const row = yield* Effect.orDie(encode(note))
    return yield* sql`
      with note as (
        insert into statistics_note ${sql.insert(row)}
        on conflict on constraint statistics_note_pkey do nothing
        returning *
      )
      select ${shown} from note left join game on game.id = note.game_id`.pipe(
      asNotes(),
      first,
      // It was deleted after it was looked up.
      Effect.catchIf(isGameMissing, () => Effect.fail(new GameNotFound({})))
    )
  })

  /** Undefined: no note has this id and version. A null version matches any; null fields keep their values. */
  const update = (change: {
    readonly id: NoteId
    readonly version: number | null
    readonly at: DateTime.Utc | null
    readonly text: string | null
    readonly now: DateTime.Utc
  }) =>
    sql`
      with note as (
        update statistics_note set
          at = coalesce(${change.at === null ? null : DateTime.toDateUtc(change.at)}::timestamptz, at),
          text = coalesce(${change.text}, text),
          version = version + 1,
          updated_at = greatest(updated_at, ${DateTime.toDateUtc(change.now)})
        where id = ${change.id} and (${change.version}::integer is null or version = ${change.version})
        returning *
      )
      select ${shown} from note left join game on game.id = note.game_id`.pipe(asNotes("NotesRepo.update"), first)

  /** The same. */
  const remove = (id: NoteId, version: number | null) =>
    sql`
      with note as (
        delete from statistics_note
        where id = ${id} and (${version}::integer is null or version = ${version})
        returning *
      )
      select ${shown} from note left join game on game.id = note.game_id`.pipe(asNotes("NotesRepo.remove"), first)

  return { find, list, insert, update, remove }
})
