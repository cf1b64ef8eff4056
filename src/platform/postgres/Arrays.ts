import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const { OID } = PgTypes

/** Values as one PostgreSQL array parameter of elements of the type `oid`: what `unnest` and `any` take. */
export const array = (values: ReadonlyArray<unknown>, oid: number): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(values, oid))

/** One member of each row as an array parameter, for `unnest` of a batch. */
export const column = <Row>(rows: ReadonlyArray<Row>, name: keyof Row, oid: number): PgTypes.Parameter =>
  array(
    rows.map((row) => row[name]),
    oid
  )
