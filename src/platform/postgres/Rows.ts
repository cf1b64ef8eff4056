import { Effect, Schema } from "effect"

type Rows<E, R> = Effect.Effect<ReadonlyArray<unknown>, E, R>

const decoding =
  <A>(decode: (rows: unknown) => Effect.Effect<A, Schema.SchemaError>) =>
  (span?: string) =>
  <E, R>(statement: Rows<E, R>): Effect.Effect<A, E, R> => {
    const decoded = Effect.flatMap(statement, (rows) => Effect.catchTag(decode(rows), "SchemaError", Effect.die))
    return span === undefined ? decoded : Effect.withSpan(decoded, span)
  }

/**
 * Decodes the rows of a statement, under a span of this name where one is given. Rows that do not fit the schema are a defect: the
 * statement and the schema stand in one file.
 */
export const rows = <S extends Schema.Codec<unknown, unknown>>(schema: S) =>
  decoding<ReadonlyArray<S["Type"]>>(Schema.decodeUnknownEffect(Schema.Array(schema)))

/** The same for a statement that gives exactly one row. */
export const row = <S extends Schema.Codec<unknown, unknown>>(schema: S) => {
  const decode = Schema.decodeUnknownEffect(Schema.Tuple([schema]))
  return decoding<S["Type"]>((rows) => Effect.map(decode(rows), ([one]) => one))
}

/** The first of the decoded rows; undefined: there are none. */
export const firstRow = <A, E, R>(found: Effect.Effect<ReadonlyArray<A>, E, R>): Effect.Effect<A | undefined, E, R> =>
  Effect.map(found, ([one]) => one)

/** Whether there are decoded rows. */
export const hasRows = <E, R>(found: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<boolean, E, R> =>
  Effect.map(found, ({ length }) => length > 0)
