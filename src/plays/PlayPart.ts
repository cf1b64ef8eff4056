import { Context, Schema } from "effect"
import { array } from "../platform/postgres/Arrays.ts"
import { type PlayField, PlayReceipt } from "./Play.ts"
import type { Batch, Submission } from "./Submission.ts"

interface ForEachPlay {
  readonly oid: number
  readonly of: (play: Submission) => unknown
}

interface ForTheBatch {
  readonly type: string
  readonly of: (batch: Batch) => unknown
}

/** A parameter that has a value of the type `oid` for each play: in the text the name of a column of `settled_play`. */
export const forEachPlay = (oid: number, of: (play: Submission) => unknown): ForEachPlay => ({ oid, of })

/** A parameter that has one value: in the text an expression of that type. */
export const forTheBatch = (type: string, of: (batch: Batch) => unknown): ForTheBatch => ({ type, of })

/**
 * What a module does when a play is recorded: in the same statement, and so in the same transaction, and at no cost of another
 * round trip. What it writes is there exactly if the play is.
 *
 * - Its text follows the other `with` clauses, and may read them: `settled_play` has a row for each play that is open, with `id`,
 *   `player_id`, `game_id`, `played_at` and the rest of it, and its `number`, which is null where the limit refuses the play.
 * - Its rows are written in the order of their keys, so that two writers never deadlock, and stored rows are looked up in laterals
 *   (see WriterSql).
 * - A constraint that it violates refuses the play that violates it, with 500, and no other of the batch.
 * - A play is answered with the field also when it is asked for again: the first answer may have been lost, on the way from the
 *   database, which the service tries again itself, or to the client, who tries again with the same key. Therefore each part says
 *   how it finds the value of a play that is `recorded`. Whoever knows only the play's id is `shown` what the part says, or nothing.
 */
export interface PlayPart extends PlayField {
  readonly parameters: { readonly [name: string]: ForEachPlay | ForTheBatch }
  /** `with` clauses without the word and without a comma at the ends. It is given what stands for each parameter. */
  readonly statement: (parameters: { readonly [name: string]: string }) => string
  /** Which of the clauses gives the values: it has the columns `play_id` and `value`, and a row at most for each play. */
  readonly result: string
  /** A query that gives `value`, once at most, for the row of the table `play` around it. */
  readonly recorded: string
  /** Makes the field of `value`. Where that is null, or there is none, the field is left out. */
  readonly column: Schema.Codec<unknown, unknown>
  /** What of the field is shown to whoever knows the play's id; undefined: nothing. */
  readonly shown: (field: unknown) => unknown
}

/** A part, with its types checked. */
export const make = <Field, Name extends string = never>(
  part: Omit<PlayPart, "schema" | "parameters" | "statement" | "column" | "shown"> & {
    readonly schema: Schema.Codec<Field, unknown>
    readonly column: Schema.Codec<Field, unknown>
    readonly parameters?: { readonly [name in Name]: ForEachPlay | ForTheBatch }
    readonly statement: (parameters: { readonly [name in Name]: string }) => string
    readonly shown?: (field: Field) => Field | undefined
  }
): PlayPart => ({ parameters: {}, shown: () => undefined, ...part }) as PlayPart

/** The parts of the modules that are on. The root of the program provides them to whatever records plays and answers for them. */
export const PlayParts = Context.Reference<ReadonlyArray<PlayPart>>("fairground/plays/PlayParts", {
  defaultValue: () => []
})

/** What parts have made of a play, by the names of their fields. */
export interface PlayFields {
  readonly [field: string]: unknown
}

const noFields: PlayFields = {}

/** A parameter with its place in the statement, and with what a part writes for it. */
type Given = (ForEachPlay | ForTheBatch) & { readonly placeholder: string; readonly written: string }

const isForEachPlay = (given: Given): given is Given & ForEachPlay => "oid" in given

/**
 * Parts as the statements of plays take them; each string is empty where there are none. `before` is how many parameters the
 * statement has of its own. Throws where two parts answer in the same field.
 */
export const compose = (parts: ReadonlyArray<PlayPart>, before: number) => {
  const taken = new Set(Object.keys(PlayReceipt.fields))
  const given: Array<Given> = []
  const clauses = parts.map(({ field, parameters, statement }, at) => {
    if (taken.has(field)) throw new Error(`Two parts of a play's answer have the name ${field}.`)
    taken.add(field)
    const names: Record<string, string> = {}
    for (const [name, parameter] of Object.entries(parameters)) {
      const placeholder = `$${before + given.length + 1}`
      names[name] = "oid" in parameter ? `part${at}_${name}` : `${placeholder}::${parameter.type}`
      given.push({ ...parameter, placeholder, written: names[name] })
    }
    return statement(names)
  })
  const columns = given.filter(isForEachPlay)
  const each = (text: (part: PlayPart, value: string) => string) =>
    parts.map((part, at) => text(part, `part${at}`)).join("")

  return {
    /** What follows in the statement: the arrays of `unnest`, the names of their columns, `with` clauses, columns and joins. */
    arrays: columns.map(({ placeholder }) => `, ${placeholder}`).join(""),
    columns: columns.map(({ written }) => `, ${written}`).join(""),
    clauses: clauses.map((clause) => `,\n${clause}`).join(""),
    selected: each(({ result }, value) => `, ${result}.value as ${value}`),
    joined: each(({ result }) => `\n      left join ${result} on ${result}.play_id = judged.id`),
    /** And in the query of recorded plays. */
    found: {
      selected: each((_, value) => `, ${value}.value as ${value}`),
      joined: each(({ recorded }, value) => `\n      left join lateral (${recorded}) ${value} on true`)
    },
    parametersOf: (batch: Batch): ReadonlyArray<unknown> =>
      given.map((one) => (isForEachPlay(one) ? array(batch.map(one.of), one.oid) : one.of(batch))),
    /** What is added to the schema of a row, from which `fieldsOf` then takes it. */
    row: Object.fromEntries(parts.map(({ column }, at) => [`part${at}`, Schema.NullOr(column)])),
    fieldsOf: (row: object): PlayFields => {
      if (parts.length === 0) return noFields
      const values: { readonly [name: string]: unknown } = { ...row }
      return Object.fromEntries(
        parts.flatMap(({ field }, at) => {
          const value = values[`part${at}`]
          return value === null ? [] : [[field, value]]
        })
      )
    }
  }
}

export type Composed = ReturnType<typeof compose>

/** What of a play's fields is shown to whoever knows its id. */
export const shownOf = (parts: ReadonlyArray<PlayPart>, fields: PlayFields): PlayFields => {
  if (parts.length === 0) return noFields
  return Object.fromEntries(
    parts.flatMap(({ field, shown }) => {
      const value = field in fields ? shown(fields[field]) : undefined
      return value === undefined ? [] : [[field, value]]
    })
  )
}
