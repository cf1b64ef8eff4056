import { Option, Schema, SchemaTransformation } from "effect"
import { storable } from "./JsonData.ts"
import { queryNumber } from "./QueryNumber.ts"

/**
 * Cursor paging: a list takes `?limit=` and `?cursor=` and answers `{ items, nextCursor }`. A cursor holds the key of the last item
 * of its page, and the next page starts after that key. So items that are added or removed between two requests shift nothing; with
 * an offset they would make pages skip or repeat items. Clients load this file, so it imports no server code.
 */

/** The size of a page if the request has no `limit`. */
export const defaultLimit = 25

const Limit = Schema.String.check(Schema.isPattern(/^(?:[1-9]\d?|100)$/u, { expected: "a whole number from 1 to 100" }))
  .annotate({
    description: `The maximum number of items on the page, 1 to 100. The default is ${defaultLimit}.`,
    examples: [`${defaultLimit}`]
  })
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.numberFromString))

const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

/** Throws if the text is not base64url of JSON. */
const fromBase64Url = (text: string): unknown => {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))))
}

/** The most characters of a cursor. */
const longest = 512

const expected = "Expected the `nextCursor` of a page of this list"

/**
 * The codec of one list's cursors: opaque text for a client, the key of an item for the server. The list's name is part of the text,
 * so that the cursor of another list is refused, like any text that this codec did not write. Cursors are not signed: with a forged
 * one a client only reads pages that it may read anyway.
 *
 * ```ts
 * export const TaskCursor = cursor("tasks", TaskId, TaskId.make("019aa0c5-8f3e-7cc1-b1a4-0e6f3a3f9b53"))
 * ```
 */
export const cursor = <Key, Written>(list: string, key: Schema.Codec<Key, Written>, example: Key) => {
  const encode = Schema.encodeSync(key)
  const decode = Schema.decodeUnknownOption(key)
  const write = (value: Key): string => toBase64Url(JSON.stringify([list, encode(value)]))
  const read = (text: string): Option.Option<Key> => {
    try {
      const value = fromBase64Url(text)
      if (!Array.isArray(value) || value.length !== 2 || value[0] !== list) return Option.none()
      // The edge refuses NUL in URLs. Within a cursor it does not see it, and the database would refuse the statement.
      if (storable(value, longest) !== undefined) return Option.none()
      // Base64 and JSON allow several spellings of one value. Only the one that `write` produces is accepted.
      return Option.filter(decode(value[1]), (key) => write(key) === text)
    } catch {
      return Option.none()
    }
  }
  return (
    Schema.String.check(Schema.isPattern(/^[\w-]{1,512}$/u, { message: expected }).abort())
      // Annotated before the filter: JSON Schema cannot express the filter, and would lose these annotations with it.
      .annotate({
        description: "The `nextCursor` of the previous page. It is opaque: send it unchanged.",
        examples: [write(example)]
      })
      .check(Schema.makeFilter((text: string) => Option.isSome(read(text)) || expected))
      .pipe(
        Schema.decodeTo(
          Schema.toType(key),
          SchemaTransformation.transform({ decode: (text) => Option.getOrThrow(read(text)), encode: write })
        )
      )
  )
}

/** The query parameters of a list. */
export const query = <Cursor extends Schema.Top>(cursor: Cursor) => ({
  limit: Schema.optionalKey(Limit),
  cursor: Schema.optionalKey(cursor)
})

/** The answer of a list: one page. */
export const pageOf = <Item extends Schema.Top, Cursor extends Schema.Top>(
  item: Item,
  cursor: Cursor,
  annotations: { readonly identifier: string; readonly description: string }
) =>
  Schema.Struct({
    items: Schema.Array(item).annotate({ description: "The items of this page, in the list's order." }),
    nextCursor: Schema.NullOr(cursor).annotate({
      description: "The `cursor` of the next page; null on the last page."
    })
  }).annotate(annotations)

/** What a service is asked for a page with. Handlers pass on what the query may lack. */
export interface PageQuery<Key> {
  readonly limit?: number | undefined
  /** The `nextCursor` of the page before. */
  readonly after?: Key | undefined
}

/** A page as a service returns it. */
export interface Page<Item, Key> {
  readonly items: ReadonlyArray<Item>
  readonly nextCursor: Key | null
}

/** Makes a page of rows that were read with `limit + 1`: the extra row only shows that there is a next page. */
export const page = <Item, Key>(
  rows: ReadonlyArray<Item>,
  limit: number,
  keyOf: (item: Item) => Key
): Page<Item, Key> => {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? keyOf(last) : null }
}

/** Describes `limit` as an integer: the `OpenApi.Transform` of each list. */
export const limitIsNumber = queryNumber("limit", {
  minimum: 1,
  maximum: 100,
  default: defaultLimit,
  examples: [defaultLimit]
})

/** For the description of a list that `Walk.ts` reads. */
export const mayBeShort =
  "One request looks through a bounded number of rows: a page may hold fewer items than `limit`, even none, and still have a `nextCursor`. The list is at its end where that is null."
