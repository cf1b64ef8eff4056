import type { Schema } from "effect"
import { Schema as S } from "effect"

/** What is wrong with which field, by the field's path in the body, such as `limit.plays`. */
export type FieldErrors = Readonly<Record<string, string>>

const stepOf = (step: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof step === "object" ? step.key : step)

/**
 * A body as the contract has it, or what is wrong with it, before anything is sent: the client fails for an unknown reason where it
 * cannot write a body.
 */
export const checked = <T, E>(
  schema: Schema.Codec<T, E>,
  body: unknown
): { readonly value: T } | { readonly errors: FieldErrors } => {
  const result = S.toStandardSchemaV1(schema)["~standard"].validate(body)
  // Schemas of the contract ask nothing of a server, so the answer is there at once.
  if (result instanceof Promise) throw new Error("This schema cannot be checked at once.")
  if (result.issues === undefined) return { value: result.value }
  const errors: Record<string, string> = {}
  for (const { message, path } of result.issues) errors[(path ?? []).map(stepOf).join(".")] ??= message
  return { errors }
}

/** What is wrong at a place of the body, or below it. */
export const errorAt = (errors: FieldErrors, path: string): string | undefined =>
  errors[path] ?? Object.entries(errors).find(([at]) => at.startsWith(`${path}.`))?.[1]
