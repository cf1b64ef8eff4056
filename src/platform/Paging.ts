import { Option, Schema, SchemaTransformation } from "effect"

/**
 * Lists by pages: `?limit=` and `?cursor=`, answered with `{ items, nextCursor }`. A cursor holds the key of the last item of its
 * page, and the next page begins behind that key: what is added or removed meanwhile moves nothing, as an offset would. Loaded by
 * clients: no server import here.
 */

/** Items of a page whose request has no `limit`. */
export const defaultLimit = 25

const Limit = Schema.String.check(Schema.isPattern(/^(?:[1-9]\d?|100)$/u, { expected: "a whole number from 1 to 100" }))
  .annotate({
    description: `The most items of the page, 1 to 100; left out: ${defaultLimit}.`,
    examples: [`${defaultLimit}`]
  })
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.numberFromString))

const toBase64Url = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")

/** JSON; anything else throws. */
const fromBase64Url = (text: string): unknown => {
  const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"))
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))))
}

const expected = "Expected the `nextCursor` of a page of this list"

/**
 * The cursors of one list, which its name tells from those of others: text to a client, the key of an item here. A text that no page
 * of this list was answered with is refused. It is not secret, and not signed: whoever makes one up sees what they may see anyway.
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
      const read = fromBase64Url(text)
      if (!Array.isArray(read) || read.length !== 2 || read[0] !== list) return Option.none()
      // Base64 and JSON have many spellings of the same, of which this wrote one.
      return Option.filter(decode(read[1]), (value) => write(value) === text)
    } catch {
      return Option.none()
    }
  }
  return (
    Schema.String.check(Schema.isPattern(/^[\w-]{1,512}$/u, { message: expected }).abort())
      // Before the check that JSON Schema cannot say: with it, they would be left out.
      .annotate({
        description:
          "Where a page begins: the `nextCursor` of the page before. It is to be sent as it was answered, not to be read.",
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

/** The query of a list. */
export const query = <Cursor extends Schema.Top>(cursor: Cursor) => ({
  limit: Schema.optionalKey(Limit),
  cursor: Schema.optionalKey(cursor)
})

/** A page of a list, as it is answered. */
export const pageOf = <Item extends Schema.Top, Cursor extends Schema.Top>(
  item: Item,
  cursor: Cursor,
  annotations: { readonly identifier: string; readonly description: string }
) =>
  Schema.Struct({
    items: Schema.Array(item).annotate({ description: "The items of this page, in the order of the list." }),
    nextCursor: Schema.NullOr(cursor).annotate({
      description: "Where the next page begins, to be sent as `cursor`; null: this is the last page."
    })
  }).annotate(annotations)

/** What a service answers of a list. */
export interface Page<Item, Key> {
  readonly items: ReadonlyArray<Item>
  readonly nextCursor: Key | null
}

/** A page of what was read for it: up to `limit` rows, and one more where there are more. */
export const page = <Item, Key>(
  rows: ReadonlyArray<Item>,
  limit: number,
  keyOf: (item: Item) => Key
): Page<Item, Key> => {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? keyOf(last) : null }
}

/** In a query all is text. `limit` means a number, and generated clients should take one: as `OpenApi.Transform` of the list. */
export const limitIsNumber = (operation: Record<string, unknown>): Record<string, unknown> => {
  const { parameters } = operation as { parameters: ReadonlyArray<{ name: string; schema: Record<string, unknown> }> }
  const limit = parameters.find(({ name }) => name === "limit")
  if (limit !== undefined) {
    const { pattern: _pattern, ...rest } = limit.schema
    limit.schema = {
      ...rest,
      type: "integer",
      minimum: 1,
      maximum: 100,
      default: defaultLimit,
      examples: [defaultLimit]
    }
  }
  return operation
}
