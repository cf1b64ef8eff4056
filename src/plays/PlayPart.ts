import { Context, Schema } from "effect"
import { array } from "../platform/postgres/Arrays.ts"
import { type PlayField, PlayReceipt } from "./Play.ts"
import type { Batch, Submission } from "./Submission.ts"

interface ForEachPlay {
  readonly oid: number
  readonly of: (play: Submission, memory: Memory) => unknown
}

interface ForTheBatch {
  readonly type: string
  readonly of: (batch: Batch, memory: Memory) => unknown
}

/** What a module keeps in memory for the parameters of its part. */
export interface Kept<A> {
  /** The value as long as the module has set none. */
  readonly initial: A
}

/** What modules keep for the parameters of their parts, which are made without waiting. Each running service has its own. */
export interface Memory {
  readonly get: <A>(kept: Kept<A>) => A
  readonly set: <A>(kept: Kept<A>, value: A) => void
}

export const makeMemory = (): Memory => {
  const values = new Map<Kept<unknown>, unknown>()
  return {
    get: <A>(kept: Kept<A>) => (values.has(kept) ? (values.get(kept) as A) : kept.initial),
    set: (kept, value) => void values.set(kept, value)
  }
}

/** The program's root provides it. */
export const PlayMemory = Context.Reference<Memory>("fairground/plays/PlayMemory", { defaultValue: makeMemory })

/** A parameter with a value of the type `oid` for each play. The statement gets the name of a column of `settled_play`. */
export const forEachPlay = (oid: number, of: ForEachPlay["of"]): ForEachPlay => ({ oid, of })

/** A parameter with one value for the whole batch. The statement gets an expression of that type. */
export const forTheBatch = (type: string, of: ForTheBatch["of"]): ForTheBatch => ({ type, of })

/**
 * What a module does when a play is recorded. It runs in the play's own statement, and so in the same transaction without another
 * round trip: what the part writes exists if and only if the play does.
 *
 * - Its text follows the other `with` clauses, and may read them. `settled_play` has a row for each play that the game is open
 *   to, with `id`, `player_id`, `game_id`, `played_at`, its other columns, and `number`, which is null if the limit refuses the
 *   play.
 * - It must write rows in the order of their keys, so that two writers never deadlock, and look up stored rows in laterals (see
 *   WriterSql).
 * - If it violates a constraint, or its data is wrong (SQLSTATE classes 21 to 23), the play that caused it is answered with 500. The
 *   other plays of the batch are recorded. Any other error, such as one of `raise`, fails the whole batch.
 * - A part that only writes has no field (`makeSilent`).
 * - Each value that its clause returns must fit `column`. One that does not is a defect of the whole batch, after its commit.
 * - A retried play is answered with the field too. An answer may be lost between the database and the service, which retries by
 *   itself, or between the service and the client, which retries with the same key. So each part has a query, `recorded`, for the
 *   value of a recorded play. `shown` decides what a client gets that knows only the play's id.
 */
export type PlayPart = AnsweringPart | (PlayWork & { readonly field?: never })

/** A part with a field of the answer. */
export type AnsweringPart = PlayWork & PlayAnswer

interface PlayWork {
  readonly parameters: { readonly [name: string]: ForEachPlay | ForTheBatch }
  /** `with` clauses, without the word `with` and without a comma at either end. Receives the SQL text of each parameter. */
  readonly statement: (parameters: { readonly [name: string]: string }) => string
  /**
   * Whether the part has anything to do for a batch. A batch for which no such part has is recorded by a statement without them, so
   * that it costs what it would cost without their modules. Left out: always.
   */
  readonly isNeeded?: (batch: Batch, memory: Memory) => boolean
  /**
   * Columns of `entry` that the part keeps, by name. `settled_play` has them too, as they are after the statement. The row is written
   * anyway, so that they cost neither a lookup nor a write of their own.
   */
  readonly entry?: (parameters: { readonly [name: string]: string }) => { readonly [column: string]: EntryColumn }
}

interface EntryColumn {
  /** The value in a new entry: an aggregate of its plays in the batch. */
  readonly inserted: string
  /** The value in a known one, from `entry` (the row before), `excluded` (what `inserted` gave) and `let_in.granted`. */
  readonly updated: string
}

interface PlayAnswer extends PlayField {
  /** The name of the clause with the values: columns `play_id` and `value`, and at most one row for each play. */
  readonly result: string
  /** A query that returns `value`, in at most one row, for the row of `play` in the query around it. */
  readonly recorded: string
  /** Decodes `value` to the field. Without a row, or if `value` is null, the field is left out. */
  readonly column: Schema.Codec<unknown, unknown>
  /** What a client sees of the field that knows only the play's id; undefined: nothing. */
  readonly shown: (field: unknown) => unknown
}

interface Work<Name extends string> {
  readonly parameters?: { readonly [name in Name]: ForEachPlay | ForTheBatch }
  readonly statement: (parameters: { readonly [name in Name]: string }) => string
  readonly isNeeded?: (batch: Batch, memory: Memory) => boolean
  readonly entry?: (parameters: { readonly [name in Name]: string }) => { readonly [column: string]: EntryColumn }
}

/** A part, with its types checked. */
export const make = <Field, Name extends string = never>(
  part: Work<Name> &
    Omit<PlayAnswer, "schema" | "column" | "shown"> & {
      readonly schema: Schema.Codec<Field, unknown>
      readonly column: Schema.Codec<Field, unknown>
      readonly shown?: (field: Field) => Field | undefined
    }
): AnsweringPart => ({ parameters: {}, shown: () => undefined, ...part }) as AnsweringPart

/** A part that adds nothing to the answer. */
export const makeSilent = <Name extends string = never>(part: Work<Name>): PlayPart =>
  ({ parameters: {}, ...part }) as PlayPart

/** The parts that add a field to the answer. */
export const answering = (parts: ReadonlyArray<PlayPart>) =>
  parts.filter((part): part is AnsweringPart => part.field !== undefined)

/** The parts of the modules that are on. The program's root provides them. */
export const PlayParts = Context.Reference<ReadonlyArray<PlayPart>>("fairground/plays/PlayParts", {
  defaultValue: () => []
})

/** The fields that parts add to a play's answer, by name. */
export interface PlayFields {
  readonly [field: string]: unknown
}

const noFields: PlayFields = {}

/** A parameter with its placeholder in the statement, and the SQL text that the part's statement uses for it. */
type Given = (ForEachPlay | ForTheBatch) & { readonly placeholder: string; readonly written: string }

const isForEachPlay = (given: Given): given is Given & ForEachPlay => "oid" in given

/**
 * The texts and parameters that parts add to the statements of plays. Without parts, each text is empty. `before` is the number
 * of the statement's own parameters. Throws if two parts have a field of the same name.
 */
export const compose = (parts: ReadonlyArray<PlayPart>, before: number, memory: Memory = makeMemory()) => {
  const taken = new Set(Object.keys(PlayReceipt.fields))
  const given: Array<Given> = []
  const entry: Array<readonly [name: string, EntryColumn]> = []
  const clauses = parts.map(({ entry: columns, field, parameters, statement }, at) => {
    if (field !== undefined && taken.has(field)) throw new Error(`Two parts of a play's answer have the name ${field}.`)
    if (field !== undefined) taken.add(field)
    const names: Record<string, string> = {}
    for (const [name, parameter] of Object.entries(parameters)) {
      const placeholder = `$${before + given.length + 1}`
      names[name] = "oid" in parameter ? `part${at}_${name}` : `${placeholder}::${parameter.type}`
      given.push({ ...parameter, placeholder, written: names[name] })
    }
    if (columns !== undefined) entry.push(...Object.entries(columns(names)))
    return statement(names)
  })
  const columns = given.filter(isForEachPlay)
  const answers = answering(parts)
  const each = (text: (part: PlayAnswer, value: string) => string) =>
    answers.map((part, at) => text(part, `part${at}`)).join("")
  const eachOfEntry = (text: (name: string, column: EntryColumn) => string) =>
    entry.map(([name, column]) => `, ${text(name, column)}`).join("")

  return {
    /** Additions to the recording statement: arrays of `unnest`, names of their columns, `with` clauses, columns and joins. */
    arrays: columns.map(({ placeholder }) => `, ${placeholder}`).join(""),
    columns: columns.map(({ written }) => `, ${written}`).join(""),
    clauses: clauses.map((clause) => `,\n${clause}`).join(""),
    /** Columns of the entry: names, values in a new and in a known row, and columns of `settled_play`. */
    entry: {
      names: eachOfEntry((name) => name),
      inserted: eachOfEntry((_, { inserted }) => inserted),
      updated: eachOfEntry((_, { updated }) => updated),
      settled: eachOfEntry((name) => `touched_entry.${name}`)
    },
    selected: each(({ result }, value) => `, ${result}.value as ${value}`),
    joined: each(({ result }) => `\n      left join ${result} on ${result}.play_id = judged.id`),
    /** Additions to the query of recorded plays. */
    found: {
      selected: each((_, value) => `, ${value}.value as ${value}`),
      joined: each(({ recorded }, value) => `\n      left join lateral (${recorded}) ${value} on true`)
    },
    parametersOf: (batch: Batch): ReadonlyArray<unknown> =>
      given.map((one) =>
        isForEachPlay(one)
          ? array(
              batch.map((play) => one.of(play, memory)),
              one.oid
            )
          : one.of(batch, memory)
      ),
    /** Additions to the schema of a row. `fieldsOf` reads them. */
    row: Object.fromEntries(answers.map(({ column }, at) => [`part${at}`, Schema.NullOr(column)])),
    fieldsOf: (row: object): PlayFields => {
      if (answers.length === 0) return noFields
      const values: { readonly [name: string]: unknown } = { ...row }
      return Object.fromEntries(
        answers.flatMap(({ field }, at) => {
          const value = values[`part${at}`]
          return value === null ? [] : [[field, value]]
        })
      )
    }
  }
}

export type Composed = ReturnType<typeof compose>

/** What a client sees of a play's fields that knows only the play's id. */
export const shownOf = (parts: ReadonlyArray<PlayPart>, fields: PlayFields): PlayFields => {
  const answers = answering(parts)
  if (answers.length === 0) return noFields
  return Object.fromEntries(
    answers.flatMap(({ field, shown }) => {
      const value = field in fields ? shown(fields[field]) : undefined
      return value === undefined ? [] : [[field, value]]
    })
  )
}
