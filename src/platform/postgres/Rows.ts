import { Effect, Schema } from "effect"

type Statement<E, R> = Effect.Effect<ReadonlyArray<unknown>, E, R>

const decoding = <A, Encoded>(schema: Schema.Codec<A, Encoded>) => {
  const decode = Schema.decodeUnknownEffect(schema)
  return (span: string | undefined) =>
    <E, R>(statement: Statement<E, R>): Effect.Effect<A, E, R> => {
      const decoded = Effect.flatMap(statement, (rows) => Effect.catchTag(decode(rows), "SchemaError", Effect.die))
      return span === undefined ? decoded : Effect.withSpan(decoded, span)
    }
}

/**
 * Decodes the rows of a statement, under a span of this name where one is given. Rows that do not fit the schema are a defect: the
 * statement and the schema stand in one file.
 */
export const rows = <A, Encoded>(schema: Schema.Codec<A, Encoded>) => {
  const decode = decoding(Schema.Array(schema))
  return (span?: string) => decode(span)
}

/** The same for a statement that gives exactly one row. */
export const row = <A, Encoded>(schema: Schema.Codec<A, Encoded>) => {
  const decode = decoding(Schema.Tuple([schema]))
  return (span?: string) =>
    <E, R>(statement: Statement<E, R>): Effect.Effect<A, E, R> =>
      Effect.map(decode(span)(statement), ([one]) => one)
}
