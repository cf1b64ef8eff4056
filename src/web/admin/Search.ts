import { Option, Schema } from "effect"
import { Slug } from "../../games/Game.ts"

/** What stands behind the `?` of an address. Anybody may have written it, so every value is read with care. */
export type Raw = Readonly<Record<string, string | undefined>>

const isText = (value: unknown): value is string => typeof value === "string" && value !== ""

/** A text of at most 200 characters; undefined: none. */
export const text = (value: unknown): string | undefined => (isText(value) && value.length <= 200 ? value : undefined)

/**
 * One of these; undefined: none of them.
 *
 * @public
 */
export const oneOf = <const V extends string>(values: ReadonlyArray<V>, value: unknown): V | undefined =>
  values.find((one) => one === value)

const slug = Schema.decodeUnknownOption(Slug)

/** A game. */
export const game = (value: unknown): Slug | undefined => Option.getOrUndefined(slug(value))

/** A day such as 2026-11-20. */
export const day = (value: unknown): string | undefined =>
  isText(value) && /^\d{4}-\d\d-\d\d$/.test(value) && new Date(`${value}T00:00:00Z`).toJSON()?.startsWith(value)
    ? value
    : undefined

/** An id of the contract; undefined: it is none. */
export const id =
  <A extends string>(schema: Schema.Codec<A, string>) =>
  (value: unknown): A | undefined =>
    Option.getOrUndefined(Schema.decodeUnknownOption(schema)(value))

export const parseSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search))

export const stringifySearch = (search: Record<string, unknown>): string => {
  const written = new URLSearchParams(
    Object.entries(search).flatMap(([name, value]) => (isText(value) ? [[name, value] as [string, string]] : []))
  ).toString()
  return written === "" ? "" : `?${written}`
}
