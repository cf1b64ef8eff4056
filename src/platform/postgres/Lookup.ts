import { type Duration, Effect, type Scope } from "effect"
import type { SqlError } from "effect/sql"
import { DatabaseUnavailable } from "../contract/Problems.ts"
import * as GroupCommit from "../GroupCommit.ts"
import { retryTransient } from "./Transient.ts"

/**
 * Looks up rows by a unique key. Requests that come together share a statement: one of its own costs each about 110 µs of CPU, half of
 * what a whole small request costs. A statement begins after the requests that it answers have come, so what was changed before a
 * request counts for it.
 */
export const make = <Key, Row>(options: {
  readonly name: string
  readonly deadline: Duration.Input
  readonly find: (keys: ReadonlyArray<Key>) => Effect.Effect<ReadonlyArray<Row>, SqlError.SqlError>
  readonly keyOf: (row: Row) => Key
  /** The key as text, in which equal keys are the same. */
  readonly textOf: (key: Key) => string
}): Effect.Effect<(key: Key) => Effect.Effect<Row | undefined, DatabaseUnavailable>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { deadline, find, keyOf, name, textOf } = options
    const group = yield* GroupCommit.make<Key, Row | undefined, DatabaseUnavailable>({
      name,
      capacity: 8192,
      maxBatch: 256,
      writers: 1,
      run: (keys) =>
        Effect.suspend(() => {
          const distinct = new Map(keys.map((key) => [textOf(key), key]))
          return Effect.map(retryTransient(deadline)(find([...distinct.values()])), (rows) => {
            const byKey = new Map(rows.map((row) => [textOf(keyOf(row)), row]))
            return keys.map((key) => Effect.succeed(byKey.get(textOf(key))))
          })
        })
    })
    // So many requests wait only where the database does not answer.
    return (key) => Effect.catchTag(group.submit(key), "QueueFull", () => Effect.fail(new DatabaseUnavailable({})))
  })
