import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

export const { OID } = PgTypes

/** Values as one PostgreSQL array parameter with elements of type `oid`, for `unnest` and `any`. */
export const array = (values: ReadonlyArray<unknown>, oid: number): PgTypes.Parameter =>
  Result.getOrThrow(PgTypes.array(values, oid))

/** One member of every row as an array parameter, for `unnest` in a batch statement. */
export const column = <Row>(rows: ReadonlyArray<Row>, name: keyof Row, oid: number): PgTypes.Parameter =>
  array(
    rows.map((row) => row[name]),
    oid
  )
