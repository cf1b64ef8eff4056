import type { en } from "./en.ts"

/** A sentence for each plural form of a language (CLDR). `other` is always there. */
export interface Plural {
  readonly zero?: string
  readonly one?: string
  readonly two?: string
  readonly few?: string
  readonly many?: string
  readonly other: string
}

/** English gives the shape: another language that lacks a word fails the type check. */
type Shape<T> = T extends string
  ? string
  : T extends { readonly other: string }
    ? Plural
    : { readonly [K in keyof T]: Shape<T[K]> }

export type Words = Shape<typeof en>

/** A sentence with its values in place of `{name}`. A sentence is never joined from parts: languages order them differently. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(values, name) ? String(values[name]) : whole))
